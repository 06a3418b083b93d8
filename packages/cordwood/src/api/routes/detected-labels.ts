import type { StreamRef } from '../../model/batch.ts';
import { detectedLabels as detectLabels } from '../../query/detected-labels.ts';
import { json } from '../answer.ts';
import { metadataRange } from '../metadata-range.ts';
import type { Route } from '../route.ts';
import { everyStream, parseSelector } from '../selectors.ts';
import { tenantSelectors } from '../tenant-streams.ts';
import * as texts from './parameter-texts.ts';

export const detectedLabels: Route = {
  paths: ['/loki/api/v1/detected_labels'],
  methods: ['GET', 'POST'],
  summary: 'Labels with the number of their values, without those that only identify.',
  tenancy: 'several',
  refusals: 'plain',
  parameters: [texts.selectorParameter, ...texts.rangeParameters],
  answers: { 200: '`detectedLabels`, left out when there are none.', ...texts.refusedAnswers },
  async handle(request, context) {
    const range = metadataRange(request, context);
    const query = request.form.get('query');
    const wanted = query === '' ? everyStream : parseSelector(query);
    const streams: StreamRef[] = [];
    for (const { tenant, selector } of tenantSelectors(request.tenants, wanted)) {
      streams.push(...(await context.store.streams(tenant, range, selector.matches)));
    }
    const found = detectLabels(streams);
    return json(found.length === 0 ? {} : { detectedLabels: found });
  },
};
