import { PaneCells } from './pane-cells.ts';
import type { Accumulator } from './range-function.ts';
import type { Windows } from './windows.ts';

/**
 * Population variance of the samples of a window. A pane keeps count, mean and the sum of squared distances from the mean
 * (Welford); panes join by Chan's formula, which loses no precision to large means.
 */
export function createVarianceAccumulator(windows: Windows, pick: (variance: number) => number): Accumulator {
  const cells = new PaneCells(windows.paneCount, [0, 0, 0]);
  return {
    add({ count, series, pane, value }) {
      for (let i = 0; i < count; i++) {
        const cell = cells.cellOf(series[i]!, pane[i]!);
        const [counts, means, squares] = cells.columns as [Float64Array, Float64Array, Float64Array];
        counts[cell]! += 1;
        const delta = value[i]! - means[cell]!;
        means[cell]! += delta / counts[cell]!;
        squares[cell]! += delta * (value[i]! - means[cell]!);
      }
    },
    finish(series, values, present) {
      const [counts, means, squares] = cells.columns as [Float64Array, Float64Array, Float64Array];
      for (let step = 0; step < windows.stepCount; step++) {
        let count = 0;
        let mean = 0;
        let square = 0;
        for (let pane = windows.firstPane(step), end = windows.endPane(step); pane < end; pane++) {
          const cell = cells.find(series, pane);
          if (cell < 0 || counts[cell] === 0) continue;
          if (count === 0) {
            count = counts[cell]!;
            mean = means[cell]!;
            square = squares[cell]!;
            continue;
          }
          const delta = means[cell]! - mean;
          const total = count + counts[cell]!;
          square += squares[cell]! + (delta * delta * count * counts[cell]!) / total;
          mean += (delta * counts[cell]!) / total;
          count = total;
        }
        if (count === 0) continue;
        values[step] = pick(square / count);
        present[step] = 1;
      }
    },
  };
}
