import { streamPredicate } from '../../model/predicate.ts';
import { PatternCounts, type PatternSeries } from '../../query/patterns/pattern-counts.ts';
import { empty, json } from '../answer.ts';
import { metadataRange } from '../metadata-range.ts';
import { durationParameter } from '../parameters.ts';
import type { Route } from '../route.ts';
import { withDeadline } from '../run-query.ts';
import { parseSelector } from '../selectors.ts';
import { tenantSelectors } from '../tenant-streams.ts';
import * as texts from './parameter-texts.ts';

const secondNs = 1_000_000_000n;

export const patterns: Route = {
  paths: ['/loki/api/v1/patterns'],
  methods: ['GET', 'POST'],
  summary: 'Patterns of lines, with how many lines had each over time.',
  tenancy: 'several',
  refusals: 'plain',
  parameters: [{ ...texts.selectorParameter, required: true }, ...texts.rangeParameters, texts.stepParameter],
  answers: {
    ...texts.queryAnswers,
    200: 'Patterns; `<_>` stands for what differs.',
    404: '`pattern_ingester.enabled` is false.',
  },
  async handle(request, context) {
    if (!context.config.patternIngester.enabled) return empty(404);
    const range = metadataRange(request, context);
    const wanted = parseSelector(request.form.get('query'));
    const steps = (range.endNs - range.startNs) / (250n * secondNs);
    const stepNs = durationParameter(request.form, 'step', (steps > 1n ? steps : 1n) * secondNs);
    const found: PatternSeries[] = [];
    await withDeadline(request, context, async (signal) => {
      for (const { tenant, selector } of tenantSelectors(request.tenants, wanted)) {
        const limits = context.limitsFor(tenant);
        const messageFields = [
          ...limits.patternIngesterTokenizableJsonFieldsDefault,
          ...limits.patternIngesterTokenizableJsonFieldsAppend,
        ].filter((field) => !limits.patternIngesterTokenizableJsonFieldsDelete.includes(field));
        const counts = new PatternCounts({ stepNs: stepNs > 0n ? stepNs : secondNs, messageFields });
        const predicate = streamPredicate(selector.matches);
        const batches = context.select({ tenant, range, predicate, order: 'any', direction: 'forward', signal });
        for await (const batch of batches) {
          counts.add(batch);
          signal.throwIfAborted();
        }
        found.push(...counts.finish());
      }
    });
    return json({
      status: 'success',
      data: found.map(({ pattern, level, samples }) => ({
        pattern,
        level,
        samples: samples.map(({ timestampMs, count }) => [Math.floor(timestampMs / 1000), count]),
      })),
    });
  },
};
