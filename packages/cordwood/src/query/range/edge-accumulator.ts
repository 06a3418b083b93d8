import { PaneCells } from './pane-cells.ts';
import type { Accumulator } from './range-function.ts';
import type { Windows } from './windows.ts';

/** The first or the last value of a window by (timestamp, order of arrival). Batches may come in any order. */
export function createEdgeAccumulator(windows: Windows, edge: 'first' | 'last'): Accumulator {
  const cells = new PaneCells(windows.paneCount, [0, Number.NaN, 0]);
  const sign = edge === 'first' ? -1 : 1;
  return {
    add({ count, series, pane, value, position, sequence }) {
      for (let i = 0; i < count; i++) {
        const cell = cells.cellOf(series[i]!, pane[i]!);
        const [values, positions, sequences] = cells.columns as [Float64Array, Float64Array, Float64Array];
        const ahead = sign * (position[i]! - positions[cell]!) || sign * (sequence[i]! - sequences[cell]!);
        if (!(ahead > 0) && !Number.isNaN(positions[cell])) continue;
        values[cell] = value[i]!;
        positions[cell] = position[i]!;
        sequences[cell] = sequence[i]!;
      }
    },
    finish(series, values, present) {
      const [kept, positions] = cells.columns as [Float64Array, Float64Array, Float64Array];
      for (let step = 0; step < windows.stepCount; step++) {
        for (let pane = windows.firstPane(step), end = windows.endPane(step); pane < end; pane++) {
          const cell = cells.find(series, pane);
          if (cell < 0 || Number.isNaN(positions[cell])) continue;
          values[step] = kept[cell]!;
          present[step] = 1;
          if (edge === 'first') break;
        }
      }
    },
  };
}
