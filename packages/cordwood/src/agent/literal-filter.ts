import type { Re2 } from '../extract/re2.ts';
import type { Chunk, LogEntry } from './log-entry.ts';

/**
 * Rules out lines that an expression cannot match, because they lack a text that every match contains. The lines of one read
 * are views of one chunk, so the text is searched once through the chunk: most lines cost a comparison of two numbers.
 */
export class LiteralFilter {
  readonly #clauses: readonly Clause[];

  constructor(regex: Re2) {
    // A clause with many texts costs as many searches; the expression itself is then the better test.
    this.#clauses = regex.requiredLiterals
      .filter((texts) => texts.length <= textsMax)
      .map((texts) => new Clause(texts));
  }

  /** False when the line cannot match. */
  mayMatch(entry: LogEntry): boolean {
    for (const clause of this.#clauses) if (!clause.isIn(entry)) return false;
    return true;
  }

  mayMatchText(text: string): boolean {
    return this.#clauses.every((clause) => clause.isInText(text));
  }
}

const textsMax = 4;

/** Texts of which a match contains at least one. */
class Clause {
  readonly #texts: readonly string[];
  readonly #bytes: readonly Buffer[];
  #chunk: Chunk | undefined;
  /** Per text: where it was found in the chunk, at or after the line that was asked for last. */
  readonly #found: number[];

  constructor(texts: readonly string[]) {
    this.#texts = texts;
    this.#bytes = texts.map((text) => Buffer.from(text));
    this.#found = texts.map(() => -1);
  }

  isIn(entry: LogEntry): boolean {
    const { chunk } = entry;
    if (chunk === undefined) return this.isInText(entry.text);
    if (chunk !== this.#chunk) {
      this.#chunk = chunk;
      this.#found.fill(-1);
    }
    for (const [i, bytes] of this.#bytes.entries()) {
      let found = this.#found[i]!;
      if (found < entry.start) {
        found = chunk.bytes.indexOf(bytes, entry.start);
        if (found < 0) found = Number.POSITIVE_INFINITY;
        this.#found[i] = found;
      }
      if (found + bytes.length <= entry.end) return true;
    }
    return false;
  }

  isInText(text: string): boolean {
    return this.#texts.some((wanted) => text.includes(wanted));
  }
}
