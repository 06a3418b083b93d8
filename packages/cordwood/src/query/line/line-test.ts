import type { BatchLines } from './batch-lines.ts';
import type { Row } from './row.ts';

/** One operand of a line filter. */
export interface LineTest {
  /** Does the line of this row pass? */
  test(row: Row): boolean;
  /** Sets found[row] to 1 for the candidates (1 in `candidates`) that pass. Other rows may be set or not. */
  search(lines: BatchLines, candidates: Uint8Array, found: Uint8Array): void;
}

/** Looks at the candidates' lines one by one: for tests that gain nothing from seeing all lines at once. */
export function searchRows(
  lines: BatchLines,
  candidates: Uint8Array,
  found: Uint8Array,
  passes: (bytes: Buffer, start: number, end: number) => boolean,
): void {
  const { buffer, starts, ends } = lines.block(candidates);
  for (let row = 0; row < lines.rowCount; row++) {
    if (candidates[row] === 1 && found[row] === 0 && passes(buffer, starts[row]!, ends[row]!)) found[row] = 1;
  }
}

/** Adds the rows of one mask to another. */
export function addRows(found: Uint8Array, rows: Uint8Array): void {
  for (let row = 0; row < found.length; row++) found[row]! |= rows[row]!;
}
