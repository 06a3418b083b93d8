import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  visit,
} from 'yaml';
import type { Diagnostic } from '../../model/diagnostic.ts';

/** Names and list indices from the root down. */
export type Path = readonly (string | number)[];

/** `a.b[0].c` */
export function pathText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}

/** Larger files are a mistake. */
const textLengthMax = 16 * 1024 * 1024;

/** A YAML file that is changed in place: comments and the order of keys stay. */
export class SettingsFile {
  readonly diagnostics: readonly Diagnostic[];
  readonly #document: Document;
  readonly #lines = new LineCounter();
  /** Lines of keys as they were before anything was changed. */
  readonly #places = new Map<string, { line: number; column: number }>();

  constructor(text: string, name: string) {
    const tooLong = text.length > textLengthMax;
    this.#document = parseDocument(tooLong ? '' : text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      logLevel: 'error',
    });
    const problems = this.#document.errors.map(({ message, pos }): Diagnostic => {
      const { line, col } = this.#lines.linePos(pos[0]);
      return { severity: 'error', message: `yaml: ${message}`, file: name, line, column: col };
    });
    problems.push(...this.#unresolvedAliases(name));
    if (tooLong) problems.push({ severity: 'error', message: 'the file is too large', file: name, line: 1, column: 1 });
    if (problems.length === 0 && this.#document.contents !== null && !isMap(this.#document.contents)) {
      problems.push({ severity: 'error', message: 'the file is not a mapping', file: name, line: 1, column: 1 });
    }
    this.diagnostics = problems;
    this.#note(this.#document.contents, []);
  }

  /** Paths that match a pattern: `storage_config.*.shared_store`, `schema_config.configs[*].row_shards`. */
  find(pattern: string): Path[] {
    const parts = pattern.replaceAll('[*]', '.*').split('.');
    let found: Path[] = [[]];
    for (const part of parts) {
      found = found.flatMap((path) => {
        if (part !== '*') return this.has([...path, part]) ? [[...path, part]] : [];
        return this.#children(path).map((child) => [...path, child]);
      });
    }
    return found;
  }

  has(path: Path): boolean {
    return path.length === 0 || this.#document.hasIn(path);
  }

  /** Plain value; undefined when there is none. */
  get(path: Path): unknown {
    const node = this.#document.getIn(path, true);
    if (node === undefined) return undefined;
    return isScalar(node) ? node.value : isMap(node) || isSeq(node) ? node.toJS(this.#document) : node;
  }

  /** A scalar as it is written, anything else as JSON. */
  text(path: Path): string {
    const node = this.#document.getIn(path, true);
    if (isScalar(node)) return node.source ?? String(node.value);
    return JSON.stringify(this.get(path)) ?? '';
  }

  /**
   * Sets a value, with the mappings above it; `above` becomes a comment on the line before. Where a list stands in place of a
   * mapping nothing is set: whoever reads the result says that it must not be one.
   */
  set(path: Path, value: unknown, above?: string): void {
    for (let depth = 1; depth < path.length; depth++) {
      const parent = path.slice(0, depth);
      const present = this.#document.getIn(parent, true);
      if (isSeq(present) && typeof path[depth] === 'string') return;
      if (!isMap(present) && !isSeq(present)) this.#document.setIn(parent, this.#document.createNode({}));
    }
    this.#document.setIn(path, this.#document.createNode(value));
    if (above !== undefined) this.comment(path, above);
  }

  /** Adds to a list. */
  add(path: Path, value: unknown, above?: string): void {
    if (!isSeq(this.#document.getIn(path, true))) return;
    const node = this.#document.createNode(value) as Node;
    if (above !== undefined) node.commentBefore = ` ${above}`;
    this.#document.addIn(path, node);
  }

  comment(path: Path, text: string): void {
    const parent = this.#document.getIn(path.slice(0, -1), true);
    if (!isMap(parent)) return;
    const pair = parent.items.find(({ key }) => keyText(key) === path.at(-1));
    if (pair === undefined) return;
    const key = isScalar(pair.key) ? pair.key : (this.#document.createNode(pair.key) as Scalar);
    key.commentBefore = ` ${text}`;
    pair.key = key;
  }

  /** Takes a value away, and the mappings above it that are empty then. */
  remove(path: Path): void {
    this.#keepAnchors(this.#document.getIn(path, true));
    this.#delete(path);
  }

  #delete(path: Path): void {
    if (!this.has(path)) return;
    this.#document.deleteIn(path);
    for (let depth = path.length - 1; depth > 0; depth--) {
      const parent = this.#document.getIn(path.slice(0, depth), true);
      if (!isMap(parent) || parent.items.length > 0) return;
      this.#document.deleteIn(path.slice(0, depth));
    }
  }

  /** Moves a value with the comments that it has. The target must not be there. */
  move(from: Path, to: Path): void {
    const node = this.#document.getIn(from, true);
    this.#delete(from);
    this.set(to, null);
    if (this.has(to)) this.#document.setIn(to, node);
  }

  /** Where a key stood in the text; of a new one its nearest parent. */
  placeOf(path: Path): { readonly line: number; readonly column: number } {
    for (let depth = path.length; depth > 0; depth--) {
      const place = this.#places.get(pathText(path.slice(0, depth)));
      if (place !== undefined) return place;
    }
    return { line: 1, column: 1 };
  }

  print(): string {
    return this.#document.toString({ lineWidth: 0, flowCollectionPadding: false });
  }

  #unresolvedAliases(file: string): Diagnostic[] {
    const found: Diagnostic[] = [];
    visit(this.#document, {
      Alias: (_, alias) => {
        if (alias.resolve(this.#document) !== undefined) return;
        const { line, col } = this.#lines.linePos(alias.range?.[0] ?? 0);
        const message = `yaml: unknown anchor '${alias.source}' referenced`;
        found.push({ severity: 'error', message, file, line, column: col });
      },
    });
    return found;
  }

  /** What others refer to moves to the first of them before it goes. */
  #keepAnchors(node: unknown): void {
    if (!isNode(node)) return;
    const anchored = new Map<string, Node>();
    visit(node, {
      Value: (_, value) => {
        if (value.anchor !== undefined) anchored.set(value.anchor, value);
      },
    });
    if (anchored.size === 0) return;
    visit(this.#document, {
      Alias: (_, { source }) => {
        const original = anchored.get(source);
        anchored.delete(source);
        return original;
      },
    });
  }

  #children(path: Path): (string | number)[] {
    const node = path.length === 0 ? this.#document.contents : this.#document.getIn(path, true);
    if (isSeq(node)) return node.items.map((_, i) => i);
    return isMap(node) ? node.items.map(({ key }) => keyText(key)) : [];
  }

  #note(node: unknown, path: Path): void {
    if (isSeq(node)) node.items.forEach((item, i) => void this.#note(item, [...path, i]));
    if (!isMap(node)) return;
    for (const { key, value } of node.items as Pair<Node, Node | null>[]) {
      const own = [...path, keyText(key)];
      const { line, col } = this.#lines.linePos(key.range?.[0] ?? 0);
      this.#places.set(pathText(own), { line: Math.max(1, line), column: Math.max(1, col) });
      this.#note(value, own);
    }
  }
}

function keyText(key: unknown): string {
  return String(isScalar(key) ? key.value : key);
}
