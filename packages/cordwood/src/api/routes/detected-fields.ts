import { RequestError } from '../../model/failure.ts';
import { json } from '../answer.ts';
import type { ApiContext } from '../api-context.ts';
import { type DetectedField, detectFields } from '../detected-fields.ts';
import { integerParameter, timeRange } from '../parameters.ts';
import type { ApiRequest, Parameter, Route } from '../route.ts';
import { parseQuery, runQuery } from '../run-query.ts';
import * as texts from './parameter-texts.ts';

const parameters: readonly Parameter[] = [
  { ...texts.queryParameter, describe: 'log query: its entries are looked at' },
  ...texts.rangeParameters,
  { name: 'line_limit', describe: 'entries to look at, by default 100' },
  { name: 'limit', describe: 'most fields (or values) to return, by default 1000; also field_limit' },
];

const defaultFieldLimit = 1000;

function fieldLimit({ form }: ApiRequest): number {
  const limit = integerParameter(form, 'limit', integerParameter(form, 'field_limit', defaultFieldLimit));
  return limit > 0 ? limit : defaultFieldLimit;
}

async function fieldsOf(
  request: ApiRequest,
  context: ApiContext,
  fieldsMax: number,
): Promise<readonly DetectedField[]> {
  const { form } = request;
  const { startNs, endNs } = timeRange(form, context.clock.nowNs());
  if (endNs < startNs) throw new RequestError(400, 'end timestamp must not be before or equal to start time');
  const lineLimit = integerParameter(form, 'line_limit', 100);
  const text = form.get('query');
  const expression = parseQuery(text);
  if (expression.kind !== 'log') throw new RequestError(400, 'only log selector is supported');
  const result = await runQuery(request, context, {
    expression,
    text,
    kind: 'range',
    startNs,
    endNs,
    stepNs: 1_000_000_000n,
    intervalNs: 0n,
    limit: lineLimit > 0 ? lineLimit : 100,
    direction: 'backward',
    categorizeLabels: true,
  });
  return result.kind === 'streams' ? detectFields(result.streams, fieldsMax) : [];
}

export const detectedFields: Route = {
  paths: ['/loki/api/v1/detected_fields'],
  methods: ['GET', 'POST'],
  summary: 'Fields of some entries with their types.',
  tenancy: 'several',
  refusals: 'plain',
  parameters,
  answers: { ...texts.queryAnswers, 200: '`fields` and `limit`, both left out when there is no field.' },
  async handle(request, context) {
    const limit = fieldLimit(request);
    const fields = await fieldsOf(request, context, limit);
    if (fields.length === 0) return json({});
    return json({
      fields: fields.map(({ label, type, values, parsers, jsonPath }) => ({
        label,
        type,
        cardinality: values.size,
        parsers: parsers.length === 0 ? null : parsers,
        ...(jsonPath === undefined ? {} : { jsonPath }),
      })),
      limit,
    });
  },
};

export const detectedFieldValues: Route = {
  paths: ['/loki/api/v1/detected_field/{name}/values'],
  methods: ['GET', 'POST'],
  summary: 'Values of one field in some entries.',
  tenancy: 'several',
  refusals: 'plain',
  parameters: [{ name: 'name', in: 'path', describe: 'field', required: true }, ...parameters],
  answers: { ...texts.queryAnswers, 200: '`values` and `limit`, both left out when there is no value.' },
  async handle(request, context) {
    const limit = fieldLimit(request);
    const fields = await fieldsOf(request, context, Number.POSITIVE_INFINITY);
    const field = fields.find(({ label }) => label === request.parameters['name']);
    if (field === undefined) return json({});
    return json({ values: [...field.values].slice(0, limit), limit });
  },
};
