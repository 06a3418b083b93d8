import { categorizeLabels } from '../encode-result.ts';
import { directionParameter, intervalParameter, limitParameter, rangeParameters } from '../parameters.ts';
import type { Route } from '../route.ts';
import { encodingFlags, parseQuery, queryAnswer, runQuery, wantsPlan } from '../run-query.ts';
import * as texts from './parameter-texts.ts';

export const queryRange: Route = {
  paths: ['/loki/api/v1/query_range'],
  methods: ['GET', 'POST'],
  summary: 'Evaluate a query over a range of time.',
  tenancy: 'several',
  refusals: 'plain',
  parameters: [
    texts.queryParameter,
    ...texts.rangeParameters,
    texts.stepParameter,
    { name: 'interval', describe: 'log queries: least distance between two entries' },
    texts.limitParameter,
    texts.directionParameter,
    texts.explainParameter,
    {
      name: 'X-Loki-Response-Encoding-Flags',
      in: 'header',
      describe: '`categorize-labels`: keep metadata and parsed labels apart',
    },
  ],
  answers: texts.queryAnswers,
  async handle(request, context) {
    const { form } = request;
    const range = rangeParameters(form, context.clock.nowNs());
    const limit = limitParameter(form);
    const direction = directionParameter(form);
    const intervalNs = intervalParameter(form);
    const text = form.get('query');
    const flags = encodingFlags(request);
    const result = await runQuery(request, context, {
      expression: parseQuery(text),
      text,
      kind: 'range',
      ...range,
      intervalNs,
      limit,
      direction,
      categorizeLabels: flags.includes(categorizeLabels),
      explain: wantsPlan(request),
    });
    return queryAnswer(result, flags);
  },
};
