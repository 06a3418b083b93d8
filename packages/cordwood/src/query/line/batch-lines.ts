import type { Batch } from '../../model/batch.ts';
import { LineBlock } from './line-block.ts';

/**
 * The lines of a batch as filters search them: by a literal without putting lines together, where the chunk can do that, or
 * as one block of bytes.
 */
export class BatchLines {
  readonly rowCount: number;
  readonly #batch: Batch;
  #block: LineBlock | undefined;
  /** Rows whose line is in the block. */
  #covered: Uint8Array;

  constructor(batch: Batch) {
    this.#batch = batch;
    this.rowCount = batch.rowCount;
    this.#covered = new Uint8Array(batch.rowCount);
  }

  /** Candidates whose line contains the literal, and perhaps other rows; undefined: look at the lines of the candidates. */
  find(literal: Uint8Array, ignoreCase: boolean, candidates: Uint8Array): Uint8Array | undefined {
    // Lines that are there already are searched faster than columns.
    if (this.#block !== undefined && this.#covers(candidates)) return undefined;
    return this.#batch.findLiteral?.(literal, ignoreCase, candidates);
  }

  /** Lines of at least the candidates. */
  block(candidates: Uint8Array): LineBlock {
    if (this.#block === undefined || !this.#covers(candidates)) {
      this.#covered = this.#covered.map((covered, row) => covered | candidates[row]!);
      this.#block = new LineBlock(this.#batch.lines(this.#covered), this.rowCount);
    }
    return this.#block;
  }

  #covers(candidates: Uint8Array): boolean {
    for (let row = 0; row < candidates.length; row++) if (candidates[row]! > this.#covered[row]!) return false;
    return true;
  }
}
