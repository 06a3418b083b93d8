import { createListAccumulator } from './list-accumulator.ts';
import type { RangeFunction } from './range-function.ts';

/**
 * Increase of a counter within the window, with resets added back, divided by the seconds of the range. Fewer than two samples
 * give 0.
 *
 * Loki 3.7 means to extrapolate to the edges of the window as Prometheus does, but mixes nanoseconds with milliseconds, so that
 * the extrapolation is about a millionth. This computes the increase without it (docs/decisions; loki.md 2.6).
 */
export const rateCounter: RangeFunction = {
  operation: 'rate_counter',
  source: 'value',
  additive: false,
  ordered: true,
  create(windows) {
    const seconds = Number(windows.rangeNs) / 1e9;
    return createListAccumulator(windows, { ordered: true }, ({ count, values }) => {
      if (count < 2) return 0;
      let increase = values[count - 1]! - values[0]!;
      for (let i = 1; i < count; i++) {
        if (values[i]! < values[i - 1]!) increase += values[i - 1]!;
      }
      return increase / seconds;
    });
  },
};
