/**
 * Which rows of a long list stand in the viewport. Rows differ in height (wrapped, expanded); those never seen count with
 * an estimate. Heights belong to row ids, not to positions, so that rows may come and go on either side.
 */
export interface RowWindow {
  /** First and one past the last row to draw. */
  readonly first: number;
  readonly end: number;
  /** Where the first drawn row begins. */
  readonly offsetPx: number;
  readonly totalPx: number;
}

export interface RowHeights {
  /** Remembers what was measured. True when that changes anything. */
  measure(id: number, heightPx: number): boolean;
  /** Forgets all measurements, e.g. when wrapping or the width changed. */
  forget(): void;
  /** `ids` in the order of display. */
  layout(ids: readonly number[]): RowLayout;
}

export interface RowLayout {
  readonly totalPx: number;
  offsetOf(index: number): number;
  /** The row at a distance from the top, clamped to the list. */
  indexAt(offsetPx: number): number;
  window(viewTopPx: number, viewHeightPx: number, overscanRows: number): RowWindow;
}

export function createRowHeights(estimatePx: () => number): RowHeights {
  let measured = new Map<number, number>();
  return {
    measure(id, heightPx) {
      const known = measured.get(id) ?? estimatePx();
      if (Math.abs(known - heightPx) < 0.5) return false;
      measured.set(id, heightPx);
      return true;
    },
    forget() {
      measured = new Map();
    },
    layout(ids) {
      const offsets = new Float64Array(ids.length + 1);
      const estimate = estimatePx();
      for (let i = 0; i < ids.length; i++) offsets[i + 1] = offsets[i]! + (measured.get(ids[i]!) ?? estimate);
      return layoutOf(offsets);
    },
  };
}

/** `offsets[i]` is where row i begins; one more entry holds the total. */
function layoutOf(offsets: Float64Array): RowLayout {
  const count = offsets.length - 1;
  const totalPx = offsets[count]!;

  function indexAt(offsetPx: number): number {
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (offsets[middle]! <= offsetPx) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  return {
    totalPx,
    offsetOf: (index) => offsets[Math.max(0, Math.min(count, index))]!,
    indexAt,
    window(viewTopPx, viewHeightPx, overscanRows) {
      if (count === 0) return { first: 0, end: 0, offsetPx: 0, totalPx: 0 };
      const first = Math.max(0, indexAt(viewTopPx) - overscanRows);
      const end = Math.min(count, indexAt(viewTopPx + viewHeightPx) + 1 + overscanRows);
      return { first, end, offsetPx: offsets[first]!, totalPx };
    },
  };
}
