import type { SelectStatistics } from '../model/select-request.ts';
import type { QueryData } from './request.ts';

export function noSelectStatistics(): SelectStatistics {
  return { chunksMatched: 0, chunksRead: 0, rowsRead: 0, bytesRead: 0, headRowsRead: 0 };
}

export function sumSelectStatistics(reads: readonly SelectStatistics[]): SelectStatistics {
  const sum = noSelectStatistics();
  for (const read of reads) {
    sum.chunksMatched += read.chunksMatched;
    sum.chunksRead += read.chunksRead;
    sum.rowsRead += read.rowsRead;
    sum.bytesRead += read.bytesRead;
    sum.headRowsRead += read.headRowsRead;
  }
  return sum;
}

/** Entries or points in an answer. */
export function entriesIn(data: QueryData): number {
  switch (data.kind) {
    case 'streams':
      return data.streams.reduce((sum, stream) => sum + stream.entries.length, 0);
    case 'matrix':
      return data.series.reduce((sum, series) => sum + series.values.length, 0);
    case 'vector':
      return data.samples.length;
    case 'scalar':
      return 1;
  }
}
