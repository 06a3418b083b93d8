import type { RangeOperation } from '@cordwood/logql';
import type { Windows } from './windows.ts';

/** Samples on their way into a range function: parallel columns, valid up to `count`. Reused between calls. */
export interface Samples {
  count: number;
  /** Number of the series, from 0. */
  series: Int32Array;
  pane: Int32Array;
  /** What the sample counts: 1, the bytes of its line, or the unwrapped value. */
  value: Float64Array;
  /** Orders samples of one pane by time. Filled only for functions that say `ordered`. */
  position: Float64Array;
  /** Orders samples of equal position. Filled only for functions that say `ordered`. */
  sequence: Float64Array;
}

/** Folds samples into panes, then panes into windows. */
export interface Accumulator {
  add(samples: Samples): void;
  /** Writes the value of each step whose window holds samples, and 1 into `present` there. */
  finish(series: number, values: Float64Array, present: Uint8Array): void;
}

/** What a range function takes from a line that passed the pipeline. */
export type SampleSource = 'one' | 'bytes' | 'value';

export interface RangeFunction {
  readonly operation: RangeOperation;
  /** Without `unwrap`. */
  readonly source: SampleSource;
  /**
   * `sum by (...)` around it may be computed in one go, with the series already reduced to the groups: addition does not care
   * in which order it is done.
   */
  readonly additive: boolean;
  /** The order of samples in time matters. */
  readonly ordered: boolean;
  create(windows: Windows, parameter: number | undefined): Accumulator;
}
