import type { Batch, LineColumn, StreamRef } from '../../model/batch.ts';
import type { Entry } from '../../model/entry.ts';
import { type Labels, noLabels, printLabels } from '../../model/labels.ts';
import type { ChunkSummary } from '../../model/predicate.ts';
import type { Select, SelectRequest } from '../../model/select-request.ts';
import type { Tenant } from '../../model/tenant.ts';

/**
 * A source of batches over plain arrays, for tests: it keeps the promises of `Select` (order, no duplicates, rows that may
 * match) in the most obvious way, and cuts the rows into small batches so that every test crosses their borders.
 */
export interface MemorySource {
  readonly select: Select;
  /** Rows handed out so far. */
  rowsRead: number;
  push(tenant: Tenant, labels: Labels, entries: readonly Entry[]): void;
}

export interface StoredRow extends Entry {
  readonly stream: StreamRef;
  readonly sequence: number;
}

export function createMemorySource(options: { batchRows?: number; columns?: boolean } = {}): MemorySource {
  const batchRows = options.batchRows ?? 7;
  const tenants = new Map<Tenant, { streams: Map<string, StreamRef>; rows: StoredRow[]; known: Set<string> }>();
  let sequence = 0;
  const source: MemorySource = {
    rowsRead: 0,
    push(tenant, labels, entries) {
      let stored = tenants.get(tenant);
      if (stored === undefined) {
        stored = { streams: new Map(), rows: [], known: new Set() };
        tenants.set(tenant, stored);
      }
      const key = printLabels(labels);
      let stream = stored.streams.get(key);
      if (stream === undefined) {
        stream = { id: stored.streams.size, labels };
        stored.streams.set(key, stream);
      }
      for (const entry of entries) {
        const identity = JSON.stringify([stream.id, String(entry.timestampNs), entry.line, entry.structuredMetadata]);
        if (stored.known.has(identity)) continue;
        stored.known.add(identity);
        stored.rows.push({ ...entry, stream, sequence: sequence++ });
      }
    },
    async *select(request) {
      const stored = tenants.get(request.tenant);
      if (stored === undefined) return;
      const rows = stored.rows
        .filter((row) => row.timestampNs >= request.range.startNs && row.timestampNs < request.range.endNs)
        .filter((row) => request.predicate.matchesStream(row.stream.labels))
        .sort((a, b) => compareRows(a, b, request.direction));
      const batches: StoredRow[][] = [];
      for (let first = 0; first < rows.length; first += batchRows) batches.push(rows.slice(first, first + batchRows));
      // Metric queries must not care about the order of batches.
      if (request.order === 'any') batches.reverse();
      for (const part of batches) {
        if (request.signal?.aborted) return;
        if (!request.predicate.couldMatch(summaryOf(part))) continue;
        const batch = options.columns ? withColumns(createBatch(part), part) : createBatch(part);
        const selected = request.predicate.selectRows(batch);
        if (selected !== undefined && !selected.includes(1)) continue;
        source.rowsRead += part.length;
        countRead(request, part);
        const kept = selected === undefined ? part : part.filter((_row, i) => selected[i] === 1);
        // Both are allowed: all rows of the batch, or those that were selected.
        yield options.columns ? { ...withColumns(createBatch(kept), kept), selected: true } : batch;
      }
    },
  };
  return source;
}

function compareRows(a: StoredRow, b: StoredRow, direction: SelectRequest['direction']): number {
  const order = a.timestampNs < b.timestampNs ? -1 : a.timestampNs > b.timestampNs ? 1 : a.sequence - b.sequence;
  return direction === 'forward' ? order : -order;
}

function countRead({ statistics }: SelectRequest, rows: readonly StoredRow[]): void {
  if (statistics === undefined) return;
  statistics.rowsRead += rows.length;
  statistics.headRowsRead += rows.length;
  statistics.bytesRead += rows.reduce((sum, row) => sum + Buffer.byteLength(row.line), 0);
}

function summaryOf(rows: readonly StoredRow[]): ChunkSummary {
  const times = BigInt64Array.from(rows, (row) => row.timestampNs).sort();
  return {
    minTimestampNs: times[0]!,
    maxTimestampNs: times.at(-1)!,
    rowCount: rows.length,
    lineBytes: rows.reduce((sum, row) => sum + Buffer.byteLength(row.line), 0),
    mayContain: (literal) => rows.some((row) => Buffer.from(row.line).includes(literal)),
    mayHaveLabel: (name) =>
      rows.some((row) => [...row.stream.labels, ...row.structuredMetadata].some((label) => label.name === name)),
  };
}

/** A batch over rows, as a store would hand it out. */
export function createBatch(rows: readonly StoredRow[]): Batch {
  const streams = [...new Set(rows.map((row) => row.stream))];
  const lines = rows.map((row) => Buffer.from(row.line));
  const column = createLineColumn(lines);
  return {
    rowCount: rows.length,
    timestampsNs: BigInt64Array.from(rows, (row) => row.timestampNs),
    streams,
    streamIndexes: Uint32Array.from(rows, (row) => streams.indexOf(row.stream)),
    sequences: Float64Array.from(rows, (row) => row.sequence),
    lineLengths: () => Uint32Array.from(lines, (line) => line.length),
    lines: () => column,
    structuredMetadata: (row) => rows[row]?.structuredMetadata ?? noLabels,
  };
}

function createLineColumn(lines: readonly Buffer[]): LineColumn {
  const bytes = Buffer.concat(lines);
  const starts = new Uint32Array(lines.length);
  const ends = new Uint32Array(lines.length);
  let offset = 0;
  for (const [row, line] of lines.entries()) {
    starts[row] = offset;
    offset += line.length;
    ends[row] = offset;
  }
  return { bytes, starts, ends };
}

/** The fast paths that a store of columns offers, found out in the most obvious way. */
export function withColumns(batch: Batch, rows: readonly StoredRow[]): Batch {
  const documents = rows.map((row) => regularObject(row.line));
  const paths = new Map<string, string[]>();
  for (const document of documents) {
    for (const path of document === undefined ? [] : leafPaths(document)) paths.set(JSON.stringify(path), path);
  }
  return {
    ...batch,
    lines: (only) => (only === undefined ? batch.lines() : emptied(batch.lines(), only)),
    findLiteral: (literal, ignoreCase) =>
      Uint8Array.from(rows, (row) => {
        const text = ignoreCase ? row.line.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : row.line;
        return Number(Buffer.from(text).includes(literal));
      }),
    mayHaveMetadata: (name) => rows.some((row) => row.structuredMetadata.some((label) => label.name === name)),
    jsonPaths: () => [...paths.values()],
    jsonField(path) {
      const values = documents.map((document) => (document === undefined ? null : valueAt(document, path)));
      const state = Uint8Array.from(values, (value) => (value === undefined ? 0 : typeof value === 'string' ? 1 : 2));
      const present = values.filter((value) => typeof value === 'string');
      const texts = [...new Set(present)];
      const numbers = present.every((text) => /^-?(0|[1-9]\d{0,14})(\.\d{1,6})?$/.test(text));
      return {
        state,
        value: (row) => values[row] as string,
        ...(texts.length <= 4
          ? {
              dictionary: {
                codes: Uint32Array.from(values, (value) => Math.max(0, texts.indexOf(value as string))),
                texts,
              },
            }
          : {}),
        ...(numbers ? { number: (row: number) => Number(values[row]) } : {}),
      };
    },
  };
}

function emptied({ bytes, starts, ends }: LineColumn, only: Uint8Array): LineColumn {
  return { bytes, starts, ends: ends.map((end, row) => (only[row] === 1 ? end : starts[row]!)) };
}

/** Undefined for lines that a store keeps whole: broken, with escapes, with equal keys or an empty object. */
function regularObject(line: string): object | undefined {
  if (!line.startsWith('{') || line.includes('\\') || /\{\s*\}/.test(line)) return undefined;
  try {
    const document = JSON.parse(line, (_key, value: unknown) => value) as object;
    return JSON.stringify(document).length === line.length ? document : undefined;
  } catch {
    return undefined;
  }
}

function leafPaths(value: object): string[][] {
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? leafPaths(inner as object).map((path) => [key, ...path])
      : [[key]],
  );
}

/** The text of a scalar; undefined: nothing there; null: something that is no scalar. */
function valueAt(document: object, path: readonly string[]): string | null | undefined {
  let value: unknown = document;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    if (!Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number' ? String(value) : null;
}
