import { encodePushRequest } from '../../codec/push-request.ts';
import { compressSnappy } from '../../codec/snappy.ts';
import { createEntryColumns } from '../../model/entry.ts';
import { RequestError } from '../../model/failure.ts';
import { type Labels, printLabels } from '../../model/labels.ts';
import { labelNames } from './list-streams.ts';
import type { LokiSide } from './loki-side.ts';
import type { Pace } from './pace.ts';
import { entriesOf, type ReadEntry, readStream } from './read-stream.ts';
import type { RefusedEntry } from './refused-entry.ts';
import { streamSelector } from './stream-selector.ts';

export interface PushTarget {
  readonly side: LokiSide;
  readonly tenant: string;
  readonly labels: Labels;
  readonly pace: Pace;
  readonly signal: AbortSignal;
  /** Called for every entry that is refused for good; throws when that is to end the copy. */
  readonly refuse: (entry: RefusedEntry) => void | Promise<void>;
}

export interface PushOutcome {
  readonly sentAgain: number;
  readonly alreadyThere: number;
}

/** Bytes of lines and metadata in one request: small against every limit of Loki's, large against the cost of a request. */
const batchBytesMax = 1024 * 1024;
const batchEntriesMax = 10_000;
/** Page of the questions whether a refused entry is there already; below the smallest limit that anyone sets. */
const readBackLimit = 1000;

/** What an entry weighs: its line and its structured metadata, as Loki counts. */
export function entryBytes({ line, structuredMetadata }: ReadEntry): number {
  return structuredMetadata.reduce(
    (sum, { name, value }) => sum + Buffer.byteLength(name) + Buffer.byteLength(value),
    Buffer.byteLength(line),
  );
}

/**
 * Pushes entries of one stream, in their order, in batches. Resolves when the new Loki has them all, or has said for each of the
 * others why not.
 */
export async function pushEntries(entries: readonly ReadEntry[], target: PushTarget): Promise<PushOutcome> {
  const outcome = { sentAgain: 0, alreadyThere: 0 };
  for (const batch of batches(entries)) {
    await target.pace(batch.bytes, target.signal);
    await pushBatch(batch.entries, target, outcome);
  }
  return outcome;
}

function* batches(entries: readonly ReadEntry[]): Generator<{ entries: readonly ReadEntry[]; bytes: number }> {
  let start = 0;
  let bytes = 0;
  for (let i = 0; i < entries.length; i++) {
    const size = entryBytes(entries[i]!);
    if (i > start && (bytes + size > batchBytesMax || i - start === batchEntriesMax)) {
      yield { entries: entries.slice(start, i), bytes };
      start = i;
      bytes = 0;
    }
    bytes += size;
  }
  if (start < entries.length) yield { entries: entries.slice(start), bytes };
}

async function pushBatch(
  entries: readonly ReadEntry[],
  target: PushTarget,
  outcome: { sentAgain: number; alreadyThere: number },
): Promise<void> {
  const { side, tenant, labels } = target;
  const body = compressSnappy(encodePushRequest([{ labels, entries: createEntryColumns(entries) }]));
  const { status, message, attempts } = await side.push(tenant, body);
  if (attempts > 1) outcome.sentAgain += entries.length;
  if (status < 300) return;
  if (status !== 400 && status !== 413)
    throw new RequestError(status, `${side.url} refuses pushes: ${status} ${message}`);
  // Of a refused push Loki keeps what was right in it, and it refuses as too late what it already has when the stream has gone
  // on since. So: what is there is no loss, and of the rest the smallest part that is refused alone is the reason.
  const missing = status === 413 ? entries : await notYetThere(entries, target);
  outcome.alreadyThere += entries.length - missing.length;
  if (missing.length === 0) return;
  if (entries.length === 1) {
    await target.refuse({ tenant, labels, entry: entries[0]!, reason: `${status} ${message}` });
    return;
  }
  const half = Math.ceil(missing.length / 2);
  await pushBatch(missing.slice(0, half), target, outcome);
  if (half < missing.length) await pushBatch(missing.slice(half), target, outcome);
}

async function notYetThere(entries: readonly ReadEntry[], { side, tenant, labels }: PushTarget): Promise<ReadEntry[]> {
  const span = { startNs: entries[0]!.timestampNs, endNs: entries.at(-1)!.timestampNs + 1n };
  const there = new Map<string, number>();
  const query = entriesOf(side, tenant, labelNames([labels]));
  for await (const page of readStream(query, streamSelector(labels, []), span, readBackLimit)) {
    for (const entry of page.entries) there.set(identity(entry), (there.get(identity(entry)) ?? 0) + 1);
  }
  return entries.filter((entry) => {
    const left = there.get(identity(entry)) ?? 0;
    if (left > 0) there.set(identity(entry), left - 1);
    return left === 0;
  });
}

/** Two entries are one when time, line and metadata are the same. `detected_level` is Loki's own work, done by each for itself. */
function identity({ timestampNs, line, structuredMetadata }: ReadEntry): string {
  const metadata = structuredMetadata.filter(({ name }) => name !== 'detected_level');
  return `${timestampNs} ${printLabels(metadata)} ${line}`;
}
