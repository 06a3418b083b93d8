/** How many rows came out of each part of a pipeline: kept only for a query that is to be explained. */
export interface RowCounts {
  /** Rows of the streams that matched, within the time range. */
  read: number;
  /** Out of each leading line filter. */
  readonly leading: number[];
  /** Left when columns or literals of the line said what they could. */
  candidates: number;
  /** Rows that gave a sample straight from columns. */
  fromColumns: number;
  /** Out of each of the other stages; without the rows that columns answered for. */
  readonly rest: number[];
}

export function createRowCounts(leading: number, rest: number): RowCounts {
  return {
    read: 0,
    leading: Array<number>(leading).fill(0),
    candidates: 0,
    fromColumns: 0,
    rest: Array<number>(rest).fill(0),
  };
}
