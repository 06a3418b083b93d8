import { hash } from 'node:crypto';
import type { Labels } from '../../model/labels.ts';
import { printLabels } from '../../model/labels.ts';
import { entryBytes } from '../copy/push-entries.ts';
import type { ReadEntry } from '../copy/read-stream.ts';

/**
 * Entries counted, weighed and hashed, whatever their order: the hash is the sum of the entries' hashes, so that two Lokis that
 * give the same entries in another order, or spread over other streams, tally the same. Sums are taken word by word modulo 2^32;
 * an exclusive or would not see an entry that is there twice.
 */
export interface Tally {
  entries: number;
  bytes: number;
  readonly words: Uint32Array;
}

export function createTally(): Tally {
  return { entries: 0, bytes: 0, words: new Uint32Array(4) };
}

/** What one entry adds to a tally. */
export interface EntryWeight {
  readonly bytes: number;
  readonly words: Uint32Array;
}

export function weighEntry(entry: ReadEntry): EntryWeight {
  const digest = hash('sha1', entryIdentity(entry), 'buffer');
  const words = new Uint32Array(4);
  for (let i = 0; i < 4; i++) words[i] = digest.readUInt32LE(i * 4);
  return { bytes: entryBytes(entry), words };
}

export function addWeight(tally: Tally, { bytes, words }: EntryWeight): void {
  tally.entries++;
  tally.bytes += bytes;
  for (let i = 0; i < 4; i++) tally.words[i]! += words[i]!;
}

export function addTally(sum: Tally, { entries, bytes, words }: Tally): void {
  sum.entries += entries;
  sum.bytes += bytes;
  for (let i = 0; i < 4; i++) sum.words[i]! += words[i]!;
}

/** 32 hexadecimal digits. */
export function printHash({ words }: Tally): string {
  return [...words].map((word) => word.toString(16).padStart(8, '0')).join('');
}

/** Two entries are the same when these texts are. */
export function entryIdentity({ timestampNs, line, structuredMetadata }: ReadEntry): string {
  return `${timestampNs}\u0000${structuredMetadata.length === 0 ? '' : printLabels(structuredMetadata)}\u0000${line}`;
}

/** An entry without the metadata that is not compared. */
export function withoutMetadata(entry: ReadEntry, ignored: ReadonlySet<string> | 'all'): ReadEntry {
  if (entry.structuredMetadata.length === 0) return entry;
  const structuredMetadata: Labels =
    ignored === 'all' ? [] : entry.structuredMetadata.filter(({ name }) => !ignored.has(name));
  return { ...entry, structuredMetadata };
}
