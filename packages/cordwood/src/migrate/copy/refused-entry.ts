import { type Labels, labelsObject } from '../../model/labels.ts';
import type { ReadEntry } from './read-stream.ts';

/** An entry that the new Loki will not have, with its reason. */
export interface RefusedEntry {
  readonly tenant: string;
  readonly labels: Labels;
  readonly entry: ReadEntry;
  readonly reason: string;
}

/** What to do about a refusal, by Loki's words. */
export function refusalAdvice(reason: string): string {
  for (const [words, advice] of refusalAdvices) if (reason.includes(words)) return advice;
  return 'Look at the limits of the tenant at the new Loki.';
}

const refusalAdvices: readonly (readonly [words: string, advice: string])[] = [
  [
    'timestamp too old',
    'While the history is copied, give the tenant `reject_old_samples: false` (or a large reject_old_samples_max_age) in the new Loki.',
  ],
  [
    'too far behind',
    'The stream at the new Loki already has newer entries, and Loki takes nothing that is more than half of max_chunk_age older. Copy the history before anything else is written, or set `shard_streams: {time_sharding_enabled: true}` for the tenant (Loki 3.4 or newer), or keep the history in streams of its own: --add-label origin=loki-2.',
  ],
  ['timestamp too new', 'The clocks differ, or --end lies in the future: end the copy earlier.'],
  [
    'structured metadata',
    'Set `allow_structured_metadata: true` for the tenant at the new Loki (schema v13 is needed).',
  ],
  ['max entry size', 'Raise `max_line_size` of the tenant at the new Loki, or set `max_line_size_truncate: true`.'],
  ['label names; limit', 'Raise `max_label_names_per_series` of the tenant at the new Loki.'],
  ['request body too large', 'Raise the body size that the gateway allows (client_max_body_size).'],
];

/** One line for a person or a file: what was refused and why. */
export function describeRefused({ tenant, labels, entry, reason }: RefusedEntry): Record<string, unknown> {
  return {
    tenant,
    labels: labelsObject(labels),
    timestamp: String(entry.timestampNs),
    line: entry.line,
    structuredMetadata: labelsObject(entry.structuredMetadata),
    reason,
  };
}
