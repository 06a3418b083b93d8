import { RequestError } from '../../model/failure.ts';
import { printLabels } from '../../model/labels.ts';
import { json } from '../answer.ts';
import { metadataRange } from '../metadata-range.ts';
import { directionParameter, limitParameter, timeRange } from '../parameters.ts';
import { queryStatistics } from '../query-statistics.ts';
import type { Route } from '../route.ts';
import { parseQuery, runQuery } from '../run-query.ts';
import { labelNames, valuesOf } from './labels.ts';
import * as texts from './parameter-texts.ts';

/** The API from before 1.0, which some clients still speak: log queries only, label sets as text. */
export const legacyQuery: Route = {
  paths: ['/api/prom/query'],
  methods: ['GET', 'POST'],
  summary: 'A log query in the older form.',
  tenancy: 'several',
  refusals: 'plain',
  parameters: [texts.queryParameter, ...texts.rangeParameters, texts.limitParameter, texts.directionParameter],
  answers: texts.queryAnswers,
  async handle(request, context) {
    const { form } = request;
    const { startNs, endNs } = timeRange(form, context.clock.nowNs());
    const text = form.get('query');
    const expression = parseQuery(text);
    if (expression.kind !== 'log') {
      throw new RequestError(
        400,
        'rpc error: code = Code(400) desc = legacy endpoints only support streams result type',
      );
    }
    if (endNs < startNs) throw new RequestError(400, 'end timestamp must not be before or equal to start time');
    const result = await runQuery(request, context, {
      expression,
      text,
      kind: 'range',
      startNs,
      endNs,
      stepNs: 1_000_000_000n,
      intervalNs: 0n,
      limit: limitParameter(form),
      direction: directionParameter(form),
    });
    const streams = result.kind === 'streams' ? result.streams : [];
    return json({
      streams: streams.map((stream) => ({
        labels: printLabels(stream.labels),
        entries: stream.entries.map((entry) => ({ ts: rfc3339(entry.timestampNs), line: entry.line })),
      })),
      stats: queryStatistics(result.statistics, result.queueMs),
    });
  },
};

/** As Go prints a time: a fraction without trailing zeros. */
export function rfc3339(timestampNs: bigint): string {
  const nanos = ((timestampNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const whole = new Date(Number((timestampNs - nanos) / 1_000_000n)).toISOString().slice(0, 19);
  const fraction = String(nanos).padStart(9, '0').replace(/0+$/, '');
  return `${whole}${fraction === '' ? '' : `.${fraction}`}Z`;
}

export const legacyLabels: Route = {
  paths: ['/api/prom/label'],
  methods: ['GET', 'POST'],
  summary: 'Label names in the older form.',
  tenancy: 'several',
  refusals: 'plain',
  parameters: texts.rangeParameters,
  answers: { 200: '`values`.', ...texts.refusedAnswers },
  async handle(request, context) {
    const values = [...(await labelNames(request, context))].sort();
    return json(values.length === 0 ? {} : { values });
  },
};

export const legacyLabelValues: Route = {
  paths: ['/api/prom/label/{name}/values'],
  methods: ['GET', 'POST'],
  summary: 'Values of a label in the older form.',
  tenancy: 'several',
  refusals: 'plain',
  parameters: [{ name: 'name', in: 'path', describe: 'label name', required: true }, ...texts.rangeParameters],
  answers: { 200: '`values`.', ...texts.refusedAnswers },
  async handle(request, context) {
    const range = metadataRange(request, context);
    const values = [...(await valuesOf(request.parameters['name']!, request, context, range))].sort();
    return json(values.length === 0 ? {} : { values });
  },
};
