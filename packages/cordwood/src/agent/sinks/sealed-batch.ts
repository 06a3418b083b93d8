import type { Held } from '../receipt.ts';

/** A batch that gets no more entries: compressed, ready to be sent. */
export interface SealedBatch {
  /** Batches are sent in this order. */
  readonly number: number;
  readonly tenant: string;
  readonly body: Buffer;
  readonly entryCount: number;
  readonly sizeBytes: number;
  /** Whose entries these are. Empty for a batch that comes from disk. */
  readonly held: readonly Held[];
}

export function releaseAll(held: readonly Held[]): void {
  for (const { receipt, offset } of held) receipt.release(offset);
}
