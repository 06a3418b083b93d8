import {
  closeBrace,
  closeBracket,
  type JsonError,
  type JsonValue,
  jsonErrors,
  openBrace,
  openBracket,
  readValue,
  scalarType,
  skipSpace,
  stringEnd,
  tokenEnd,
  unescapeJson,
  unescapeValue,
} from './json-scan.ts';
import { sanitizeLabelName } from './label-name.ts';

/**
 * The stage `| json` without parameters: every scalar of an object with its path as name (`data_facility_id`). Arrays and
 * nulls are left out, numbers keep their text. What was found before an error counts.
 *
 * One reader serves all lines of a stage and learns their shape: it remembers which key follows which, so that on the next
 * line a key costs one comparison, without being cut out, sanitised or looked up again.
 *
 * Lines that are JSON take one pass. A line on which that pass stumbles is read again with the library's own steps (an
 * object is first skipped, then entered), because they decide which labels and which error a broken line gives.
 */
export interface JsonFieldOptions {
  /** Names to extract; all when left out. */
  wants?(name: string): boolean;
  /** May a wanted name begin with this one, a path so far? Objects for which not are skipped. */
  wantsBelow?(prefix: string): boolean;
}

/** Returns false when nothing more is needed from this line. */
export type FieldVisitor = (name: string, value: string) => boolean;

export class JsonFieldReader {
  readonly #options: JsonFieldOptions;
  #root: KeyNode;
  #nodeCount = 0;
  // Fields of nested objects wait here until the object is closed.
  readonly #names: string[] = [];
  readonly #values: string[] = [];

  constructor(options: JsonFieldOptions = {}) {
    this.#options = options;
    this.#root = this.#createRoot();
  }

  /** @returns '' or what is wrong with the line */
  read(text: string, visit: FieldVisitor): JsonError | '' {
    this.#names.length = 0;
    this.#values.length = 0;
    if (this.#nodeCount > maxNodes) this.#root = this.#createRoot();
    const outcome = this.#readRegular(text, visit);
    if (outcome === 'stopped' || outcome === 'done') return '';
    return this.#readSlowly(text, visit, outcome);
  }

  /**
   * The one pass. Objects are entered as they come. Returns the number of top-level fields visited when the line is not
   * what this pass can read.
   */
  #readRegular(text: string, visit: FieldVisitor): 'done' | 'stopped' | number {
    const length = text.length;
    let at = skipSpace(text, 0);
    if (text.charCodeAt(at) !== openBrace) return 0;
    at = skipSpace(text, at + 1);
    let depth = 0;
    let visited = 0;
    let parent = this.#root;
    let previous: KeyNode | undefined;
    if (text.charCodeAt(at) === closeBrace) return 'done';
    let backslash = text.indexOf('\\');
    if (backslash < 0) backslash = length;
    for (;;) {
      // A key.
      if (text.charCodeAt(at) !== 0x22) return visited;
      let node = previous === undefined ? parent.firstChild : previous.next;
      if (node !== undefined && text.startsWith(node.quoted, at)) at += node.quoted.length;
      else {
        const end = stringEnd(text, at + 1);
        if (end < 0) return visited;
        const known = this.#childOf(parent, text.slice(at, end + 1));
        if (known === undefined) return visited;
        node = known;
        if (previous === undefined) parent.firstChild = node;
        else previous.next = node;
        at = end + 1;
      }
      previous = node;
      let unit = text.charCodeAt(at);
      if (unit !== 0x3a) {
        at = skipSpace(text, at);
        if (text.charCodeAt(at) !== 0x3a) return visited;
      }
      at++;
      unit = text.charCodeAt(at);
      if (unit <= 0x20) {
        at = skipSpace(text, at);
        unit = text.charCodeAt(at);
      }
      // Its value.
      if (unit === 0x22) {
        const start = at + 1;
        let end = text.indexOf('"', start);
        if (end < 0) return visited;
        if (backslash < end) {
          if (backslash < start) {
            backslash = text.indexOf('\\', start);
            if (backslash < 0) backslash = length;
          }
          if (backslash < end) {
            end = stringEnd(text, start);
            if (end < 0) return visited;
          }
        }
        at = end + 1;
        if (node.isWanted) {
          let value = text.slice(start, end);
          if (backslash < end || value.includes('\ufffd')) value = unescapeValue(value);
          if (depth > 0) this.#hold(node.name, value);
          else {
            visited++;
            if (!visit(node.name, value)) return 'stopped';
          }
        }
      } else if (unit === openBrace) {
        if (!node.isWantedBelow) {
          at = regularEnd(text, at);
          if (at < 0) return visited;
        } else {
          at = skipSpace(text, at + 1);
          if (text.charCodeAt(at) === closeBrace) at++;
          else {
            depth++;
            parent = node;
            previous = undefined;
            continue;
          }
        }
      } else if (unit === openBracket) {
        at = regularEnd(text, at);
        if (at < 0) return visited;
      } else {
        const end = tokenEnd(text, at);
        const type = scalarType(text, at, end);
        if (type === undefined) return visited;
        // Quotes and brackets in a "number" mean something to whoever skips the object around it.
        if (depth > 0 && type === 'number' && !isPlainNumber(text, at, end)) return visited;
        if (type !== 'null' && node.isWanted) {
          const value = text.slice(at, end);
          if (depth > 0) this.#hold(node.name, value);
          else {
            visited++;
            if (!visit(node.name, value)) return 'stopped';
          }
        }
        at = end;
      }
      // What follows: the next key, or the end of one or more objects.
      for (;;) {
        unit = text.charCodeAt(at);
        if (unit <= 0x20) {
          at = skipSpace(text, at);
          unit = text.charCodeAt(at);
        }
        if (unit === 0x2c) {
          at++;
          if (text.charCodeAt(at) <= 0x20) at = skipSpace(text, at);
          if (text.charCodeAt(at) !== closeBrace) break;
          // A comma before the closing brace is let pass.
        } else if (unit !== closeBrace) return visited;
        at++;
        if (depth === 0) return 'done';
        depth--;
        previous = parent;
        parent = parent.parent!;
        if (depth === 0 && this.#names.length > 0) {
          for (let i = 0; i < this.#names.length; i++) {
            visited++;
            if (!visit(this.#names[i]!, this.#values[i]!)) return 'stopped';
          }
          this.#names.length = 0;
          this.#values.length = 0;
        }
      }
    }
  }

  #hold(name: string, value: string): void {
    this.#names.push(name);
    this.#values.push(value);
  }

  // --- keys --------------------------------------------------------------------------------------------------------------

  #createRoot(): KeyNode {
    this.#nodeCount = 0;
    return new KeyNode(undefined, '', '', false, true);
  }

  /** Undefined when the key has an invalid escape. */
  #childOf(parent: KeyNode, quoted: string): KeyNode | undefined {
    let child = parent.children.get(quoted);
    if (child === undefined) {
      const key = quoted.includes('\\') ? unescapeJson(quoted.slice(1, -1)) : quoted.slice(1, -1);
      if (key === undefined) return undefined;
      const segment = sanitizeLabelName(key, parent.name !== '');
      const name = parent.name === '' ? segment : segment === '' ? parent.name : `${parent.name}_${segment}`;
      const isWanted = name !== '' && (this.#options.wants?.(name) ?? true);
      child = new KeyNode(parent, quoted, name, isWanted, this.#options.wantsBelow?.(name) ?? true);
      parent.children.set(quoted, child);
      this.#nodeCount++;
    }
    return child;
  }

  // --- broken lines ------------------------------------------------------------------------------------------------------

  /** @param alreadyVisited fields that the first pass has handed out: they are found again, in the same order */
  #readSlowly(text: string, visit: FieldVisitor, alreadyVisited: number): JsonError | '' {
    const reading: SlowReading = {
      visit,
      skip: alreadyVisited,
      stopped: false,
      budget: slowCharactersPerCharacter * text.length + 1000,
    };
    return this.#readObject(text, 0, this.#root, 0, reading);
  }

  /** The object that begins at `start`; the text ends where it does. */
  #readObject(text: string, start: number, parent: KeyNode, depth: number, reading: SlowReading): JsonError | '' {
    const end = text.length;
    // Every nested object is looked at once more than the one around it; a line nested for that purpose is given up.
    reading.budget -= end - start;
    if (reading.budget < 0 || depth > maxSlowDepth) return jsonErrors.malformed;
    const value: JsonValue = { type: 'null', start: 0, end: 0, next: 0 };
    let at = skipSpace(text, start);
    if (text.charCodeAt(at) !== openBrace) return jsonErrors.object;
    at = skipSpace(text, at + 1);
    if (at === end) return jsonErrors.malformed;
    while (text.charCodeAt(at) !== closeBrace) {
      if (text.charCodeAt(at) !== 0x22) return jsonErrors.object;
      const keyEnd = stringEnd(text, at + 1);
      if (keyEnd < 0) return jsonErrors.malformed;
      const node = this.#childOf(parent, text.slice(at, keyEnd + 1));
      if (node === undefined) return jsonErrors.escape;
      at = skipSpace(text, keyEnd + 1);
      if (text.charCodeAt(at) !== 0x3a) return jsonErrors.malformed;
      const problem = readValue(text, at + 1, value);
      if (problem !== '') return problem;
      at = skipSpace(text, value.next);
      if (value.type === 'object') {
        if (node.isWantedBelow) {
          const inner = this.#readObject(text.slice(0, value.end), value.start, node, depth + 1, reading);
          if (inner !== '' || reading.stopped) return inner;
        }
      } else if (value.type !== 'array' && value.type !== 'null' && node.isWanted) {
        if (reading.skip > 0) reading.skip--;
        else {
          const raw = text.slice(value.start, value.end);
          reading.stopped = !reading.visit(node.name, value.type === 'string' ? unescapeValue(raw) : raw);
          if (reading.stopped) return '';
        }
      }
      if (at === end) return jsonErrors.array;
      if (text.charCodeAt(at) === closeBrace) break;
      if (text.charCodeAt(at) !== 0x2c) return jsonErrors.object;
      at = skipSpace(text, at + 1);
      if (at === end) return jsonErrors.array;
    }
    return '';
  }
}

interface SlowReading {
  readonly visit: FieldVisitor;
  /** Fields still to be passed over in silence. */
  skip: number;
  stopped: boolean;
  /** Characters that may still be looked at. */
  budget: number;
}

/** Keys remembered per reader; lines whose keys are data (ids as keys) would fill the memory. */
const maxNodes = 20_000;
/** How often the characters of a broken line may be looked at. */
const slowCharactersPerCharacter = 64;
const maxSlowDepth = 2_000;

class KeyNode {
  readonly parent: KeyNode | undefined;
  /** As it stands in the text, quotes and escapes and all. */
  readonly quoted: string;
  /** Of the whole path, sanitised. '' for a path of blank keys. */
  readonly name: string;
  readonly isWanted: boolean;
  readonly isWantedBelow: boolean;
  readonly children = new Map<string, KeyNode>();
  /** The key that came first in the last object, and the one that came after this one: the guess for the next line. */
  firstChild: KeyNode | undefined;
  next: KeyNode | undefined;

  constructor(parent: KeyNode | undefined, quoted: string, name: string, isWanted: boolean, isWantedBelow: boolean) {
    this.parent = parent;
    this.quoted = quoted;
    this.name = name;
    this.isWanted = isWanted;
    this.isWantedBelow = isWantedBelow;
  }
}

/** Behind the array or object at `start` if its brackets pair up by kind; else, or when nested very deeply, -1. */
function regularEnd(text: string, start: number): number {
  // One bit per open bracket, set for arrays.
  let open = 0;
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0x22) {
      i = stringEnd(text, i + 1);
      if (i < 0) return -1;
    } else if (unit === openBrace || unit === openBracket) {
      if (++depth > 30) return -1;
      open = (open << 1) | (unit === openBracket ? 1 : 0);
    } else if (unit === closeBrace || unit === closeBracket) {
      if ((open & 1) !== (unit === closeBracket ? 1 : 0)) return -1;
      open >>>= 1;
      if (--depth === 0) return i + 1;
    }
  }
  return -1;
}

function isPlainNumber(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0x22 || unit === openBrace || unit === openBracket) return false;
  }
  return true;
}
