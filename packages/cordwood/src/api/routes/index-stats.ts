import { json } from '../answer.ts';
import { metadataRange } from '../metadata-range.ts';
import type { Route } from '../route.ts';
import { parseSelector } from '../selectors.ts';
import { tenantSelectors } from '../tenant-streams.ts';
import * as texts from './parameter-texts.ts';

export const indexStats: Route = {
  paths: ['/loki/api/v1/index/stats'],
  methods: ['GET', 'POST'],
  summary: 'Count the streams, chunks, entries and bytes that a selector covers.',
  tenancy: 'several',
  refusals: 'plain',
  parameters: [{ ...texts.selectorParameter, required: true }, ...texts.rangeParameters],
  answers: { 200: 'The counts, without an envelope.', ...texts.refusedAnswers },
  async handle(request, context) {
    const range = metadataRange(request, context);
    const wanted = parseSelector(request.form.get('query'));
    const sum = { streams: 0, chunks: 0, bytes: 0, entries: 0 };
    for (const { tenant, selector } of tenantSelectors(request.tenants, wanted)) {
      const found = await context.store.statistics(tenant, range, selector.matches);
      sum.streams += found.streams;
      sum.chunks += found.chunks;
      sum.bytes += found.bytes;
      sum.entries += found.entries;
    }
    return json(sum);
  },
};
