import type { RowTable } from './rows/row-table.ts';

/**
 * Indexes of rows by (offset, then index), ascending. Natural merge sort: rows arrive as a few ascending runs (one per
 * stream of a push), and then this is close to linear, where a comparison sort through a callback is far from it.
 */
export function sortRowsByOffset(offsets: Float64Array, rows: Uint32Array): Uint32Array {
  const count = rows.length;
  const runStarts = [0];
  for (let i = 1; i < count; i++) if (offsets[rows[i]!]! < offsets[rows[i - 1]!]!) runStarts.push(i);
  if (runStarts.length === 1) return rows;
  let from: Uint32Array = rows;
  let to: Uint32Array = new Uint32Array(count);
  let starts = runStarts;
  while (starts.length > 1) {
    const merged: number[] = [];
    for (let run = 0; run < starts.length; run += 2) {
      const start = starts[run]!;
      const middle = starts[run + 1] ?? count;
      const end = starts[run + 2] ?? count;
      merged.push(start);
      mergeRuns(offsets, from, to, start, middle, end);
    }
    const spare = from === rows ? new Uint32Array(count) : from;
    from = to;
    to = spare;
    starts = merged;
  }
  return from;
}

/** Stable: of equal offsets, rows of the left run come first. */
function mergeRuns(
  offsets: Float64Array,
  from: Uint32Array,
  to: Uint32Array,
  start: number,
  middle: number,
  end: number,
): void {
  let left = start;
  let right = middle;
  for (let at = start; at < end; at++) {
    if (left < middle && (right >= end || offsets[from[left]!]! <= offsets[from[right]!]!)) to[at] = from[left++]!;
    else to[at] = from[right++]!;
  }
}

/** All rows of a table by (offset, sequence), ascending. */
export function sortRows(table: Pick<RowTable, 'rowCount' | 'offsets' | 'sequences'>): Uint32Array {
  const offsets = table.offsets();
  const sequences = table.sequences();
  const all = Uint32Array.from({ length: table.rowCount }, (_, row) => row);
  const order = sortRowsByOffset(offsets, all);
  // Rows of equal offset are in the order of the table; put them in that of their sequences.
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    let ascending = true;
    while (end < order.length && offsets[order[end]!] === offsets[order[start]!]) {
      if (sequences[order[end]!]! < sequences[order[end - 1]!]!) ascending = false;
      end++;
    }
    if (!ascending) order.subarray(start, end).sort((a, b) => sequences[a]! - sequences[b]!);
    start = end;
  }
  return order;
}
