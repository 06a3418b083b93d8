import type { ReadEntry } from '../copy/read-stream.ts';
import { entryIdentity } from './tally.ts';

/** What two sides have at one timestamp. */
export interface JoinedInstant {
  readonly timestampNs: bigint;
  /** On both sides, the same. */
  readonly same: readonly ReadEntry[];
  /** Only here. */
  readonly from: readonly ReadEntry[];
  /** Only there. */
  readonly to: readonly ReadEntry[];
}

/** Walks two lists of entries, each in the order of time, timestamp by timestamp. Order inside of one means nothing. */
export async function* joinEntries(
  from: AsyncIterable<ReadEntry>,
  to: AsyncIterable<ReadEntry>,
): AsyncGenerator<JoinedInstant> {
  const [left, right] = [instants(from), instants(to)];
  let [a, b] = await Promise.all([left.next(), right.next()]);
  while (!a.done || !b.done) {
    const aNs = a.done ? undefined : a.value[0]!.timestampNs;
    const bNs = b.done ? undefined : b.value[0]!.timestampNs;
    if (aNs !== undefined && (bNs === undefined || aNs < bNs)) {
      yield { timestampNs: aNs, same: [], from: a.value!, to: [] };
      a = await left.next();
    } else if (bNs !== undefined && (aNs === undefined || bNs < aNs)) {
      yield { timestampNs: bNs, same: [], from: [], to: b.value! };
      b = await right.next();
    } else {
      yield joinInstant(aNs!, a.value!, b.value!);
      [a, b] = [await left.next(), await right.next()];
    }
  }
}

/** Entries with one timestamp, together. */
async function* instants(entries: AsyncIterable<ReadEntry>): AsyncGenerator<ReadEntry[], undefined> {
  let group: ReadEntry[] = [];
  for await (const entry of entries) {
    if (group.length > 0 && group[0]!.timestampNs !== entry.timestampNs) {
      yield group;
      group = [];
    }
    group.push(entry);
  }
  if (group.length > 0) yield group;
}

function joinInstant(timestampNs: bigint, a: readonly ReadEntry[], b: readonly ReadEntry[]): JoinedInstant {
  const left = new Map<string, ReadEntry[]>();
  for (const entry of a) {
    const key = entryIdentity(entry);
    const alike = left.get(key);
    if (alike === undefined) left.set(key, [entry]);
    else alike.push(entry);
  }
  const same: ReadEntry[] = [];
  const to: ReadEntry[] = [];
  for (const entry of b) {
    const match = left.get(entryIdentity(entry))?.pop();
    if (match === undefined) to.push(entry);
    else same.push(match);
  }
  return { timestampNs, same, from: [...left.values()].flat(), to };
}
