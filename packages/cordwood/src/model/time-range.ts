/** Half-open interval of time: startNs <= t < endNs, nanoseconds since the Unix epoch. */
export interface TimeRange {
  readonly startNs: bigint;
  readonly endNs: bigint;
}

export type Direction = 'forward' | 'backward';
