import { RequestError } from '../../model/failure.ts';

/**
 * A sparse table of numbers, addressed by series and pane. One touched pane is a cell: a row over `columns`. Panes of a series
 * come in pages so that a series with few samples costs little and a dense one is nearly an array.
 */

/** At most 2^6 panes a page: small enough for sparse series, large enough that the directory stays small. */
const pageBitsMax = 6;

/** 2^25 cells of one column are 256 MiB: beyond, a query is refused rather than the process lost. */
export const cellsMax = 2 ** 25;

export class PaneCells {
  /** Columns by cell. They are replaced when the table grows: read them anew after every `cellOf`. */
  readonly columns: Float64Array[];
  readonly #fills: readonly number[];
  /** A page has 2^this panes. */
  readonly #pageBits: number;
  readonly #pageMask: number;
  readonly #pagesPerSeries: number;
  #directory: Int32Array;
  #cellCount = 0;
  #capacity = 0;

  /** One column a fill; a fresh cell holds the fills. */
  constructor(paneCount: number, fills: readonly number[]) {
    this.#pageBits = Math.min(pageBitsMax, Math.ceil(Math.log2(Math.max(1, paneCount))));
    this.#pageMask = 2 ** this.#pageBits - 1;
    this.#pagesPerSeries = Math.max(1, Math.ceil(paneCount / 2 ** this.#pageBits));
    this.#fills = fills;
    this.columns = fills.map(() => new Float64Array(0));
    this.#directory = new Int32Array(0);
  }

  get cellCount(): number {
    return this.#cellCount;
  }

  /** The cell of this pane, made if it is not there. */
  cellOf(series: number, pane: number): number {
    const place = series * this.#pagesPerSeries + (pane >> this.#pageBits);
    if (place >= this.#directory.length) this.#growDirectory(place + 1);
    let first = this.#directory[place]!;
    if (first < 0) {
      first = this.#addPage();
      this.#directory[place] = first;
    }
    return first + (pane & this.#pageMask);
  }

  /** The cell of this pane, or -1 when nothing was ever put into its page. */
  find(series: number, pane: number): number {
    const place = series * this.#pagesPerSeries + (pane >> this.#pageBits);
    const first = place < this.#directory.length ? this.#directory[place]! : -1;
    return first < 0 ? -1 : first + (pane & this.#pageMask);
  }

  #growDirectory(needed: number): void {
    const grown = new Int32Array(Math.max(needed, this.#directory.length * 2, 64 * this.#pagesPerSeries)).fill(-1);
    grown.set(this.#directory);
    this.#directory = grown;
  }

  #addPage(): number {
    const first = this.#cellCount;
    this.#cellCount += 2 ** this.#pageBits;
    if (this.#cellCount > this.#capacity) {
      if (this.#cellCount * this.columns.length > cellsMax) {
        throw new RequestError(
          400,
          'the query has too many series and steps to hold in memory; aggregate more, shorten the time range or use a longer step',
        );
      }
      this.#capacity = Math.max(this.#cellCount, this.#capacity * 2, 1024);
      for (let i = 0; i < this.columns.length; i++) {
        const grown = new Float64Array(this.#capacity);
        if (this.#fills[i] !== 0) grown.fill(this.#fills[i]!, this.columns[i]!.length);
        grown.set(this.columns[i]!);
        this.columns[i] = grown;
      }
    }
    return first;
  }
}
