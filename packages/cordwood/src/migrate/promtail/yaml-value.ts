import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml';

/** Larger files are a mistake. */
const textLengthMax = 16 * 1024 * 1024;
/** Aliases may repeat a node; together they may not blow a small file up. */
const nodesMax = 1_000_000;

export interface Place {
  /** 1-based. */
  readonly line: number;
  /** 1-based, in characters. */
  readonly column: number;
}

export interface YamlProblem extends Place {
  readonly message: string;
}

/** A pair of a mapping or an item of a list: the lines from its first to its last. */
export interface YamlOwner {
  readonly key: string;
  readonly startLine: number;
  readonly endLine: number;
}

/** A YAML text whose values know where they stand. */
export class YamlText {
  readonly problems: readonly YamlProblem[];
  readonly #lines = new LineCounter();
  readonly #document;
  #nodesLeft = nodesMax;

  constructor(text: string) {
    const tooLong = text.length > textLengthMax;
    this.#document = parseDocument(tooLong ? '' : text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      merge: false,
    });
    this.problems = tooLong
      ? [{ message: `the file is longer than ${textLengthMax} characters`, line: 1, column: 1 }]
      : this.#document.errors.map(({ message, pos }) => ({ message: `yaml: ${message}`, ...this.placeAt(pos[0]) }));
  }

  /** The value of the whole file; a null value when it is empty or broken. */
  get root(): YamlValue {
    return new YamlValue(this, this.problems.length > 0 ? null : (this.#document.contents as Node | null), {
      line: 1,
      column: 1,
    });
  }

  placeAt(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }

  resolve(node: Node | null): Node | null {
    if (--this.#nodesLeft < 0) return null;
    return isAlias(node) ? ((node.resolve(this.#document) as Node | undefined) ?? null) : node;
  }

  /** Every pair and item, in the order of the text. */
  owners(): YamlOwner[] {
    const out: YamlOwner[] = [];
    const visit = (node: unknown): void => {
      if (isMap(node)) for (const pair of node.items as Pair<Node, Node | null>[]) this.#addOwner(out, pair, visit);
      else if (isSeq(node)) {
        for (const item of node.items as Node[]) {
          if (item.range) out.push(this.#owner('-', item.range[0], item.range[1]));
          visit(item);
        }
      }
    };
    visit(this.#document.contents);
    return out.sort((a, b) => a.startLine - b.startLine || b.endLine - a.endLine);
  }

  #addOwner(out: YamlOwner[], { key, value }: Pair<Node, Node | null>, visit: (node: unknown) => void): void {
    const start = key.range?.[0] ?? 0;
    const end = value?.range?.[1] ?? key.range?.[1] ?? start;
    out.push(this.#owner(isScalar(key) ? String(key.value) : '?', start, end));
    visit(value);
  }

  #owner(key: string, start: number, end: number): YamlOwner {
    // The end of a collection is the start of what follows: step back over it.
    return { key, startLine: this.placeAt(start).line, endLine: this.placeAt(Math.max(start, end - 1)).line };
  }
}

const bareBoolean = /^(?:y|n|yes|no|on|off)$/i;

export interface YamlEntry {
  readonly key: string;
  readonly place: Place;
  readonly value: YamlValue;
}

/** One value of a file. Its kind is asked for first, the rest follows from it. */
export class YamlValue {
  readonly place: Place;
  readonly #text: YamlText;
  readonly #node: Node | null;

  constructor(text: YamlText, node: Node | null, fallback: Place) {
    this.#text = text;
    this.#node = text.resolve(node);
    this.place = node?.range ? text.placeAt(node.range[0]) : fallback;
  }

  get kind(): 'null' | 'scalar' | 'map' | 'list' {
    const node = this.#node;
    if (isMap(node)) return 'map';
    if (isSeq(node)) return 'list';
    return isScalar(node) && node.value !== null && node.value !== undefined ? 'scalar' : 'null';
  }

  /** A scalar as it is written: `007` keeps its zeros. */
  get text(): string {
    const node = this.#node;
    if (!isScalar(node)) return '';
    return node.type === 'PLAIN' && node.source !== undefined ? node.source : String(node.value ?? '');
  }

  /** What the YAML library made of a scalar. */
  get scalar(): unknown {
    return isScalar(this.#node) ? this.#node.value : undefined;
  }

  /** Words without quotes that YAML 1.1, which Promtail reads, takes for booleans: in this value and below it. */
  get bareBooleans(): YamlValue[] {
    const node = this.#node;
    const bare =
      isScalar(node) && typeof node.value === 'string' && node.type === 'PLAIN' && bareBoolean.test(this.text);
    const below = [...this.items, ...this.entries.map(({ value }) => value)];
    return [...(bare ? [this] : []), ...below.flatMap((value) => value.bareBooleans)];
  }

  /** `!!str`, `!!int`, `!!map`... as Go names it. */
  get tag(): string {
    if (this.kind === 'map') return '!!map';
    if (this.kind === 'list') return '!!seq';
    const { scalar } = this;
    if (typeof scalar === 'number') return Number.isInteger(scalar) ? '!!int' : '!!float';
    return typeof scalar === 'boolean' ? '!!bool' : '!!str';
  }

  get items(): YamlValue[] {
    return isSeq(this.#node) ? (this.#node.items as Node[]).map((item) => this.#child(item)) : [];
  }

  /** Entries of a mapping, those merged with `<<` first and overwritten by its own. */
  get entries(): YamlEntry[] {
    if (!isMap(this.#node)) return [];
    const found = new Map<string, YamlEntry>();
    for (const entry of this.#pairs(this.#node)) found.set(entry.key, entry);
    return [...found.values()];
  }

  get(key: string): YamlValue | undefined {
    return this.entries.find((entry) => entry.key === key)?.value;
  }

  #pairs(map: YAMLMap): YamlEntry[] {
    const merged: YamlEntry[] = [];
    const own: YamlEntry[] = [];
    for (const { key, value } of map.items as Pair<Node, Node | null>[]) {
      const name = isScalar(key) ? (key.source ?? String(key.value)) : '';
      const place = this.#text.placeAt(key.range?.[0] ?? 0);
      const child = new YamlValue(this.#text, value, place);
      if (name !== '<<') own.push({ key: isScalar(key) ? String(key.value) : name, place, value: child });
      else for (const source of child.kind === 'list' ? child.items : [child]) merged.push(...source.entries);
    }
    return [...merged, ...own];
  }

  #child(node: Node | null): YamlValue {
    return new YamlValue(this.#text, node, this.place);
  }
}

/** Go's `%v` of a decoded YAML value: `map[a:1 b:2]`, `[x y]`. */
export function goText(value: YamlValue): string {
  switch (value.kind) {
    case 'map': {
      const fields = value.entries.map(({ key, value: field }) => `${key}:${goText(field)}`);
      return `map[${fields.sort().join(' ')}]`;
    }
    case 'list':
      return `[${value.items.map(goText).join(' ')}]`;
    case 'null':
      return '<nil>';
    case 'scalar':
      return value.text;
  }
}

/** Go's `%T` of a decoded YAML value. */
export function goType(value: YamlValue): string {
  switch (value.kind) {
    case 'map':
      return 'map[interface {}]interface {}';
    case 'list':
      return '[]interface {}';
    case 'null':
      return '<nil>';
    case 'scalar':
      return { '!!int': 'int', '!!float': 'float64', '!!bool': 'bool' }[value.tag] ?? 'string';
  }
}
