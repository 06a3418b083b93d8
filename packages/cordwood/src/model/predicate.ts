import type { Batch } from './batch.ts';
import type { Labels } from './labels.ts';

/**
 * The one deep seam: `query` compiles matchers and filters of a LogQL expression into a Predicate, `store` asks it what may
 * be skipped. Every answer may err only on the side of "could match"; the query checks rows again where it must.
 */
export interface Predicate {
  /** Do the stream's labels match the selector? Exact. */
  matchesStream(labels: Labels): boolean;
  /** False only when no row of a chunk with this summary can match. */
  couldMatch(summary: ChunkSummary): boolean;
  /**
   * Rows that may match, as one byte a row (1 = keep), or undefined for all. Called on each batch before it is handed out,
   * so that a batch without candidates is never handed out.
   */
  selectRows(batch: Batch): Uint8Array | undefined;
}

/** What a chunk knows about itself without being read. */
export interface ChunkSummary {
  readonly minTimestampNs: bigint;
  /** Inclusive. */
  readonly maxTimestampNs: bigint;
  readonly rowCount: number;
  readonly lineBytes: number;
  /**
   * False only if no line of the chunk contains this literal (UTF-8 bytes, at any place of a line).
   * Token filters answer what they can and say true otherwise.
   */
  mayContain(literal: Uint8Array): boolean;
  /**
   * False only if no stream of the chunk has a label and no row structured metadata of this name: then `| json | level="x"`
   * can only mean a field of the line, and literals follow from it. Not there: unknown.
   *
   * Such a literal may also be spelt with escapes or have U+FFFD in it, so the query asks `mayContain` for the two bytes `\u` and
   * for U+FFFD as well (true if some line is no valid UTF-8). A store that answers these exactly prunes by label filters; one
   * that says true does not.
   */
  mayHaveLabel?(name: string): boolean;
}

/** Selects by stream alone. */
export function streamPredicate(matchesStream: (labels: Labels) => boolean): Predicate {
  return { matchesStream, couldMatch: () => true, selectRows: () => undefined };
}
