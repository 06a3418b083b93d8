import { sanitizeLabelName } from '../../extract/label-name.ts';
import type { Batch, FieldColumn, StreamRef } from '../../model/batch.ts';
import type { Labels } from '../../model/labels.ts';
import { duplicateSuffix } from './row-labels.ts';

/**
 * The values of one label for the rows of a batch, read from columns instead of lines: what a row would have after the stage
 * `json`, without parsing it. Only what is certain is said; a row in state 2 has to be looked at.
 */
export interface LabelColumn {
  /** By row: 0 the row has no such label, 1 it has, 2 unknown. */
  readonly state: Uint8Array;
  /** For rows in state 1. */
  text(row: number): string;
  /** Few different values: row -> index in `texts`, for rows in state 1. */
  readonly dictionary?: { readonly codes: Uint32Array; readonly texts: readonly string[] } | undefined;
  /** For rows in state 1, when every one of them is a decimal number. */
  readonly number?: ((row: number) => number) | undefined;
}

/** What a pipeline has done to the labels so far, as far as columns can follow it. */
export type ColumnParser =
  /** No parser yet. */
  | { readonly kind: 'none' }
  /** `| json` */
  | { readonly kind: 'json' }
  /** `| json a="x.y"`: label -> keys. */
  | { readonly kind: 'jsonExpressions'; readonly paths: ReadonlyMap<string, readonly string[]> };

/** The columns of one batch by label name; each is worked out once. */
export class LabelColumns {
  readonly #batch: Batch;
  readonly #parser: ColumnParser;
  readonly #columns = new Map<string, LabelColumn | undefined>();
  #kinds: { codes: Uint32Array; distinct: readonly Labels[] } | undefined;
  #pathsByName: Map<string, (readonly string[])[]> | undefined;

  private constructor(batch: Batch, parser: ColumnParser) {
    this.#batch = batch;
    this.#parser = parser;
  }

  /** Undefined when the rows have no columns that could stand for the parser. */
  static of(batch: Batch, parser: ColumnParser): LabelColumns | undefined {
    const columns = new LabelColumns(batch, parser);
    return parser.kind === 'none' || columns.#readPaths() ? columns : undefined;
  }

  /** By row 1 where only the line can tell whether it is broken. */
  unknownRows(): Uint8Array {
    const rows = new Uint8Array(this.#batch.rowCount);
    if (this.#parser.kind === 'none') return rows;
    // No line has a field of this name; a row that is not proven to lack it has no columns.
    const state = this.#batch.jsonField?.([noSuchKey])?.state;
    for (let row = 0; row < rows.length; row++) rows[row] = state?.[row] === 0 ? 0 : 1;
    return rows;
  }

  /** Undefined: columns cannot say. */
  column(name: string): LabelColumn | undefined {
    if (!this.#columns.has(name)) this.#columns.set(name, this.#create(name));
    return this.#columns.get(name);
  }

  /** The stream's label wins over metadata, metadata over what is in the line: that gets another name. */
  #create(name: string): LabelColumn | undefined {
    if (name.endsWith(duplicateSuffix)) return undefined;
    const { streams, streamIndexes, rowCount } = this.#batch;
    const { values: ofStream, count } = valuesOfStreams(streams, name);
    if (count > 0 && count === ofStream.length) return streamColumn(streamIndexes, ofStream, rowCount);
    const parsed = this.#parsed(name);
    if (parsed === undefined) return undefined;
    const metadata = this.#batch.mayHaveMetadata?.(name) === false ? undefined : this.#metadata(name);
    if (metadata === undefined && count === 0) return parsed;
    return overlay(streamIndexes, ofStream, metadata, parsed, rowCount);
  }

  /** Values of structured metadata by row; undefined when no row has any of this name. */
  #metadata(name: string): ((row: number) => string | undefined) | undefined {
    const { codes, distinct } = this.#metadataKinds();
    const values = distinct.map((labels) => labels.find((label) => label.name === name)?.value);
    return values.every((value) => value === undefined) ? undefined : (row) => values[codes[row]!];
  }

  /** Rows with the same metadata share one object. */
  #metadataKinds(): { codes: Uint32Array; distinct: readonly Labels[] } {
    if (this.#kinds === undefined) {
      const codes = new Uint32Array(this.#batch.rowCount);
      const known = new Map<Labels, number>();
      for (let row = 0; row < codes.length; row++) {
        const labels = this.#batch.structuredMetadata(row);
        let code = known.get(labels);
        if (code === undefined) {
          code = known.size;
          known.set(labels, code);
        }
        codes[row] = code;
      }
      this.#kinds = { codes, distinct: [...known.keys()] };
    }
    return this.#kinds;
  }

  #parsed(name: string): LabelColumn | undefined {
    switch (this.#parser.kind) {
      case 'none':
        return absentColumn(this.#batch.rowCount);
      case 'jsonExpressions': {
        const path = this.#parser.paths.get(name);
        if (path === undefined) return absentColumn(this.#batch.rowCount);
        const field = this.#batch.jsonField?.(path);
        return field === undefined ? undefined : emptyWhereAbsent(cleanField(field), this.#batch.rowCount);
      }
      case 'json': {
        const paths = this.#pathsByName!.get(name);
        // A path that no row has still tells which rows have no columns.
        const fields = (paths ?? [[name]]).map((path) => this.#batch.jsonField?.(path));
        if (fields.length > 1 || fields[0] === undefined) return undefined;
        return cleanField(fields[0]);
      }
    }
  }

  #readPaths(): boolean {
    const paths = this.#batch.jsonPaths?.();
    if (paths === undefined || this.#batch.jsonField === undefined) return false;
    const byName = new Map<string, (readonly string[])[]>();
    for (const path of paths) {
      const name = labelNameOf(path);
      if (name === undefined) return false;
      const same = byName.get(name);
      if (same === undefined) byName.set(name, [path]);
      else same.push(path);
    }
    this.#pathsByName = byName;
    return true;
  }
}

/** The batches of a chunk share their list of streams, so that what its streams say is worked out once for all of them. */
const streamValues = new WeakMap<readonly StreamRef[], Map<string, StreamValues>>();

interface StreamValues {
  readonly values: readonly (string | undefined)[];
  /** How many streams have the label. */
  readonly count: number;
}

function valuesOfStreams(streams: readonly StreamRef[], name: string): StreamValues {
  let known = streamValues.get(streams);
  if (known === undefined) {
    known = new Map();
    streamValues.set(streams, known);
  }
  let found = known.get(name);
  // A list that grows is one of a head.
  if (found === undefined || found.values.length !== streams.length) {
    const values = streams.map(({ labels }) => labels.find((label) => label.name === name)?.value);
    found = { values, count: values.filter((value) => value !== undefined).length };
    if (known.size >= namesMax) known.clear();
    known.set(name, found);
  }
  return found;
}

/** Names remembered for one list of streams. */
const namesMax = 64;

const noSuchKey = 'cordwood: no line has this key';

/** The label that `| json` makes of the value at a path; undefined for keys with escapes, which are written otherwise than they read. */
function labelNameOf(path: readonly string[]): string | undefined {
  let name = '';
  for (const key of path) {
    if (key.includes('\\') || key.includes('\ufffd')) return undefined;
    const segment = sanitizeLabelName(key, name !== '');
    if (segment !== '') name = name === '' ? segment : `${name}_${segment}`;
  }
  return name;
}

function absentColumn(rowCount: number): LabelColumn {
  return { state: new Uint8Array(rowCount), text: () => '' };
}

function streamColumn(
  streamIndexes: Uint32Array,
  values: readonly (string | undefined)[],
  rowCount: number,
): LabelColumn {
  const texts = values.map((value) => value ?? '');
  return {
    state: new Uint8Array(rowCount).fill(1),
    text: (row) => texts[streamIndexes[row]!]!,
    dictionary: { codes: streamIndexes, texts },
  };
}

/** Parsers leave U+FFFD out of values. */
function cleanField({ state, value, dictionary, number }: FieldColumn): LabelColumn {
  return {
    state,
    number,
    text: (row) => withoutReplacement(value(row)),
    dictionary:
      dictionary === undefined
        ? undefined
        : { codes: dictionary.codes, texts: dictionary.texts.map(withoutReplacement) },
  };
}

function withoutReplacement(text: string): string {
  return text.includes('\ufffd') ? text.replaceAll('\ufffd', '') : text;
}

/** `json a="x"` sets the label of every line, to the empty value where the line has no such field. */
function emptyWhereAbsent(column: LabelColumn, rowCount: number): LabelColumn {
  if (!column.state.includes(0)) return column;
  const { state, dictionary } = column;
  const present = state.map((one) => (one === 0 ? 1 : one));
  let withEmpty: LabelColumn['dictionary'];
  if (dictionary !== undefined) {
    const codes = new Uint32Array(rowCount);
    for (let row = 0; row < rowCount; row++)
      codes[row] = state[row] === 0 ? dictionary.texts.length : dictionary.codes[row]!;
    withEmpty = { codes, texts: [...dictionary.texts, ''] };
  }
  return { state: present, text: (row) => (state[row] === 0 ? '' : column.text(row)), dictionary: withEmpty };
}

function overlay(
  streamIndexes: Uint32Array,
  ofStream: readonly (string | undefined)[],
  metadata: ((row: number) => string | undefined) | undefined,
  parsed: LabelColumn,
  rowCount: number,
): LabelColumn {
  const above = (row: number) => ofStream[streamIndexes[row]!] ?? metadata?.(row);
  const state = new Uint8Array(rowCount);
  for (let row = 0; row < rowCount; row++) state[row] = above(row) === undefined ? parsed.state[row]! : 1;
  return { state, text: (row) => above(row) ?? parsed.text(row) };
}
