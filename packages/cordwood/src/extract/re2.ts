import { isUtf8 } from 'node:buffer';
import { backtrack, canBacktrack } from './re2/backtracker.ts';
import { backtrackingCost } from './re2/backtracking-cost.ts';
import { BitParallel } from './re2/bit-parallel.ts';
import { type ByteProgram, compileByteProgram, ProgramTooLarge } from './re2/byte-program.ts';
import { notNewline, setSize, setsEqual } from './re2/char-set.ts';
import { gaveUp, LazyDfa, noMatch } from './re2/lazy-dfa.ts';
import { hasCapturesThatLoopsForget, isNullable, someNode } from './re2/node-facts.ts';
import { parsePattern } from './re2/parse-pattern.ts';
import { exactTexts, type RequiredLiterals, requiredLiteralsOf } from './re2/required-literals.ts';
import { simulate } from './re2/simulation.ts';
import type { Re2Node } from './re2/syntax-tree.ts';
import { v8Source } from './re2/v8-source.ts';

/**
 * Regular expressions with RE2's syntax, meaning and error texts, in bounded time on any input.
 *
 * A pattern is parsed by our own parser (re2/parse-pattern.ts) and runs on one of two engines:
 *
 * - V8's, when it is proven that backtracking stays cheap (re2/backtracking-cost.ts). It works on strings and is the fastest
 *   at captures. The proof is per search, or per attempt at a known position.
 * - our own over UTF-8 bytes: a lazy automaton (re2/lazy-dfa.ts) says whether and where there is a match, at about one
 *   nanosecond a byte for any pattern; what groups captured is then found inside the match (re2/backtracker.ts). Rows of
 *   a batch are tested this way without ever becoming strings.
 *
 * V8's own linear engine (flag `l`) is not used: it refuses counted repeats and `i`, needs 80 to 2,500 ms per megabyte, and
 * as a fallback for "excessive backtracks" it does not see quadratic searches (measured: `[a-z]+\d+[a-z]+X`, 90 s per MB).
 */
export interface Re2 {
  /** The pattern as it was given. */
  readonly source: string;
  /** By group number; '' for the whole match ([0]) and for groups without a name. */
  readonly groupNames: readonly string[];
  /** Is there a match anywhere in the text? */
  test(text: string): boolean;
  /** The same for UTF-8 bytes[start, end). */
  testBytes(bytes: Uint8Array, start?: number, end?: number): boolean;
  /** The leftmost match that begins at or after `from`, with RE2's preference among those. */
  exec(text: string, from?: number): Re2Match | null;
  /** The same as UTF-16 offsets: start and end of the match, then of each group; -1 for groups that took no part. */
  execIndices(text: string, from?: number): Int32Array | null;
  /** The leftmost match in bytes[start, end) as byte offsets, as execIndices. */
  execBytes(bytes: Uint8Array, start?: number, end?: number): Int32Array | null;
  /** Successive matches that do not overlap, as Go's FindAll finds them. */
  execAll(text: string, limit?: number): Re2Match[];
  /**
   * Every match replaced. `$1`, `${1}`, `$name`, `${name}` and `$$` in the template mean what they mean in Go: `$1x` is the
   * group named `1x`. With `literal` the template is plain text.
   */
  replaceAll(text: string, template: string, literal?: boolean): string;
  /** Number of successive matches. */
  count(text: string): number;
  /** What every match contains: see RequiredLiterals. Empty when nothing is known. */
  readonly requiredLiterals: RequiredLiterals;
  /** The only texts that match, when the pattern is anchored on both sides and a list of texts. */
  readonly exactTexts: readonly string[] | undefined;
  /** The text for which `test` is "contains", when the pattern is no more than that. */
  readonly containedText: string | undefined;
  /** True when every text matches, as with `.*`. */
  readonly matchesEverything: boolean;
}

export interface Re2Match {
  /** UTF-16 offsets. */
  readonly start: number;
  readonly end: number;
  /** [0] is the whole match; undefined for a group that took no part. */
  readonly groups: readonly (string | undefined)[];
}

export interface Re2Options {
  /** The whole text must match, as for label matchers (`^(?:...)$`). Errors still quote the pattern alone. */
  readonly anchored?: boolean;
  /** As if the pattern began with `(?i)`. */
  readonly ignoreCase?: boolean;
  /** As if the pattern began with `(?s)`: a dot matches a newline too. Prometheus' label matchers do that. */
  readonly dotAll?: boolean;
}

export type Re2Result =
  | { readonly re2: Re2; readonly error?: undefined }
  | { readonly error: string; readonly re2?: undefined };

/** Compiles a pattern. The error is Go's text, `error parsing regexp: ...`. */
export function compileRe2(pattern: string, options: Re2Options = {}): Re2Result {
  const parsed = parsePattern(pattern, options);
  if ('error' in parsed) return { error: parsed.error };
  let { root } = parsed;
  if (options.anchored) {
    const begin: Re2Node = { kind: 'assertion', assertion: 'beginText' };
    const end: Re2Node = { kind: 'assertion', assertion: 'endText' };
    root = { kind: 'sequence', items: [begin, root, end] };
  }
  try {
    return { re2: new CompiledRe2(pattern, root, parsed.groupNames) };
  } catch (error) {
    if (error instanceof ProgramTooLarge)
      return { error: `error parsing regexp: expression too large: \`${pattern}\`` };
    throw error;
  }
}

/** Beyond this, the list of parts of a line that V8 keeps to backtrack to may overflow its 64 MB. */
const maxV8Length = 1 << 22;

class CompiledRe2 implements Re2 {
  readonly source: string;
  readonly groupNames: readonly string[];
  readonly exactTexts: readonly string[] | undefined;
  readonly containedText: string | undefined;
  readonly matchesEverything: boolean;
  readonly #root: Re2Node;
  readonly #exactSet: ReadonlySet<string> | undefined;
  #requiredLiterals: RequiredLiterals | undefined;
  #v8: V8Plan | undefined;
  #testProgram: ByteProgram;
  #forward: LazyDfa | undefined;
  #backward: LazyDfa | undefined;
  #bits: BitParallel | 'unsupported' | undefined;
  #captureProgram: ByteProgram | undefined;
  #walked: Subject | undefined;

  constructor(source: string, root: Re2Node, groupNames: readonly string[]) {
    this.source = source;
    this.groupNames = groupNames;
    this.#root = root;
    this.exactTexts = anchoredTexts(root);
    this.#exactSet = this.exactTexts && new Set(this.exactTexts);
    const texts = exactTexts(root);
    this.containedText = texts?.length === 1 ? texts[0] : undefined;
    this.matchesEverything = matchesEverything(root);
    this.#testProgram = compileByteProgram(root, {});
  }

  get requiredLiterals(): RequiredLiterals {
    this.#requiredLiterals ??= requiredLiteralsOf(this.#root);
    return this.#requiredLiterals;
  }

  test(text: string): boolean {
    if (this.matchesEverything) return true;
    if (this.#exactSet !== undefined) return this.#exactSet.has(text);
    if (this.containedText !== undefined) return text.includes(this.containedText);
    const { test } = this.#plan();
    if (test !== undefined && text.length <= maxV8Length) return test.test(text);
    const bytes = Buffer.from(text);
    return this.#testValidBytes(bytes, 0, bytes.length);
  }

  testBytes(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
    if (this.matchesEverything) return true;
    if (this.#testValidBytes(bytes, start, end)) return true;
    // The automaton knows only whole characters. Bytes that are none count as U+FFFD, as in Go.
    if (isAsciiOnly(bytes, start, end) || isUtf8(bytes.subarray(start, end))) return false;
    return this.test(utf8Text(bytes, start, end));
  }

  exec(text: string, from = 0): Re2Match | null {
    return this.#execIn(this.#subjectOf(text, from), from);
  }

  #execIn(subject: Subject, from: number): Re2Match | null {
    const { text } = subject;
    const { search, attempt, searchesLineStarts } = this.#plan();
    if (text.length <= maxV8Length) {
      if (search !== undefined) {
        if (from > 0 && searchesLineStarts) {
          attempt!.lastIndex = from;
          const match = attempt!.exec(text);
          if (match !== null) return matchOf(match);
        }
        search.lastIndex = from;
        const match = search.exec(text);
        return match === null ? null : matchOf(match);
      }
      if (attempt !== undefined && subject.isAscii) {
        const { bytes } = subject;
        const found = this.#find(bytes, 0, from, bytes.length);
        if (found === undefined) return null;
        attempt.lastIndex = found.start;
        return matchOf(attempt.exec(text)!);
      }
    }
    const indices = this.#execIndicesIn(subject, from);
    if (indices === null) return null;
    const groups: (string | undefined)[] = [];
    for (let i = 0; i < indices.length; i += 2) {
      groups.push(indices[i]! < 0 ? undefined : text.slice(indices[i], indices[i + 1]));
    }
    return { start: indices[0]!, end: indices[1]!, groups };
  }

  execIndices(text: string, from = 0): Int32Array | null {
    return this.#execIndicesIn(this.#subjectOf(text, from), from);
  }

  /** A caller that goes from match to match asks about the same text again: its bytes are kept meanwhile. */
  #subjectOf(text: string, from: number): Subject {
    if (this.#walked?.text === text) return this.#walked;
    const subject = new Subject(text);
    this.#walked = from > 0 ? subject : undefined;
    return subject;
  }

  #execIndicesIn(subject: Subject, from: number): Int32Array | null {
    const { bytes } = subject;
    const slots = this.#findGroups(bytes, 0, subject.byteOffset(from), bytes.length);
    if (slots === undefined) return null;
    return subject.isAscii ? slots : subject.textOffsets(slots);
  }

  execBytes(bytes: Uint8Array, start = 0, end = bytes.length): Int32Array | null {
    return this.#findGroups(bytes, start, start, end) ?? null;
  }

  execAll(text: string, limit = Number.POSITIVE_INFINITY): Re2Match[] {
    const matches: Re2Match[] = [];
    this.#forEachMatch(text, (match) => {
      matches.push(match);
      return matches.length < limit;
    });
    return matches;
  }

  count(text: string): number {
    let count = 0;
    this.#forEachMatch(text, () => {
      count++;
      return true;
    });
    return count;
  }

  /** An empty match right behind the previous match is not one: Go's rule. */
  #forEachMatch(text: string, visit: (match: Re2Match) => boolean): void {
    const subject = new Subject(text);
    let from = 0;
    let previousEnd = -1;
    while (from <= text.length) {
      const match = this.#execIn(subject, from);
      if (match === null) return;
      const isEmptyHere = match.end === from;
      if (!(isEmptyHere && match.start === previousEnd) && !visit(match)) return;
      previousEnd = match.end;
      from = isEmptyHere ? from + characterLength(text, from) : match.end;
    }
  }

  replaceAll(text: string, template: string, literal = false): string {
    const subject = new Subject(text);
    let parts: (string | number)[] | undefined;
    let out = '';
    let copiedTo = 0;
    let from = 0;
    while (from <= text.length) {
      const match = this.#execIn(subject, from);
      if (match === null) break;
      parts ??= literal ? [template] : parseTemplate(template, this.groupNames);
      out += text.slice(copiedTo, match.start);
      if (match.end > copiedTo || match.start === 0) {
        for (const part of parts) out += typeof part === 'string' ? part : (match.groups[part] ?? '');
      }
      copiedTo = match.end;
      from = Math.max(match.end, from + characterLength(text, from));
    }
    return parts === undefined ? text : out + text.slice(copiedTo);
  }

  // --- V8 ----------------------------------------------------------------------------------------------------------------

  #plan(): V8Plan {
    this.#v8 ??= planV8(this.#root);
    return this.#v8;
  }

  // --- bytes -------------------------------------------------------------------------------------------------------------

  #testValidBytes(bytes: Uint8Array, start: number, end: number): boolean {
    this.#forward ??= new LazyDfa(this.#testProgram, { longest: false });
    const position = this.#forward.searchForward(bytes, start, start, end, false, true);
    if (position !== gaveUp) return position !== noMatch;
    return this.#testWithoutStates(bytes, start, end);
  }

  #testWithoutStates(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#bits === undefined) this.#bits = BitParallel.for(this.#testProgram) ?? 'unsupported';
    if (this.#bits !== 'unsupported') return this.#bits.test(bytes, start, end);
    const options = { anchored: false, first: true, wantSlots: false };
    return simulate(this.#testProgram, bytes, start, start, end, options) !== undefined;
  }

  /** Start and end of the preferred match in the text bytes[textStart, textEnd) at or after `from`. */
  #find(
    bytes: Uint8Array,
    textStart: number,
    from: number,
    textEnd: number,
  ): { start: number; end: number } | undefined {
    this.#forward ??= new LazyDfa(this.#testProgram, { longest: false });
    let end = this.#forward.searchForward(bytes, textStart, from, textEnd, false, false);
    if (end === gaveUp) {
      if (from === textStart && !this.#testWithoutStates(bytes, textStart, textEnd)) return undefined;
      const options = { anchored: false, first: false, wantSlots: false };
      end = simulate(this.#testProgram, bytes, textStart, from, textEnd, options)?.[1] ?? noMatch;
    }
    if (end === noMatch) return undefined;
    this.#backward ??= new LazyDfa(compileByteProgram(this.#root, { reverse: true }), { longest: true });
    const start = this.#backward.searchBackward(bytes, textStart, from, end, textEnd);
    if (start !== gaveUp) return { start, end };
    const slots = this.#simulateGroups(bytes, textStart, from, textEnd)!;
    return { start: slots[0]!, end };
  }

  #findGroups(bytes: Uint8Array, textStart: number, from: number, textEnd: number): Int32Array | undefined {
    const found = this.#find(bytes, textStart, from, textEnd);
    if (found === undefined) return undefined;
    if (this.groupNames.length === 1) return Int32Array.of(found.start, found.end);
    const program = this.#captures();
    if (!canBacktrack(program, found.end - found.start)) return this.#simulateGroups(bytes, textStart, from, textEnd);
    return backtrack(program, bytes, textStart, found.start, found.end, textEnd);
  }

  #simulateGroups(bytes: Uint8Array, textStart: number, from: number, textEnd: number): Int32Array | undefined {
    const options = { anchored: false, first: false, wantSlots: true };
    return simulate(this.#captures(), bytes, textStart, from, textEnd, options);
  }

  #captures(): ByteProgram {
    this.#captureProgram ??= compileByteProgram(this.#root, { captures: true, groupCount: this.groupNames.length - 1 });
    return this.#captureProgram;
  }
}

interface V8Plan {
  /** Proven for `test`. */
  readonly test: RegExp | undefined;
  /** Proven for searches; flag g. */
  readonly search: RegExp | undefined;
  /** `search` looks only at starts of lines, because the pattern begins with `.*`. */
  readonly searchesLineStarts: boolean;
  /** Proven for attempts at one position; flag y. */
  readonly attempt: RegExp | undefined;
}

function planV8(root: Re2Node): V8Plan {
  const none: V8Plan = { test: undefined, search: undefined, searchesLineStarts: false, attempt: undefined };
  const leading = leadingDotStar(root);
  const cost = backtrackingCost(root, leading !== undefined);
  // An empty match could come to lie inside a character of two units, where \B holds.
  if (!cost.attempt || (isNullable(root) && hasWordBoundary(root))) return none;
  const isAnchored = beginsWithText(root);
  const canSearch = cost.search || isAnchored || leading === 'text';
  // A leading `.*` that can begin anywhere in a line can begin where the line begins.
  const prefix = leading === undefined || isAnchored ? '' : leading === 'text' ? '^' : '(?<![^\\n])';
  const source = root.kind === 'alternation' ? `(?:${v8Source(root)})` : v8Source(root);
  const search = prefix + source;
  try {
    // Rounds that may be empty are counted differently by ECMAScript: good enough to test, not to capture.
    const isFaithful = !repeatsEmpty(root) && !hasCapturesThatLoopsForget(root);
    return {
      test: canSearch ? new RegExp(search) : undefined,
      search: canSearch && isFaithful ? new RegExp(search, 'g') : undefined,
      searchesLineStarts: prefix !== '',
      attempt: isFaithful ? new RegExp(source, 'y') : undefined,
    };
  } catch {
    // "Regular expression too large"
    return none;
  }
}

function repeatsEmpty(root: Re2Node): boolean {
  return someNode(root, (node) => node.kind === 'repeat' && node.max > node.min && isNullable(node.item));
}

function hasWordBoundary(root: Re2Node): boolean {
  const boundaries = new Set<string>(['wordBoundary', 'notWordBoundary']);
  return someNode(root, (node) => node.kind === 'assertion' && boundaries.has(node.assertion));
}

/** Does every match begin at the start of the text? */
function beginsWithText(node: Re2Node): boolean {
  switch (node.kind) {
    case 'assertion':
      return node.assertion === 'beginText';
    case 'sequence':
      return node.items.length > 0 && beginsWithText(node.items[0]!);
    case 'alternation':
      return node.items.every(beginsWithText);
    case 'group':
      return beginsWithText(node.item);
    case 'repeat':
      return node.min > 0 && beginsWithText(node.item);
    default:
      return false;
  }
}

/** 'line' for a pattern that begins with `.*`, 'text' when the dot matches newlines too. */
function leadingDotStar(node: Re2Node): 'line' | 'text' | undefined {
  switch (node.kind) {
    case 'sequence':
      return leadingDotStar(node.items[0]!);
    case 'group':
      return leadingDotStar(node.item);
    case 'repeat': {
      if (node.max !== Number.POSITIVE_INFINITY || node.item.kind !== 'set') return undefined;
      if (setsEqual(node.item.set, notNewline)) return 'line';
      return setSize(node.item.set) === 0x110000 ? 'text' : undefined;
    }
    default:
      return undefined;
  }
}

function matchesEverything(node: Re2Node): boolean {
  switch (node.kind) {
    case 'empty':
      return true;
    case 'sequence':
      return node.items.every(matchesEverything);
    case 'alternation':
      return node.items.some(matchesEverything);
    case 'group':
      return matchesEverything(node.item);
    case 'repeat':
      return node.min === 0 || matchesEverything(node.item);
    default:
      return false;
  }
}

function anchoredTexts(root: Re2Node): readonly string[] | undefined {
  if (root.kind !== 'sequence' || root.items.length < 2) return undefined;
  const first = root.items[0]!;
  const last = root.items.at(-1)!;
  if (first.kind !== 'assertion' || first.assertion !== 'beginText') return undefined;
  if (last.kind !== 'assertion' || last.assertion !== 'endText') return undefined;
  return exactTexts({ kind: 'sequence', items: root.items.slice(1, -1) });
}

function matchOf(match: RegExpExecArray): Re2Match {
  return { start: match.index, end: match.index + match[0].length, groups: match };
}

function characterLength(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

function isAsciiOnly(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i]! >= 0x80) return false;
  return true;
}

function utf8Text(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
}

/** A text that is searched, perhaps several times, and its bytes once somebody needs them. */
class Subject {
  readonly text: string;
  #bytes: Buffer | undefined;
  // Offsets are asked for near each other: count on from the last one.
  #lastText = 0;
  #lastByte = 0;

  constructor(text: string) {
    this.text = text;
  }

  get bytes(): Buffer {
    this.#bytes ??= Buffer.from(this.text);
    return this.#bytes;
  }

  get isAscii(): boolean {
    return this.bytes.length === this.text.length;
  }

  byteOffset(textOffset: number): number {
    if (this.isAscii) return textOffset;
    if (textOffset >= this.#lastText) this.#lastByte += Buffer.byteLength(this.text.slice(this.#lastText, textOffset));
    else this.#lastByte -= Buffer.byteLength(this.text.slice(textOffset, this.#lastText));
    this.#lastText = textOffset;
    return this.#lastByte;
  }

  textOffsets(slots: Int32Array): Int32Array {
    const offsets = new Map<number, number>([[-1, -1]]);
    for (const offset of [...new Set(slots)].sort((a, b) => a - b)) {
      if (offset < 0) continue;
      if (offset >= this.#lastByte) this.#lastText += this.bytes.toString('utf8', this.#lastByte, offset).length;
      else this.#lastText -= this.bytes.toString('utf8', offset, this.#lastByte).length;
      this.#lastByte = offset;
      offsets.set(offset, this.#lastText);
    }
    return slots.map((offset) => offsets.get(offset)!);
  }
}

/** A replacement template as texts and group numbers; a group that does not exist is nothing. */
function parseTemplate(template: string, groupNames: readonly string[]): (string | number)[] {
  const parts: (string | number)[] = [];
  let text = '';
  let at = 0;
  while (at < template.length) {
    const dollar = template.indexOf('$', at);
    if (dollar < 0) break;
    text += template.slice(at, dollar);
    if (template[dollar + 1] === '$') {
      text += '$';
      at = dollar + 2;
      continue;
    }
    const reference = /\$(?:\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/uy;
    reference.lastIndex = dollar;
    const match = reference.exec(template);
    if (match === null) {
      text += '$';
      at = dollar + 1;
      continue;
    }
    const name = match[1] ?? match[2]!;
    const group = /^(0|[1-9][0-9]{0,8})$/.test(name) ? Number(name) : groupNames.indexOf(name, 1);
    if (group >= 0 && group < groupNames.length) parts.push(text, group);
    else parts.push(text);
    text = '';
    at = dollar + match[0].length;
  }
  parts.push(text + template.slice(at));
  return parts;
}
