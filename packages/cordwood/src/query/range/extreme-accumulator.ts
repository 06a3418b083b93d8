import { PaneCells } from './pane-cells.ts';
import type { Accumulator } from './range-function.ts';
import type { Windows } from './windows.ts';

/** The value of the window that `better` prefers. NaN gives way to any number, as in Loki and Prometheus. */
export function createExtremeAccumulator(
  windows: Windows,
  better: (candidate: number, current: number) => boolean,
): Accumulator {
  const cells = new PaneCells(windows.paneCount, [Number.NaN, 0]);
  return {
    add({ count, series, pane, value }) {
      for (let i = 0; i < count; i++) {
        const cell = cells.cellOf(series[i]!, pane[i]!);
        const extremes = cells.columns[0]!;
        const candidate = value[i]!;
        if (Number.isNaN(extremes[cell]) || better(candidate, extremes[cell]!)) extremes[cell] = candidate;
        cells.columns[1]![cell]! += 1;
      }
    },
    finish(series, values, present) {
      const [extremes, counts] = cells.columns as [Float64Array, Float64Array];
      for (let step = 0; step < windows.stepCount; step++) {
        let extreme = Number.NaN;
        for (let pane = windows.firstPane(step), end = windows.endPane(step); pane < end; pane++) {
          const cell = cells.find(series, pane);
          if (cell < 0 || counts[cell] === 0) continue;
          if (Number.isNaN(extreme) || better(extremes[cell]!, extreme)) extreme = extremes[cell]!;
          present[step] = 1;
        }
        if (present[step] === 1) values[step] = extreme;
      }
    },
  };
}
