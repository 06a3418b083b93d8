import { labelsObject, printLabels } from '../../model/labels.ts';
import { json } from '../answer.ts';
import { metadataRange } from '../metadata-range.ts';
import type { Route } from '../route.ts';
import { everyStream, parseSelector } from '../selectors.ts';
import { tenantSelectors } from '../tenant-streams.ts';
import * as texts from './parameter-texts.ts';

export const series: Route = {
  paths: ['/loki/api/v1/series', '/api/prom/series'],
  methods: ['GET', 'POST'],
  summary: 'List the streams that match any of the selectors.',
  tenancy: 'several',
  refusals: 'plain',
  parameters: [
    { name: 'match[]', describe: 'stream selector; none, or `{}`, means every stream', repeated: true },
    ...texts.rangeParameters,
  ],
  answers: { 200: 'One label set for each stream.', ...texts.refusedAnswers },
  async handle(request, context) {
    const range = metadataRange(request, context);
    const texts = [...new Set([...request.form.all('match'), ...request.form.all('match[]')])];
    const onlyEmpty = texts.length === 1;
    const selectors =
      texts.length === 0 ? [everyStream] : texts.map((text) => parseSelector(text, { allowEmpty: onlyEmpty }));
    const found = new Map<string, Record<string, string>>();
    for (const wanted of selectors) {
      for (const { tenant, selector, shown } of tenantSelectors(request.tenants, wanted)) {
        for (const stream of await context.store.streams(tenant, range, selector.matches)) {
          const labels = shown(stream.labels);
          found.set(printLabels(labels), labelsObject(labels));
        }
      }
    }
    return json({ status: 'success', data: [...found.values()] });
  },
};
