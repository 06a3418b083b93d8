/** One entry as the list shows it, and how rows of several answers come together. */
import type { AnsweredStream, LabelMap } from '../client/answers.ts';
import { entryIdentity } from '../client/tail.ts';
import { type Level, levelOfLabels } from './level.ts';

export interface LogRow {
  /** Unique within the page; says nothing about order. */
  readonly id: number;
  readonly timestampNs: string;
  readonly timestampMs: number;
  readonly line: string;
  readonly labels: LabelMap;
  readonly structuredMetadata: LabelMap;
  readonly parsed: LabelMap;
  readonly level: Level;
  readonly service: string;
}

export type RowOrder = 'newest' | 'oldest';

let nextId = 1;

const serviceLabels = ['service_name', 'service', 'app', 'job', 'container'] as const;

export function serviceOf(labels: LabelMap): string {
  for (const name of serviceLabels) {
    const value = labels[name];
    if (value !== undefined && value !== '') return value;
  }
  return '';
}

/** Nanosecond texts by size: the longer is later, then by digits. */
export function compareNs(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

/** Rows of all streams in one order. Entries with equal timestamps keep the order in which the server sent them. */
export function rowsOf(streams: readonly AnsweredStream[], order: RowOrder): LogRow[] {
  const rows: LogRow[] = [];
  for (const stream of streams) {
    const service = serviceOf(stream.labels);
    for (const entry of stream.entries) {
      rows.push({
        id: nextId++,
        timestampNs: entry.timestampNs,
        timestampMs: Number(entry.timestampNs.slice(0, -6) || '0'),
        line: entry.line,
        labels: stream.labels,
        structuredMetadata: entry.structuredMetadata,
        parsed: entry.parsed,
        level: levelOfLabels(entry.structuredMetadata, entry.parsed, stream.labels),
        service,
      });
    }
  }
  return sortRows(rows, order);
}

export function sortRows(rows: LogRow[], order: RowOrder): LogRow[] {
  return order === 'newest'
    ? rows.sort((a, b) => compareNs(b.timestampNs, a.timestampNs))
    : rows.sort((a, b) => compareNs(a.timestampNs, b.timestampNs));
}

/** What makes two rows the same entry: Loki keeps no two entries equal in stream, time, line and metadata. */
export function rowIdentity(row: LogRow): string {
  return `${row.timestampNs} ${entryIdentity(row.labels, row)}`;
}

/**
 * Two sorted lists as one, without entries that both have; `first` keeps its rows (and their ids). `place`: where rows of
 * `second` stand among those of `first` with the same timestamp.
 */
export function mergeRows(
  first: readonly LogRow[],
  second: readonly LogRow[],
  order: RowOrder,
  place: 'before' | 'behind' = 'behind',
): LogRow[] {
  const times = new Set(second.map((row) => row.timestampNs));
  const known = new Set(first.filter((row) => times.has(row.timestampNs)).map(rowIdentity));
  const fresh = second.filter((row) => !known.has(rowIdentity(row)));
  if (fresh.length === 0) return [...first];
  return sortRows(place === 'behind' ? [...first, ...fresh] : [...fresh, ...first], order);
}

/** The newest `max` rows, in order. */
export function newestRows(rows: readonly LogRow[], max: number, order: RowOrder): readonly LogRow[] {
  if (rows.length <= max) return rows;
  return order === 'newest' ? rows.slice(0, max) : rows.slice(rows.length - max);
}
