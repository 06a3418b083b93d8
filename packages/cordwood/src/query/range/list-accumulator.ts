import { PaneCells } from './pane-cells.ts';
import type { Accumulator } from './range-function.ts';
import type { Windows } from './windows.ts';

/** The samples of one window, valid up to `count`; in order of (timestamp, arrival) only when that was asked for. */
export interface WindowSamples {
  count: number;
  /** A copy: may be sorted. */
  values: Float64Array;
}

/**
 * Keeps every sample: for functions that cannot be folded pane by pane. Samples are kept as they come, each with its cell, so that memory
 * grows by sample and not by cell; before the first window is looked at they are brought into the order of cells, all at once.
 */
export function createListAccumulator(
  windows: Windows,
  options: { ordered: boolean },
  evaluate: (samples: WindowSamples) => number,
): Accumulator {
  const cells = new PaneCells(windows.paneCount, [0]);
  let used = 0;
  let values = new Float64Array(1024);
  let cellOfSample = new Int32Array(1024);
  let positions = new Float64Array(options.ordered ? 1024 : 0);
  let sequences = new Float64Array(options.ordered ? 1024 : 0);
  let sorted: { readonly values: Float64Array; readonly starts: Uint32Array } | undefined;
  const window: WindowSamples = { count: 0, values: new Float64Array(64) };

  function grow(): void {
    const capacity = values.length * 2;
    values = enlarge(values, new Float64Array(capacity));
    cellOfSample = enlarge(cellOfSample, new Int32Array(capacity));
    if (!options.ordered) return;
    positions = enlarge(positions, new Float64Array(capacity));
    sequences = enlarge(sequences, new Float64Array(capacity));
  }

  /** Counting sort by cell. The values of cell c are values[starts[c]] up to values[starts[c + 1]]. */
  function sortByCell(): NonNullable<typeof sorted> {
    const starts = new Uint32Array(cells.cellCount + 1);
    for (let i = 0; i < used; i++) starts[cellOfSample[i]! + 1]!++;
    for (let cell = 0; cell < cells.cellCount; cell++) starts[cell + 1]! += starts[cell]!;
    const next = starts.slice();
    const byCell = new Float64Array(used);
    if (!options.ordered) {
      for (let i = 0; i < used; i++) byCell[next[cellOfSample[i]!]!++] = values[i]!;
      return { values: byCell, starts };
    }
    const order = new Uint32Array(used);
    for (let i = 0; i < used; i++) order[next[cellOfSample[i]!]!++] = i;
    for (let cell = 0; cell < cells.cellCount; cell++) {
      // Panes follow each other in time, so that sorting each is enough.
      if (starts[cell + 1]! - starts[cell]! < 2) continue;
      order
        .subarray(starts[cell], starts[cell + 1])
        .sort((a, b) => positions[a]! - positions[b]! || sequences[a]! - sequences[b]!);
    }
    for (let i = 0; i < used; i++) byCell[i] = values[order[i]!]!;
    return { values: byCell, starts };
  }

  function gather(series: number, step: number): void {
    sorted ??= sortByCell();
    window.count = 0;
    for (let pane = windows.firstPane(step), end = windows.endPane(step); pane < end; pane++) {
      const cell = cells.find(series, pane);
      if (cell < 0) continue;
      const start = sorted.starts[cell]!;
      const stop = sorted.starts[cell + 1]!;
      const needed = window.count + stop - start;
      if (needed > window.values.length) window.values = enlarge(window.values, new Float64Array(needed * 2));
      window.values.set(sorted.values.subarray(start, stop), window.count);
      window.count = needed;
    }
  }

  return {
    add({ count, series, pane, value, position, sequence }) {
      for (let i = 0; i < count; i++) {
        if (used === values.length) grow();
        values[used] = value[i]!;
        cellOfSample[used] = cells.cellOf(series[i]!, pane[i]!);
        if (options.ordered) {
          positions[used] = position[i]!;
          sequences[used] = sequence[i]!;
        }
        used++;
      }
    },
    finish(series, out, present) {
      for (let step = 0; step < windows.stepCount; step++) {
        gather(series, step);
        if (window.count === 0) continue;
        out[step] = evaluate(window);
        present[step] = 1;
      }
    },
  };
}

function enlarge<T extends Float64Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
