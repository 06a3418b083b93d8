import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import { closestName } from '../model/closest-name.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { parseRuleDurationMs } from '../rules/prometheus-duration.ts';

/** Larger test files are a mistake. */
const textLengthMax = 16 * 1024 * 1024;

export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A YAML text whose nodes know where they stand. What is wrong with it is collected, not thrown. */
export class YamlFile {
  readonly file: string;
  readonly diagnostics: Diagnostic[] = [];
  readonly root: Node | undefined;
  readonly #lines = new LineCounter();
  readonly #document;

  constructor(text: string, file: string) {
    this.file = file;
    const tooLong = text.length > textLengthMax;
    this.#document = parseDocument(tooLong ? '' : text, { lineCounter: this.#lines, prettyErrors: false });
    if (tooLong) this.report(undefined, `the file is longer than ${textLengthMax} characters`);
    for (const error of this.#document.errors) {
      const { line, col } = this.#lines.linePos(error.pos[0]);
      this.diagnostics.push({ severity: 'error', message: `yaml: ${error.message}`, file, line, column: col });
    }
    this.root = this.diagnostics.length > 0 ? undefined : ((this.#document.contents as Node | null) ?? undefined);
  }

  place(node: Node | undefined): Place {
    const { line, col } = this.#lines.linePos(node?.range?.[0] ?? 0);
    return { file: this.file, line: Math.max(1, line), column: Math.max(1, col) };
  }

  report(node: Node | undefined, message: string, hint?: string): void {
    this.diagnostics.push({
      severity: 'error',
      message,
      ...this.place(node),
      ...(hint === undefined ? {} : { hint }),
    });
  }

  resolve(node: unknown): Node | undefined {
    return isAlias(node) ? (node.resolve(this.#document) as Node | undefined) : ((node as Node | null) ?? undefined);
  }

  /** The text of a scalar as it is written: `007` stays, `5m` is text, `1` is "1". */
  textOf(node: Node | undefined, what: string): string | undefined {
    const found = this.resolve(node);
    if (found === undefined) return undefined;
    if (!isScalar(found)) {
      this.report(found, `${what} must be text`);
      return undefined;
    }
    if (found.value === null) return undefined;
    return typeof found.value !== 'string' && found.source !== undefined ? found.source : String(found.value);
  }

  /** A map with known keys only; undefined (and a diagnostic) for anything else. */
  map(node: Node | undefined, what: string, keys: readonly string[]): YamlMap | undefined {
    const found = this.resolve(node);
    if (!isMap(found)) {
      this.report(found ?? node, `${what} must be a mapping with ${keys.join(', ')}`);
      return undefined;
    }
    return new YamlMap(this, found as YAMLMap, what, keys);
  }
}

/** One mapping of a file. Reading reports what is of the wrong kind and goes on with `undefined`. */
export class YamlMap {
  readonly node: YAMLMap;
  readonly what: string;
  readonly #file: YamlFile;
  readonly #values = new Map<string, Node | undefined>();
  readonly #keys = new Map<string, Node>();

  constructor(file: YamlFile, node: YAMLMap, what: string, keys: readonly string[]) {
    this.#file = file;
    this.node = node;
    this.what = what;
    for (const { key, value } of node.items) {
      const name = String(isScalar(key) ? key.value : key);
      if (keys.includes(name)) {
        this.#keys.set(name, key as Node);
        this.#values.set(name, file.resolve(value));
        continue;
      }
      const meant = closestName(name, keys);
      file.report(
        key as Node,
        `unknown key ${name} in ${what}`,
        meant === undefined ? `known are ${keys.join(', ')}` : `did you mean '${meant}'?`,
      );
    }
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  get(key: string): Node | undefined {
    return this.#values.get(key);
  }

  /** Where a value stands, or the mapping when the key is absent. */
  place(key?: string): Place {
    return this.#file.place(
      (key === undefined ? undefined : (this.#values.get(key) ?? this.#keys.get(key))) ?? this.node,
    );
  }

  report(key: string | undefined, message: string, hint?: string): void {
    const at = key === undefined ? this.node : (this.#values.get(key) ?? this.#keys.get(key) ?? this.node);
    this.#file.report(at, message, hint);
  }

  text(key: string): string | undefined {
    return this.#file.textOf(this.get(key), `${key} of ${this.what}`);
  }

  requiredText(key: string): string {
    const text = this.text(key);
    if (text === undefined || text === '') this.report(undefined, `${this.what} needs ${key}`);
    return text ?? '';
  }

  number(key: string): number | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    const value = /^[+-]?\.?inf$/i.test(text)
      ? Number(text.replace(/\.?inf/i, 'Infinity'))
      : Number(text.replace(/^\.nan$/i, 'NaN'));
    if (text === '' || (Number.isNaN(value) && !/^\.?nan$/i.test(text)))
      this.report(key, `${key} must be a number, not "${text}"`);
    return value;
  }

  durationMs(key: string): number | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    const durationMs = parseRuleDurationMs(text);
    if (durationMs === undefined) this.report(key, `not a valid duration: "${text}"`, 'like 90s, 5m, 1h30m');
    return durationMs;
  }

  /** A mapping of texts. */
  texts(key: string): Readonly<Record<string, string>> | undefined {
    const node = this.get(key);
    if (node === undefined || (isScalar(node) && node.value === null)) return this.has(key) ? {} : undefined;
    if (!isMap(node)) {
      this.report(key, `${key} must be a mapping of texts`);
      return undefined;
    }
    return Object.fromEntries(
      node.items.map(({ key: name, value }) => {
        const text = String(isScalar(name) ? name.value : name);
        return [text, this.#file.textOf(value as Node, `${key}.${text}`) ?? ''];
      }),
    );
  }

  /** Items of a list; undefined when the key is absent. `key:` with nothing is an empty list. */
  list(key: string): readonly Node[] | undefined {
    if (!this.has(key)) return undefined;
    const node = this.get(key);
    if (node === undefined || (isScalar(node) && node.value === null)) return [];
    if (!isSeq(node)) {
      this.report(key, `${key} must be a list`);
      return undefined;
    }
    return node.items as Node[];
  }

  /** A list of mappings with known keys. */
  maps(key: string, what: string, keys: readonly string[]): readonly YamlMap[] | undefined {
    return this.list(key)?.flatMap((item) => this.#file.map(item, what, keys) ?? []);
  }
}
