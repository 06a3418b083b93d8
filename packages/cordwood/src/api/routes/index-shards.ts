import { parseByteSize } from '../../config/byte-size.ts';
import { RequestError } from '../../model/failure.ts';
import { resultType } from '../answer.ts';
import { metadataRange } from '../metadata-range.ts';
import type { Route } from '../route.ts';
import { parseQuery } from '../run-query.ts';
import { selectorOf } from '../selectors.ts';
import { tenantSelectors } from '../tenant-streams.ts';
import * as texts from './parameter-texts.ts';

/** Loki's planner asks how to cut a query into shards. One process is one shard over all streams. */
export const indexShards: Route = {
  paths: ['/loki/api/v1/index/shards'],
  methods: ['GET', 'POST'],
  summary: 'The shards of a query: always one.',
  tenancy: 'several',
  refusals: 'plain',
  parameters: [
    texts.queryParameter,
    ...texts.rangeParameters,
    { name: 'targetBytesPerShard', describe: 'size', required: true },
  ],
  answers: { 200: 'One shard with its statistics.', ...texts.refusedAnswers },
  async handle(request, context) {
    const range = metadataRange(request, context);
    const bytesPerShard = parseByteSize(request.form.get('targetBytesPerShard'));
    if (bytesPerShard === undefined || bytesPerShard <= 0) {
      throw new RequestError(400, 'targetBytesPerShard must be a positive value');
    }
    const expression = parseQuery(request.form.get('query'));
    if (expression.kind !== 'log') throw new RequestError(400, 'only log selector is supported');
    const stats = { streams: 0, chunks: 0, bytes: 0, entries: 0 };
    for (const { tenant, selector } of tenantSelectors(request.tenants, selectorOf(expression.selector.matchers))) {
      const found = await context.store.statistics(tenant, range, selector.matches);
      stats.streams += found.streams;
      stats.chunks += found.chunks;
      stats.bytes += found.bytes;
      stats.entries += found.entries;
    }
    // The whole space of fingerprints: 2^64 - 1 does not fit a number.
    const shard = `{"bounds":{"min":0,"max":18446744073709551615},"stats":${JSON.stringify(stats)}}`;
    return {
      status: 200,
      contentType: resultType,
      body: `{"shards":[${shard}],"statistics":{},"chunkGroups":[]}\n`,
    };
  },
};
