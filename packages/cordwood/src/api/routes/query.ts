import { categorizeLabels } from '../encode-result.ts';
import { directionParameter, instantNs, limitParameter } from '../parameters.ts';
import type { Route } from '../route.ts';
import { encodingFlags, parseQuery, queryAnswer, runQuery, wantsPlan } from '../run-query.ts';
import * as texts from './parameter-texts.ts';

export const query: Route = {
  paths: ['/loki/api/v1/query'],
  methods: ['GET', 'POST'],
  summary: 'Evaluate a metric query at one time.',
  tenancy: 'several',
  refusals: 'plain',
  parameters: [
    texts.queryParameter,
    { name: 'time', describe: 'time of evaluation, by default now' },
    texts.limitParameter,
    texts.directionParameter,
    texts.explainParameter,
  ],
  answers: texts.queryAnswers,
  async handle(request, context) {
    const { form } = request;
    const limit = limitParameter(form);
    const timeNs = instantNs(form, context.clock.nowNs());
    const direction = directionParameter(form);
    const text = form.get('query');
    const flags = encodingFlags(request);
    const result = await runQuery(request, context, {
      expression: parseQuery(text),
      text,
      kind: 'instant',
      splitInstant: true,
      startNs: timeNs,
      endNs: timeNs,
      stepNs: 0n,
      intervalNs: 0n,
      limit,
      direction,
      categorizeLabels: flags.includes(categorizeLabels),
      explain: wantsPlan(request),
    });
    return queryAnswer(result, flags);
  },
};
