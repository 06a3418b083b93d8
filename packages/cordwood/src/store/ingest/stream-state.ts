import type { StreamRef } from '../../model/batch.ts';
import { dayNs } from '../day-time.ts';
import type { TokenBucket } from './token-bucket.ts';

/** What is remembered of a stream while it is active. */
export class StreamState {
  readonly ref: StreamRef;
  readonly text: string;
  readonly bucket: TokenBucket;
  lastAppendMs: number;
  highestDay = Number.NEGATIVE_INFINITY;
  highestOffset = 0;
  #windowNs = -1;
  #cutoffDay = Number.NEGATIVE_INFINITY;
  #cutoffOffset = 0;

  constructor(ref: StreamRef, text: string, bucket: TokenBucket, nowMs: number) {
    this.ref = ref;
    this.text = text;
    this.bucket = bucket;
    this.lastAppendMs = nowMs;
  }

  /** Is this time more than the window behind the newest entry? */
  isTooFarBehind(day: number, offset: number, windowNs: number): boolean {
    if (windowNs !== this.#windowNs) this.#setCutoff(windowNs);
    return day < this.#cutoffDay || (day === this.#cutoffDay && offset < this.#cutoffOffset);
  }

  /** Is this later than every entry of the stream that is remembered? Then it cannot be there already. */
  isNewest(day: number, offset: number): boolean {
    return day > this.highestDay
      ? Number.isFinite(this.highestDay)
      : day === this.highestDay && offset > this.highestOffset;
  }

  saw(day: number, offset: number): void {
    if (day < this.highestDay || (day === this.highestDay && offset <= this.highestOffset)) return;
    this.highestDay = day;
    this.highestOffset = offset;
    // Computed again when next asked.
    this.#windowNs = -1;
  }

  cutoff(): { day: number; offset: number } {
    return { day: this.#cutoffDay, offset: this.#cutoffOffset };
  }

  #setCutoff(windowNs: number): void {
    this.#windowNs = windowNs;
    if (!Number.isFinite(this.highestDay)) return;
    const total = this.highestOffset - windowNs;
    const days = Math.floor(total / dayNs);
    this.#cutoffDay = this.highestDay + days;
    this.#cutoffOffset = total - days * dayNs;
  }
}
