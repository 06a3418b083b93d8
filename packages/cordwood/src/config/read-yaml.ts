import { isDeepStrictEqual } from 'node:util';
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { closestName } from '../model/closest-name.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { ConfigValue } from '../model/limits.ts';
import { parseByteSize } from './byte-size.ts';
import { parseGoDurationMs, parsePrometheusDurationMs } from './duration.ts';
import { removedKeys } from './removed-keys.ts';
import {
  type BlockField,
  defaultValue,
  type Field,
  type Fields,
  type ListField,
  type MapField,
  type NotRun,
  type Value,
} from './schema/field.ts';
import { noEffect, notRunReasons } from './schema/reasons.ts';

/**
 * YAML -> values, by a schema: unknown keys and values of the wrong kind are errors with their place, as Loki's strict
 * decoder has them; keys that have no effect here are warnings. Absent keys take their value from `base`: a block or map that
 * is given is read over it, key by key, a list replaces it.
 */
export interface ReadYaml<F extends Fields> {
  readonly value: Value<BlockField<F>>;
  /** Dotted paths of the keys that the text gives. */
  readonly given: ReadonlySet<string>;
  /** Line and column of a key (or of the start), for findings that show up later. */
  placeOf(path: string): { readonly line: number; readonly column: number };
  readonly diagnostics: readonly Diagnostic[];
}

/** Larger files are a mistake, and a parser's time grows with them. */
const textLengthMax = 16 * 1024 * 1024;
/** Aliases may repeat a node; together they may not blow a small file up. */
const nodesMax = 1_000_000;

export function readYaml<F extends Fields>(
  text: string,
  file: string,
  schema: BlockField<F>,
  base: unknown = defaultValue(schema),
): ReadYaml<F> {
  const reader = new Reader(text, file);
  const value = reader.read(schema, base);
  return {
    value: value as Value<BlockField<F>>,
    given: new Set(reader.places.keys()),
    placeOf: (path) => reader.places.get(path) ?? { line: 1, column: 1 },
    diagnostics: reader.diagnostics,
  };
}

class Reader {
  readonly diagnostics: Diagnostic[] = [];
  readonly places = new Map<string, { line: number; column: number }>();
  readonly #file: string;
  readonly #lines = new LineCounter();
  readonly #document;
  #nodesLeft = nodesMax;
  /** Set below a key that was already named as without effect, so that its members are not named again. */
  #notRunAbove = false;

  constructor(text: string, file: string) {
    this.#file = file;
    const tooLong = text.length > textLengthMax;
    if (tooLong) this.#add('error', { line: 1, column: 1 }, `the file is larger than ${textLengthMax} characters`);
    this.#document = parseDocument(tooLong ? '' : text, {
      lineCounter: this.#lines,
      merge: false,
      prettyErrors: false,
      strict: true,
      uniqueKeys: true,
    });
    for (const problem of this.#document.errors) {
      const { line, col } = this.#lines.linePos(problem.pos[0]);
      this.#add('error', { line, column: col }, `yaml: ${problem.message}`);
    }
  }

  read(schema: BlockField<Fields>, base: unknown): unknown {
    const root = this.#document.contents;
    if (root === null || this.diagnostics.length > 0) return base;
    return this.#value(root as Node, schema, base, '');
  }

  #add(
    severity: 'error' | 'warning',
    place: { line: number; column: number },
    message: string,
    hint?: string,
    length?: number,
  ): void {
    this.diagnostics.push({
      severity,
      message,
      file: this.#file,
      ...place,
      ...(hint === undefined ? {} : { hint }),
      ...(length === undefined ? {} : { length }),
    });
  }

  #place(node: Node): { line: number; column: number } {
    const { line, col } = this.#lines.linePos(node.range?.[0] ?? 0);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }

  #resolve(node: Node): Node | undefined {
    if (--this.#nodesLeft < 0) {
      if (this.#nodesLeft === -1)
        this.#add('error', this.#place(node), `more than ${nodesMax} values: do aliases repeat each other?`);
      return undefined;
    }
    return isAlias(node) ? (node.resolve(this.#document) as Node | undefined) : node;
  }

  #value(given: Node, field: Field, base: unknown, path: string): unknown {
    const node = this.#resolve(given);
    if (node === undefined) return base;
    // `key:` without a value leaves the default.
    if (isScalar(node) && node.value === null) return base;
    switch (field.kind) {
      case 'block':
        return isMap(node) ? this.#block(node, field, base, path) : this.#wrongKind(node, field.typeName, base);
      case 'map':
        return isMap(node) ? this.#map(node, field, base, path) : this.#wrongKind(node, 'map[string]', base);
      case 'list':
        return this.#list(node, field, base, path);
      case 'any':
        return this.#plain(node, 0);
      default:
        return isScalar(node) ? this.#scalar(node, field, base) : this.#wrongKind(node, goTypes[field.kind], base);
    }
  }

  #wrongKind(node: Node, goType: string, base: unknown): unknown {
    const kind = isMap(node)
      ? '!!map'
      : isSeq(node)
        ? '!!seq'
        : `${tagOf(node as Scalar)} \`${sourceOf(node as Scalar)}\``;
    this.#add('error', this.#place(node), `cannot unmarshal ${kind} into ${goType}`);
    return base;
  }

  /** The pairs of a map, those merged with `<<` first so that the map's own win. */
  #pairs(map: YAMLMap): { pair: Pair<Node, Node | null>; key: Scalar }[] {
    const merged: { pair: Pair<Node, Node | null>; key: Scalar }[] = [];
    const own: { pair: Pair<Node, Node | null>; key: Scalar }[] = [];
    for (const pair of map.items as Pair<Node, Node | null>[]) {
      const key = this.#resolve(pair.key);
      if (!isScalar(key)) {
        this.#add('error', this.#place(pair.key), 'a key must be a text');
        continue;
      }
      if (key.value !== '<<' || key.type !== 'PLAIN' || pair.value === null) {
        own.push({ pair, key });
        continue;
      }
      const source = this.#resolve(pair.value);
      const maps = isSeq(source) ? (source.items as Node[]).map((item) => this.#resolve(item)) : [source];
      for (const item of maps) {
        if (isMap(item)) merged.push(...this.#pairs(item));
        else this.#add('error', this.#place(pair.value), 'map merge requires map or sequence of maps as the value');
      }
    }
    return [...merged, ...own];
  }

  #block(map: YAMLMap, field: BlockField<Fields>, base: unknown, path: string): unknown {
    const value: Record<string, unknown> = { ...(base as Record<string, unknown>) };
    for (const { pair, key } of this.#pairs(map)) {
      const name = String(key.value);
      const memberPath = path === '' ? name : `${path}.${name}`;
      const place = this.#place(key);
      const member = Object.hasOwn(field.fields, name) ? field.fields[name] : undefined;
      if (member === undefined) {
        const meant = closestName(name, Object.keys(field.fields));
        this.#add(
          'error',
          place,
          `field ${name} not found in type ${field.typeName}`,
          removedKeys[memberPath] ?? (meant === undefined ? undefined : `did you mean '${meant}'?`),
          name.length,
        );
        continue;
      }
      this.places.set(memberPath, place);
      const above = this.#notRunAbove;
      const { notRun } = member;
      this.#notRunAbove = above || notRun !== undefined;
      if (pair.value !== null) value[name] = this.#value(pair.value, member, value[name], memberPath);
      this.#notRunAbove = above;
      if (notRun === undefined || above) continue;
      if (notRun === 'missing' && isDeepStrictEqual(value[name], defaultValue(member))) continue;
      this.#addNotRun(place, memberPath, notRun, name.length);
    }
    return value;
  }

  #addNotRun(place: { line: number; column: number }, path: string, reason: NotRun, length: number): void {
    this.#add('warning', place, path + noEffect + notRunReasons[reason], undefined, length);
  }

  #map(map: YAMLMap, field: MapField<Field>, base: unknown, path: string): unknown {
    const value: Record<string, unknown> = { ...(base as Record<string, unknown> | undefined) };
    for (const { pair, key } of this.#pairs(map)) {
      const name = sourceOf(key);
      const memberPath = `${path}.${name}`;
      this.places.set(memberPath, this.#place(key));
      if (pair.value === null) continue;
      const before = Object.hasOwn(value, name) ? value[name] : (field.entryBase ?? defaultValue(field.item));
      // defineProperty: a tenant may be called __proto__.
      Object.defineProperty(value, name, {
        value: this.#value(pair.value, field.item, before, memberPath),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return value;
  }

  #list(node: Node, field: ListField<Field>, base: unknown, path: string): unknown {
    if (isScalar(node) && field.commas === true) {
      const text = sourceOf(node);
      return text === '' ? [] : text.split(',').map((part) => part.trim());
    }
    if (!isSeq(node)) return this.#wrongKind(node, '[]string', base);
    return (node.items as Node[]).map((item, i) => {
      const itemPath = `${path}.${i}`;
      this.places.set(itemPath, this.#place(item));
      return this.#value(item, field.item, defaultValue(field.item), itemPath);
    });
  }

  #scalar(node: Scalar, field: Exclude<Field, { kind: 'block' | 'map' | 'list' | 'any' }>, base: unknown): unknown {
    const source = sourceOf(node);
    const refuse = (message: string, hint?: string): unknown => {
      this.#add('error', this.#place(node), message, hint, source.length);
      return base;
    };
    switch (field.kind) {
      case 'text':
        if (field.oneOf !== undefined && !field.oneOf.includes(source)) {
          return refuse(
            `unrecognized value '${source}'`,
            `allowed: ${field.oneOf.filter((value) => value !== '').join(', ')}`,
          );
        }
        return source;
      case 'boolean': {
        const truth = booleans[source];
        return truth ?? this.#wrongKind(node, goTypes.boolean, base);
      }
      case 'integer': {
        const number = numberOf(node, source);
        return Number.isInteger(number) ? number : this.#wrongKind(node, goTypes.integer, base);
      }
      case 'float': {
        const number = numberOf(node, source);
        return number === undefined ? this.#wrongKind(node, goTypes.float, base) : number;
      }
      case 'go-duration':
        // yaml.v2 takes a plain integer for a time.Duration as nanoseconds.
        if (/^[+-]?\d+$/.test(source)) return Number(source) / 1e6;
        return (
          parseGoDurationMs(source) ??
          refuse(`time: invalid duration "${source}"`, 'units: ns, us, ms, s, m, h (no days here)')
        );
      case 'prometheus-duration':
        return (
          parsePrometheusDurationMs(source) ??
          refuse(
            `not a valid duration string: "${source}"`,
            'units, largest first: y, w, d, h, m, s, ms; whole numbers',
          )
        );
      case 'bytes':
        return (
          parseByteSize(source) ??
          refuse(`cannot read the size "${source}"`, 'units: B, KB, MB, GB, TB, PB; counted by 1024')
        );
      case 'time': {
        const timeMs = timeMsOf(source);
        return timeMs ?? refuse(`failed to parse time: "${source}"`, 'RFC 3339: 2026-02-04T00:00:00Z');
      }
    }
  }

  /** A piece that another system defines, as plain data. */
  #plain(given: Node, depth: number): ConfigValue {
    const node = this.#resolve(given);
    if (node === undefined || depth > 100) return null;
    if (isScalar(node)) {
      const { value } = node;
      return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
    }
    if (isSeq(node)) return (node.items as Node[]).map((item) => this.#plain(item, depth + 1));
    if (!isMap(node)) return null;
    return Object.fromEntries(
      this.#pairs(node).map(({ pair, key }) => [
        sourceOf(key),
        pair.value === null ? null : this.#plain(pair.value, depth + 1),
      ]),
    );
  }
}

const booleans: Readonly<Record<string, boolean>> = Object.fromEntries([
  ...['true', 'True', 'TRUE', 'yes', 'Yes', 'YES', 'on', 'On', 'ON', 'y', 'Y'].map((word) => [word, true]),
  ...['false', 'False', 'FALSE', 'no', 'No', 'NO', 'off', 'Off', 'OFF', 'n', 'N'].map((word) => [word, false]),
]);

const goTypes = {
  text: 'string',
  boolean: 'bool',
  integer: 'int',
  float: 'float64',
  'go-duration': 'time.Duration',
  'prometheus-duration': 'model.Duration',
  bytes: 'flagext.ByteSize',
  time: 'flagext.Time',
} as const;

/** A scalar as it stands in the file: `2024-01-01` stays text, `007` keeps its zeros. */
function sourceOf(node: Scalar): string {
  return node.type === 'PLAIN' && node.source !== undefined ? node.source : String(node.value ?? '');
}

function tagOf(node: Scalar): string {
  if (typeof node.value === 'number') return Number.isInteger(node.value) ? '!!int' : '!!float';
  return typeof node.value === 'boolean' ? '!!bool' : '!!str';
}

function numberOf(node: Scalar, source: string): number | undefined {
  if (typeof node.value === 'number') return node.value;
  return /^[+-]?\d[\d_]*$/.test(source) && node.type === 'PLAIN' ? Number(source.replaceAll('_', '')) : undefined;
}

function timeMsOf(source: string): number | undefined {
  if (source === '0' || source === '') return 0;
  if (!/^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/.test(source)) return undefined;
  const timeMs = Date.parse(source);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}
