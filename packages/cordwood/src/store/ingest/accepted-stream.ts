import type { Labels } from '../../model/labels.ts';

/** Entries of one stream that passed the distributor's rules. Columns may be views into the request's body. */
export interface AcceptedStream {
  readonly labels: Labels;
  /** `printLabels(labels)`: identity within the tenant. */
  readonly text: string;
  readonly policy: string;
  readonly rowCount: number;
  readonly timestampsNs: BigInt64Array;
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** Sanitised, sorted, with `detected_level` and generic fields. One per row; equal rows often share one. */
  readonly metadata: readonly Labels[];
  /** Bytes of names and values of structured metadata, without what Loki's distributor adds. */
  readonly metadataBytes: Uint32Array;
}
