import {
  blockEnd,
  closeBrace,
  closeBracket,
  type JsonError,
  type JsonValue,
  jsonErrors,
  openBrace,
  openBracket,
  readValue,
  skipSpace,
  stringEnd,
  unescapeJson,
  unescapeValue,
} from './json-scan.ts';

/** A way into a JSON document: field names and array indexes. */
export type JsonPath = readonly (string | number)[];

/**
 * The stage `| json a="x.y[0].z", b="c"`: the values at some paths.
 *
 * Field i of the result is what stands at path i: a string unescaped, an object or array as its text, '' for null and for
 * what is missing. The first of equal keys wins. The walk is forgiving: it follows quotes, colons and brackets and notices
 * an error only in a value that is asked for; what a broken line still yields is as in Loki.
 */
export class JsonPathReader {
  readonly #paths: readonly JsonPath[];
  readonly #longest: number;
  readonly #found: Uint8Array;
  /** Keys on the way to where we are, by level. */
  readonly #trail: string[] = [];
  readonly #value: JsonValue = { type: 'null', start: 0, end: 0, next: 0 };

  constructor(paths: readonly JsonPath[]) {
    this.#paths = paths;
    this.#longest = Math.max(0, ...paths.map((path) => path.length));
    this.#found = new Uint8Array(paths.length);
  }

  /**
   * @param values gets one text per path
   * @returns undefined when all is well, else what is wrong; '' for a line that is no JSON at all, which has no details
   */
  read(text: string, values: string[]): JsonError | '' | undefined {
    for (let i = 0; i < this.#paths.length; i++) values[i] = '';
    values.length = this.#paths.length;
    if (text === '') return undefined;
    const first = text[0];
    if (first !== '{' && first !== '[' && first !== '"') return '';
    this.#found.fill(0);
    return this.#walk(text, values);
  }

  #walk(text: string, values: string[]): JsonError | undefined {
    const { length } = text;
    let problem: JsonError | undefined;
    let level = 0;
    let missing = this.#paths.length;
    let i = 0;
    while (i < length) {
      switch (text.charCodeAt(i)) {
        case 0x22: {
          const start = i + 1;
          const end = stringEnd(text, start);
          if (end < 0) return problem;
          i = skipSpace(text, end + 1);
          if (i === length) return problem;
          if (text.charCodeAt(i) !== 0x3a) continue;
          if (level <= this.#longest) {
            if (level < 1) return jsonErrors.malformed;
            const raw = text.slice(start, end);
            const key = raw.includes('\\') ? (unescapeJson(raw) ?? '') : raw;
            this.#trail[level - 1] = key;
            for (let p = 0; p < this.#paths.length; p++) {
              const path = this.#paths[p]!;
              if (path.length !== level || this.#found[p] === 1 || path[level - 1] !== key) continue;
              if (!this.#isOnTrail(path, level)) continue;
              this.#found[p] = 1;
              missing--;
              problem = this.#take(text, i + 1, p, values) ?? problem;
            }
            if (missing === 0) return problem;
          }
          i++;
          continue;
        }
        case openBrace:
          level++;
          break;
        case closeBrace:
        case closeBracket:
          level--;
          break;
        case openBracket: {
          if (level < 0) return jsonErrors.malformed;
          const wanted = this.#indexesWanted(level);
          if (wanted.length === 0) {
            i = blockEnd(text, i, openBracket, closeBracket);
            if (i < 0) return problem;
            continue;
          }
          missing -= wanted.length;
          const after = this.#readElements(text, i, level, wanted, values);
          problem = after.problem ?? problem;
          if (missing === 0 || after.end < 0) return problem;
          i = after.end;
          continue;
        }
      }
      i++;
    }
    return problem;
  }

  #isOnTrail(path: JsonPath, level: number): boolean {
    for (let i = 0; i < level; i++) if (path[i] !== this.#trail[i]) return false;
    return true;
  }

  /** Paths that lead into the array that stands at the end of the trail, so far not found. */
  #indexesWanted(level: number): number[] {
    const wanted: number[] = [];
    for (let p = 0; p < this.#paths.length; p++) {
      const path = this.#paths[p]!;
      if (path.length <= level || this.#found[p] === 1) continue;
      if (typeof path[level] === 'number' && this.#isOnTrail(path, level)) wanted.push(p);
    }
    return wanted;
  }

  /** The elements of one array. `end` is -1 when the array has no end. */
  #readElements(
    text: string,
    start: number,
    level: number,
    wanted: readonly number[],
    values: string[],
  ): { end: number; problem: JsonError | undefined } {
    let problem: JsonError | undefined;
    for (const p of wanted) this.#found[p] = 1;
    let at = skipSpace(text, start + 1);
    if (text.charCodeAt(at) === closeBracket) return { end: at + 1, problem };
    const element: JsonValue = { type: 'null', start: 0, end: 0, next: 0 };
    for (let index = 0; ; index++) {
      const elementStart = at;
      if (readValue(text, at, element) !== '') return { end: -1, problem };
      for (const p of wanted) {
        const path = this.#paths[p]!;
        if (path[level] !== index) continue;
        const place = findPath(text.slice(0, element.next), elementStart, path, level + 1);
        if (place >= 0) problem = this.#take(text.slice(0, element.next), place, p, values) ?? problem;
      }
      at = skipSpace(text, element.next);
      if (text.charCodeAt(at) === closeBracket) return { end: at + 1, problem };
      if (text.charCodeAt(at) !== 0x2c) return { end: -1, problem };
      at = skipSpace(text, at + 1);
    }
  }

  #take(text: string, at: number, path: number, values: string[]): JsonError | undefined {
    const value = this.#value;
    const problem = readValue(text, at, value);
    if (problem !== '') return problem;
    if (value.type === 'null') values[path] = '';
    else {
      const raw = text.slice(value.start, value.end);
      values[path] = value.type === 'object' ? raw : unescapeValue(raw);
    }
    return undefined;
  }
}

/** Where the value stands that path[level...] leads to from the value at `at`; -1 when there is none. */
function findPath(text: string, at: number, path: JsonPath, level: number): number {
  let place = skipSpace(text, at);
  const value: JsonValue = { type: 'null', start: 0, end: 0, next: 0 };
  for (const step of path.slice(level)) {
    const isIndex = typeof step === 'number';
    if (text.charCodeAt(place) !== (isIndex ? openBracket : openBrace)) return -1;
    const close = isIndex ? closeBracket : closeBrace;
    place = skipSpace(text, place + 1);
    for (let index = 0; ; index++) {
      if (place >= text.length || text.charCodeAt(place) === close) return -1;
      let isHere = step === index;
      if (!isIndex) {
        if (text.charCodeAt(place) !== 0x22) return -1;
        const keyEnd = stringEnd(text, place + 1);
        if (keyEnd < 0) return -1;
        const raw = text.slice(place + 1, keyEnd);
        isHere = (raw.includes('\\') ? unescapeJson(raw) : raw) === step;
        place = skipSpace(text, keyEnd + 1);
        if (text.charCodeAt(place) !== 0x3a) return -1;
        place = skipSpace(text, place + 1);
      }
      if (isHere) break;
      if (readValue(text, place, value) !== '') return -1;
      place = skipSpace(text, value.next);
      if (text.charCodeAt(place) !== 0x2c) return -1;
      place = skipSpace(text, place + 1);
    }
  }
  return place;
}
