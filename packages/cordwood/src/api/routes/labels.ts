import type { TimeRange } from '../../model/time-range.ts';
import { tenantLabel } from '../../query/tenant-label.ts';
import { json } from '../answer.ts';
import type { ApiContext } from '../api-context.ts';
import { metadataRange } from '../metadata-range.ts';
import type { ApiRequest, Route } from '../route.ts';
import { everyStream, parseSelector, type StreamSelector } from '../selectors.ts';
import { tenantSelectors } from '../tenant-streams.ts';
import * as texts from './parameter-texts.ts';

/** Labels by which Loki keeps its own streams; users do not see them. */
const internalLabels = new Set(['__aggregated_metric__', '__pattern__']);

/** Sorted names, or the key left out when there are none. */
function listAnswer(names: Iterable<string>) {
  const sorted = [...names].sort(compareBytes);
  return json(sorted.length === 0 ? { status: 'success' } : { status: 'success', data: sorted });
}

/** Go sorts strings by bytes of UTF-8; JavaScript by UTF-16 units, which differs above U+D7FF. */
function compareBytes(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function selectorParameter(request: ApiRequest): StreamSelector {
  const query = request.form.get('query');
  return query === '' ? everyStream : parseSelector(query);
}

export const labels: Route = {
  paths: ['/loki/api/v1/labels', '/loki/api/v1/label'],
  methods: ['GET', 'POST'],
  summary: 'List label names.',
  tenancy: 'several',
  refusals: 'plain',
  parameters: [texts.selectorParameter, ...texts.rangeParameters],
  answers: { 200: 'Sorted names; `data` is left out when there are none.', ...texts.refusedAnswers },
  async handle(request, context) {
    return listAnswer(await labelNames(request, context));
  },
};

export async function labelNames(request: ApiRequest, context: ApiContext): Promise<Set<string>> {
  const range = metadataRange(request, context);
  const names = new Set<string>();
  // A label __tenant_id__ of the data is listed under its own name here, as Loki does.
  if (request.tenants.length > 1) names.add(tenantLabel);
  for (const { tenant, selector } of tenantSelectors(request.tenants, selectorParameter(request))) {
    for (const stream of await context.store.streams(tenant, range, selector.matches)) {
      for (const { name } of stream.labels) if (!internalLabels.has(name)) names.add(name);
    }
  }
  return names;
}

export const labelValues: Route = {
  paths: ['/loki/api/v1/label/{name}/values'],
  methods: ['GET', 'POST'],
  summary: 'List the values of a label.',
  tenancy: 'several',
  refusals: 'plain',
  parameters: [
    { name: 'name', in: 'path', describe: 'label name', required: true },
    texts.selectorParameter,
    ...texts.rangeParameters,
  ],
  answers: { 200: 'Sorted values; `data` is left out when there are none.', ...texts.refusedAnswers },
  async handle(request, context) {
    const range = metadataRange(request, context);
    return listAnswer(await valuesOf(request.parameters['name']!, request, context, range));
  },
};

export async function valuesOf(
  name: string,
  request: ApiRequest,
  context: ApiContext,
  range: TimeRange,
): Promise<Set<string>> {
  const values = new Set<string>();
  const selector = selectorParameter(request);
  if (name === tenantLabel && request.tenants.length > 1) return new Set(request.tenants);
  for (const { tenant, selector: own, shown } of tenantSelectors(request.tenants, selector)) {
    for (const stream of await context.store.streams(tenant, range, own.matches)) {
      for (const label of shown(stream.labels)) if (label.name === name && label.value !== '') values.add(label.value);
    }
  }
  return values;
}
