import type { QueryStatistics } from '../query/request.ts';

const noCache = {
  entriesFound: 0,
  entriesRequested: 0,
  entriesStored: 0,
  bytesReceived: 0,
  bytesSent: 0,
  requests: 0,
  downloadTime: 0,
  queryLengthServed: 0,
};

/**
 * The `stats` object of an answer (loki.md 1.4): every key that Loki always has, with true values where one process has such a
 * thing and 0 where it has not (caches, queriers elsewhere).
 */
export function queryStatistics(statistics: QueryStatistics, queueMs: number): unknown {
  const seconds = statistics.executionMs / 1000;
  const headBytes =
    statistics.rowsRead === 0 ? 0 : Math.round((statistics.bytesRead * statistics.headRowsRead) / statistics.rowsRead);
  const chunkRows = statistics.rowsRead - statistics.headRowsRead;
  const perSecond = (count: number) => (seconds > 0 ? Math.round(count / seconds) : 0);
  const store = (inHead: boolean) => ({
    totalChunksRef: inHead ? 0 : statistics.chunksMatched,
    totalChunksDownloaded: inHead ? 0 : statistics.chunksRead,
    chunksDownloadTime: 0,
    queryReferencedStructuredMetadata: false,
    queryUsedV2Engine: false,
    chunkRefsFetchTime: 0,
    congestionControlLatency: 0,
    pipelineWrapperFilteredLines: 0,
    chunk: {
      headChunkBytes: inHead ? headBytes : 0,
      headChunkLines: inHead ? statistics.headRowsRead : 0,
      decompressedBytes: inHead ? 0 : statistics.bytesRead - headBytes,
      decompressedLines: inHead ? 0 : chunkRows,
      compressedBytes: 0,
      totalDuplicates: 0,
      postFilterLines: inHead ? 0 : statistics.postFilterRows,
      headChunkStructuredMetadataBytes: 0,
      decompressedStructuredMetadataBytes: 0,
    },
    dataobj: {
      prePredicateDecompressedRows: 0,
      prePredicateDecompressedBytes: 0,
      prePredicateDecompressedStructuredMetadataBytes: 0,
      postPredicateRows: 0,
      postPredicateDecompressedBytes: 0,
      postPredicateStructuredMetadataBytes: 0,
      postFilterRows: 0,
      pagesScanned: 0,
      pagesDownloaded: 0,
      pagesDownloadedBytes: 0,
      pageBatches: 0,
      totalRowsAvailable: 0,
      totalPageDownloadTime: 0,
    },
  });
  return {
    summary: {
      bytesProcessedPerSecond: perSecond(statistics.bytesRead),
      linesProcessedPerSecond: perSecond(statistics.rowsRead),
      totalBytesProcessed: statistics.bytesRead,
      totalLinesProcessed: statistics.rowsRead,
      execTime: seconds,
      queueTime: queueMs / 1000,
      subqueries: 0,
      totalEntriesReturned: statistics.entriesReturned,
      splits: 0,
      shards: 0,
      totalPostFilterLines: statistics.postFilterRows,
      totalStructuredMetadataBytesProcessed: 0,
    },
    querier: { querierExecTime: seconds, store: store(false) },
    ingester: {
      totalReached: 1,
      totalChunksMatched: 0,
      totalBatches: 0,
      totalLinesSent: statistics.headRowsRead,
      store: store(true),
    },
    cache: {
      chunk: noCache,
      index: noCache,
      result: noCache,
      statsResult: noCache,
      volumeResult: noCache,
      seriesResult: noCache,
      labelResult: noCache,
      instantMetricResult: noCache,
    },
    index: {
      totalChunks: statistics.chunksMatched,
      postFilterChunks: statistics.chunksRead,
      shardsDuration: 0,
      usedBloomFilters: false,
      totalStreams: 0,
      chunkRefsLookupTime: 0,
      bloomFilterTime: 0,
    },
  };
}
