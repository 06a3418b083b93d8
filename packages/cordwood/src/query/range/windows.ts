/**
 * Time windows of a range aggregation, cut into panes.
 *
 * Step i looks at the window (T_i - range, T_i]. Windows of neighbouring steps overlap when the range is longer than the
 * step, and adding each sample to every window it falls in would cost range/step additions a sample. So time is cut at every
 * place where some window starts or ends: the pieces are panes, each sample belongs to exactly one, and each window is a run
 * of whole panes. Samples are folded into panes, and panes are folded into windows once at the end.
 *
 * With `range` a multiple of `step` all panes are one step long. Otherwise starts and ends of windows alternate, and so do two
 * lengths of pane. With `range` shorter than `step` a window is one pane, and time between windows belongs to none.
 */
export interface Windows {
  readonly stepCount: number;
  readonly paneCount: number;
  /** All windows lie in (startNs, endNs]. */
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly rangeNs: bigint;
  /** End of step 0's window; later ones follow at stepNs. */
  readonly firstEndNs: bigint;
  readonly stepNs: bigint;
  /** Panes of step i: firstPane(i) <= pane < endPane(i). */
  firstPane(step: number): number;
  endPane(step: number): number;
  /**
   * Fills `panes` with the pane of each timestamp, -1 where no window looks; and `positions`, when wanted, with what orders
   * timestamps within a pane: nanoseconds since a fixed point (exact for steps up to 104 days).
   */
  assign(timestampsNs: BigInt64Array, rowCount: number, panes: Int32Array, positions?: Float64Array): void;
}

/** Differences below this are exact in a double. */
const exactNs = 2n ** 53n;

/** Windows that end at firstEndNs, firstEndNs + stepNs, ... (stepCount of them), each rangeNs long, shifted back by offsetNs. */
export function createWindows(
  steps: { startNs: bigint; stepNs: bigint; stepCount: number },
  rangeNs: bigint,
  offsetNs: bigint,
): Windows {
  const { stepCount } = steps;
  const stepNs = stepCount === 1 ? (rangeNs > 0n ? rangeNs : 1n) : steps.stepNs;
  const firstEndNs = steps.startNs - offsetNs;
  const startNs = firstEndNs - rangeNs;
  const endNs = firstEndNs + stepNs * BigInt(stepCount - 1);

  const wholeSteps = Number(rangeNs / stepNs);
  const restNs = rangeNs % stepNs;
  const rest = Number(restNs);
  const step = Number(stepNs);
  const range = Number(rangeNs);
  const shape = rangeNs < stepNs ? 'gaps' : rest === 0 ? 'even' : 'alternating';
  const paneCount =
    shape === 'gaps' ? stepCount : shape === 'even' ? stepCount + wholeSteps - 1 : 2 * (stepCount - 1 + wholeSteps) + 1;

  // Position of a timestamp: whole nanoseconds since the first instant inside the first window.
  function paneAt(position: number): number {
    const whole = Math.floor(position / step);
    if (shape === 'even') return whole;
    const within = position - whole * step;
    if (shape === 'gaps') return within < range ? whole : -1;
    return within < rest ? 2 * whole : 2 * whole + 1;
  }

  const originNs = startNs + 1n;
  const spanNs = endNs - startNs;
  const span = Number(spanNs);

  function assignFast(
    timestampsNs: BigInt64Array,
    rowCount: number,
    panes: Int32Array,
    positions: Float64Array | undefined,
  ): void {
    // BigInts are slow to make; halves of 32 bits are not. Their difference to the origin is exact below 2^53 ns (104 days).
    const halves = new Uint32Array(timestampsNs.buffer, timestampsNs.byteOffset, timestampsNs.length * 2);
    const originLow = Number(BigInt.asUintN(32, originNs));
    const originHigh = Number(BigInt.asIntN(32, originNs >> 32n));
    for (let row = 0; row < rowCount; row++) {
      const position = ((halves[2 * row + 1]! | 0) - originHigh) * 4294967296 + (halves[2 * row]! - originLow);
      panes[row] = position < 0 || position >= span ? -1 : paneAt(position);
      if (positions !== undefined) positions[row] = position - Math.floor(position / step) * step;
    }
  }

  function assignWide(
    timestampsNs: BigInt64Array,
    rowCount: number,
    panes: Int32Array,
    positions: Float64Array | undefined,
  ): void {
    for (let row = 0; row < rowCount; row++) {
      const position = timestampsNs[row]! - originNs;
      if (position < 0n || position >= spanNs) {
        panes[row] = -1;
        continue;
      }
      const whole = position / stepNs;
      const within = position - whole * stepNs;
      const steps = Number(whole);
      if (positions !== undefined) positions[row] = Number(within);
      if (shape === 'even') panes[row] = steps;
      else if (shape === 'gaps') panes[row] = within < rangeNs ? steps : -1;
      else panes[row] = within < restNs ? 2 * steps : 2 * steps + 1;
    }
  }

  return {
    stepCount,
    paneCount,
    startNs,
    endNs,
    rangeNs,
    firstEndNs,
    stepNs,
    firstPane: (index) => (shape === 'alternating' ? 2 * index : index),
    endPane: (index) =>
      shape === 'gaps' ? index + 1 : shape === 'even' ? index + wholeSteps : 2 * (index + wholeSteps) + 1,
    assign: spanNs < exactNs ? assignFast : assignWide,
  };
}
