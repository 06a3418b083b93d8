import { PaneCells } from './pane-cells.ts';
import type { Accumulator } from './range-function.ts';
import type { Windows } from './windows.ts';

/** The samples of one window, valid up to `count`; in order of (timestamp, arrival) only when that was asked for. */
export interface WindowSamples {
  count: number;
  values: Float64Array;
}

/**
 * Keeps every sample: for functions that cannot be folded pane by pane. Samples of a cell form a linked list, so that memory
 * grows by sample and not by cell.
 */
export function createListAccumulator(
  windows: Windows,
  options: { ordered: boolean },
  evaluate: (samples: WindowSamples) => number,
): Accumulator {
  // Heads are stored plus one: 0 is "no sample yet", which is what fresh cells hold.
  const cells = new PaneCells(windows.paneCount, [0]);
  let used = 0;
  let values = new Float64Array(1024);
  let next = new Int32Array(1024);
  let positions = new Float64Array(options.ordered ? 1024 : 0);
  let sequences = new Float64Array(options.ordered ? 1024 : 0);
  let window: WindowSamples = { count: 0, values: new Float64Array(64) };
  let order = new Int32Array(64);

  function grow(): void {
    const capacity = values.length * 2;
    values = enlarge(values, new Float64Array(capacity));
    next = enlarge(next, new Int32Array(capacity));
    if (!options.ordered) return;
    positions = enlarge(positions, new Float64Array(capacity));
    sequences = enlarge(sequences, new Float64Array(capacity));
  }

  function gather(series: number, step: number): void {
    let count = 0;
    for (let pane = windows.firstPane(step), end = windows.endPane(step); pane < end; pane++) {
      const cell = cells.find(series, pane);
      if (cell < 0) continue;
      const first = count;
      for (let at = cells.columns[0]![cell]! - 1; at >= 0; at = next[at]!) {
        if (count === order.length) order = enlarge(order, new Int32Array(count * 2));
        order[count++] = at;
      }
      // Panes follow each other in time, so that sorting each is enough.
      if (options.ordered) {
        order.subarray(first, count).sort((a, b) => positions[a]! - positions[b]! || sequences[a]! - sequences[b]!);
      }
    }
    if (window.values.length < count) window = { count, values: new Float64Array(order.length) };
    window.count = count;
    for (let i = 0; i < count; i++) window.values[i] = values[order[i]!]!;
  }

  return {
    add({ count, series, pane, value, position, sequence }) {
      for (let i = 0; i < count; i++) {
        if (used === values.length) grow();
        const cell = cells.cellOf(series[i]!, pane[i]!);
        const heads = cells.columns[0]!;
        values[used] = value[i]!;
        next[used] = heads[cell]! - 1;
        if (options.ordered) {
          positions[used] = position[i]!;
          sequences[used] = sequence[i]!;
        }
        heads[cell] = ++used;
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
