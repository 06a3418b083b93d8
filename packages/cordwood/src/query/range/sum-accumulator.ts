import { PaneCells } from './pane-cells.ts';
import type { Accumulator } from './range-function.ts';
import type { Windows } from './windows.ts';

/** Sum and count of the samples of a window: the core of count, bytes, rate, sum and avg, which `pick` what they give. */
export function createSumAccumulator(windows: Windows, pick: (sum: number, count: number) => number): Accumulator {
  const cells = new PaneCells(windows.paneCount, [0, 0]);
  return {
    add({ count, series, pane, value }) {
      let lastSeries = -1;
      let lastPane = -1;
      let cell = 0;
      let [sums, counts] = cells.columns as [Float64Array, Float64Array];
      for (let i = 0; i < count; i++) {
        // Rows of one stream often come together: the cell is looked up once for a run.
        if (series[i] !== lastSeries || pane[i] !== lastPane) {
          lastSeries = series[i]!;
          lastPane = pane[i]!;
          cell = cells.cellOf(lastSeries, lastPane);
          if (cells.columns[0] !== sums) [sums, counts] = cells.columns as [Float64Array, Float64Array];
        }
        sums[cell]! += value[i]!;
        counts[cell]! += 1;
      }
    },
    finish(series, values, present) {
      const [sums, counts] = cells.columns as [Float64Array, Float64Array];
      for (let step = 0; step < windows.stepCount; step++) {
        let sum = 0;
        let count = 0;
        for (let pane = windows.firstPane(step), end = windows.endPane(step); pane < end; pane++) {
          const cell = cells.find(series, pane);
          if (cell < 0) continue;
          sum += sums[cell]!;
          count += counts[cell]!;
        }
        if (count === 0) continue;
        values[step] = pick(sum, count);
        present[step] = 1;
      }
    },
  };
}
