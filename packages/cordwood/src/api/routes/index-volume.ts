import { RequestError } from '../../model/failure.ts';
import { type Labels, labelsObject, printLabels } from '../../model/labels.ts';
import type { TimeRange } from '../../model/time-range.ts';
import { aggregateVolumes, type StreamVolume, type Volume, type VolumeRequest } from '../../query/volume.ts';
import { json, refusal } from '../answer.ts';
import type { ApiContext } from '../api-context.ts';
import { apiLimits } from '../limits.ts';
import { metadataRange } from '../metadata-range.ts';
import { integerParameter, rangeParameters } from '../parameters.ts';
import type { ApiRequest, Parameter, Route } from '../route.ts';
import { parseSelector, type StreamSelector } from '../selectors.ts';
import { tenantSelectors } from '../tenant-streams.ts';
import * as texts from './parameter-texts.ts';

const describedParameters: readonly Parameter[] = [
  { ...texts.selectorParameter, describe: 'stream selector; `{}` means every stream', required: true },
  ...texts.rangeParameters,
  { name: 'targetLabels', describe: 'label names with commas: streams that have all of them, grouped by them' },
  { name: 'aggregateBy', describe: 'series (default) or labels: one entry for each label name' },
  { name: 'limit', describe: 'most groups to return, by default 100' },
];

interface VolumeParameters {
  readonly selector: StreamSelector;
  readonly request: VolumeRequest;
}

function readParameters({ form, tenants }: ApiRequest, { limitsFor }: ApiContext): VolumeParameters {
  const aggregateBy = form.get('aggregateBy') || 'series';
  if (aggregateBy !== 'series' && aggregateBy !== 'labels') throw new RequestError(400, 'invalid aggregation option');
  const limit = integerParameter(form, 'limit', 0);
  if (limit < 0) throw new RequestError(400, 'limit must be a positive value');
  const selector = parseSelector(form.get('query'), { allowEmpty: true });
  const targetLabels = form
    .get('targetLabels')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const seriesMax = Math.min(...tenants.map((tenant) => limitsFor(tenant).volumeMaxSeries));
  const request = {
    matchers: selector.matchers,
    targetLabels,
    aggregateBy,
    limit: limit === 0 ? 100 : limit,
    seriesMax,
  } as const;
  return { selector, request };
}

async function volumes(
  request: ApiRequest,
  context: ApiContext,
  parameters: VolumeParameters,
  range: TimeRange,
): Promise<readonly Volume[]> {
  const found: StreamVolume[] = [];
  for (const { tenant, selector, shown } of tenantSelectors(request.tenants, parameters.selector)) {
    for (const { stream, bytes } of await context.store.streamBytes(tenant, range, selector.matches)) {
      found.push({ stream: { id: stream.id, labels: shown(stream.labels) }, bytes });
    }
  }
  return aggregateVolumes(found, parameters.request);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function disabled(request: ApiRequest, context: ApiContext): boolean {
  return request.tenants.some((tenant) => !context.limitsFor(tenant).volumeEnabled);
}

function vectorAnswer(result: readonly unknown[]) {
  return json({ status: 'success', data: { resultType: 'vector', result } });
}

/** A time as Unix seconds with milliseconds, rounded up. */
function seconds(timeNs: bigint): number {
  return Number((timeNs + 999_999n) / 1_000_000n) / 1000;
}

export const indexVolume: Route = {
  paths: ['/loki/api/v1/index/volume'],
  methods: ['GET', 'POST'],
  summary: 'Bytes by label set, the largest first.',
  tenancy: 'several',
  refusals: 'plain',
  parameters: describedParameters,
  answers: { 200: 'A vector of bytes.', ...texts.refusedAnswers, 404: 'Volume is disabled for the tenant.' },
  async handle(request, context) {
    if (disabled(request, context)) return refusal(404, 'not found', 'plain');
    const range = metadataRange(request, context);
    const parameters = readParameters(request, context);
    const found = await volumes(request, context, parameters, range);
    const at = seconds(range.endNs - 1n);
    return vectorAnswer(
      found.map(({ labels, bytes }) => ({ metric: labelsObject(labels), value: [at, String(bytes)] })),
    );
  },
};

export const indexVolumeRange: Route = {
  paths: ['/loki/api/v1/index/volume_range'],
  methods: ['GET', 'POST'],
  summary: 'Bytes by label set over time.',
  tenancy: 'several',
  refusals: 'plain',
  parameters: [...describedParameters, texts.stepParameter],
  answers: { 200: 'A matrix of bytes.', ...texts.refusedAnswers, 404: 'Volume is disabled for the tenant.' },
  async handle(request, context) {
    if (disabled(request, context)) return refusal(404, 'not found', 'plain');
    metadataRange(request, context);
    const { startNs, endNs, stepNs } = rangeParameters(request.form, context.clock.nowNs());
    const parameters = readParameters(request, context);
    const series = new Map<string, { labels: Labels; values: [number, string][]; bytes: number }>();
    const firstNs = startNs - (startNs % stepNs);
    if ((endNs - firstNs) / stepNs > BigInt(apiLimits.volumeStepsMax)) {
      throw new RequestError(400, `more than ${apiLimits.volumeStepsMax} steps: make the step larger`);
    }
    for (let fromNs = firstNs; fromNs < endNs; fromNs += stepNs) {
      const untilNs = fromNs + stepNs;
      const last = untilNs >= endNs;
      const range = { startNs: fromNs === firstNs ? startNs : fromNs, endNs: last ? endNs + 1n : untilNs };
      // The millisecond before the next bucket, except at the very end.
      const at = last ? seconds(endNs) : seconds(untilNs) - 0.001;
      for (const { labels, bytes } of await volumes(request, context, parameters, range)) {
        const key = printLabels(labels);
        let one = series.get(key);
        if (one === undefined) {
          one = { labels, values: [], bytes: 0 };
          series.set(key, one);
        }
        one.values.push([Math.round(at * 1000) / 1000, String(bytes)]);
        one.bytes += bytes;
      }
      request.signal.throwIfAborted();
    }
    if (series.size === 0) return vectorAnswer([]);
    const result = [...series.values()]
      .sort((a, b) => compareText(printLabels(a.labels), printLabels(b.labels)))
      .map(({ labels, values }) => ({ metric: labelsObject(labels), values }));
    return json({ status: 'success', data: { resultType: 'matrix', result } });
  },
};
