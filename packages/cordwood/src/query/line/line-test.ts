import type { LineBlock } from './line-block.ts';
import type { Row } from './row.ts';

/** One operand of a line filter. */
export interface LineTest {
  /** Does the line of this row pass? */
  test(row: Row): boolean;
  /** Sets found[row] to 1 for the candidates (1 in `candidates`) that pass. Other rows may be set or not. */
  search(block: LineBlock, candidates: Uint8Array, found: Uint8Array): void;
}

/** Searches row by row: for tests that gain nothing from seeing all lines at once. */
export function searchRows(
  block: LineBlock,
  candidates: Uint8Array,
  found: Uint8Array,
  passes: (row: number) => boolean,
): void {
  for (let row = 0; row < block.rowCount; row++) {
    if (candidates[row] === 1 && found[row] === 0 && passes(row)) found[row] = 1;
  }
}
