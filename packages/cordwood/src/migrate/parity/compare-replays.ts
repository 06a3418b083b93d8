/** Two replays of the same logs, entry by entry: the entries of a line are compared in the order in which they came out. */

import type { Origin } from './origin.ts';
import type { DeliveredEntry, Replay } from './replay.ts';

export interface Difference {
  readonly kind: 'line' | 'timestamp' | 'tenant' | 'label' | 'metadata' | 'missing' | 'extra';
  /** Of a label or metadata. */
  readonly name?: string;
  /** Undefined for what is not there. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly origin: Origin;
  /** The stages that made it so, on either side. */
  readonly cause: string;
}

/** What became of the lines of one reader of the first configuration, by the label `job` that they have in the second. */
export interface ReaderCount {
  /** `loki.source.file.kubernetes_pods`; empty for lines that only the second configuration reads. */
  readonly from: string;
  /** Readers of the same lines in the second configuration. */
  readonly to: readonly string[];
  /** Empty for lines that are not sent. */
  readonly job: string;
  readonly lines: number;
  readonly delivered: { readonly from: number; readonly to: number };
  /** Entries that are the same on both sides, that differ only as accepted, and that differ otherwise. */
  readonly entries: { readonly equal: number; readonly accepted: number; readonly different: number };
}

export interface Comparison {
  readonly differences: readonly Difference[];
  readonly readers: readonly ReaderCount[];
}

interface Side {
  readonly replay: Replay;
  readonly byLine: ReadonlyMap<string, readonly DeliveredEntry[]>;
}

export function compareReplays(
  from: Replay,
  to: Replay,
  writers: { readonly from: string; readonly to: string },
  isAccepted: (difference: Difference) => boolean,
): Comparison {
  const sides = { from: sideOf(from, writers.from), to: sideOf(to, writers.to) };
  const lines = new Map<string, { from: Origin[]; to: Origin[] }>();
  for (const side of ['from', 'to'] as const) {
    for (const origin of sides[side].replay.origins) {
      const line = lines.get(origin.key) ?? { from: [], to: [] };
      line[side].push(origin);
      lines.set(origin.key, line);
    }
  }
  const differences: Difference[] = [];
  const readers = new Map<string, Counting>();
  for (const [key, origins] of lines) {
    const left = sides.from.byLine.get(key) ?? [];
    const right = sides.to.byLine.get(key) ?? [];
    const counting = countingOf(readers, origins, (right[0] ?? left[0])?.labels['job'] ?? '');
    counting.lines++;
    counting.delivered.from += left.length;
    counting.delivered.to += right.length;
    for (let i = 0; i < Math.max(left.length, right.length); i++) {
      const found = compareEntries(left[i], right[i], origins, sides);
      const outcome = found.length === 0 ? 'equal' : found.every(isAccepted) ? 'accepted' : 'different';
      counting.entries[outcome]++;
      differences.push(...found);
    }
  }
  return { differences, readers: [...readers.values()].map(readerCount) };
}

function sideOf(replay: Replay, writer: string): Side {
  const byLine = new Map<string, DeliveredEntry[]>();
  for (const entry of replay.delivered) {
    if (entry.writer !== writer) continue;
    // An entry made of several lines belongs to the first.
    const key = entry.origins[0]?.key ?? '';
    byLine.set(key, [...(byLine.get(key) ?? []), entry]);
  }
  return { replay, byLine };
}

interface Counting {
  readonly reader: string;
  readonly job: string;
  readonly others: Set<string>;
  lines: number;
  readonly delivered: { from: number; to: number };
  readonly entries: { equal: number; accepted: number; different: number };
}

function countingOf(readers: Map<string, Counting>, origins: Origins, job: string): Counting {
  const reader = origins.from.map((origin) => origin.reader).join(' + ');
  const key = JSON.stringify([reader, job]);
  const counting = readers.get(key) ?? {
    reader,
    job,
    others: new Set(),
    lines: 0,
    delivered: { from: 0, to: 0 },
    entries: { equal: 0, accepted: 0, different: 0 },
  };
  for (const origin of origins.to) counting.others.add(origin.reader);
  readers.set(key, counting);
  return counting;
}

function readerCount({ delivered, entries, job, lines, others, reader }: Counting): ReaderCount {
  return { from: reader, to: [...others].sort(), job, lines, delivered, entries };
}

type Sides = { readonly from: Side; readonly to: Side };
type Origins = { readonly from: readonly Origin[]; readonly to: readonly Origin[] };

function compareEntries(
  left: DeliveredEntry | undefined,
  right: DeliveredEntry | undefined,
  origins: Origins,
  sides: Sides,
): Difference[] {
  const origin = left?.origins[0] ?? right?.origins[0] ?? origins.from[0] ?? origins.to[0]!;
  if (left === undefined) {
    const cause = `from: ${absence(sides.from, origins.from)}`;
    return [{ kind: 'extra', from: undefined, to: right!.line, origin, cause }];
  }
  if (right === undefined) {
    const cause = `to: ${absence(sides.to, origins.to)}`;
    return [{ kind: 'missing', from: left.line, to: undefined, origin, cause }];
  }
  const out: Difference[] = [];
  const compare = (kind: Difference['kind'], from: string | undefined, to: string | undefined, name?: string) => {
    if (from === to) return;
    const aspect = name === undefined ? kind : `${kind} ${name}`;
    const cause = [
      causeText('from', sides.from.replay, left.origins[0], aspect),
      causeText('to', sides.to.replay, right.origins[0], aspect),
    ];
    out.push({ kind, ...(name === undefined ? {} : { name }), from, to, origin, cause: cause.join('; ') });
  };
  compare('line', left.line, right.line);
  compare('timestamp', timeText(left.timestampNs), timeText(right.timestampNs));
  compare('tenant', left.tenant, right.tenant);
  for (const kind of ['label', 'metadata'] as const) {
    const [a, b] = kind === 'label' ? [left.labels, right.labels] : [left.metadata, right.metadata];
    for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) compare(kind, a[name], b[name], name);
  }
  return out;
}

/** Why a line has no entry on a side. */
function absence({ replay }: Side, origins: readonly Origin[]): string {
  const [origin] = origins;
  if (origin === undefined) return 'nothing reads this line';
  const last = replay.attribution.causeOf(origin, 'entry');
  return last === undefined ? 'it reached no stage' : `it did not pass ${last}`;
}

function causeText(side: string, replay: Replay, origin: Origin | undefined, aspect: string): string {
  const stage = origin === undefined ? undefined : replay.attribution.causeOf(origin, aspect);
  return `${side}: ${stage ?? origin?.reader ?? 'not read'}`;
}

function timeText(timestampNs: bigint | undefined): string {
  if (timestampNs === undefined) return 'time of reading';
  const milliseconds = new Date(Number(timestampNs / 1_000_000n)).toISOString();
  return milliseconds.replace(/\.\d+Z$/, `.${String(timestampNs % 1_000_000_000n).padStart(9, '0')}Z`);
}
