/**
 * The answers of Loki's HTTP API that the page reads, checked at the edge: whatever passes here has the type it claims.
 * Shapes: https://grafana.com/docs/loki/latest/reference/loki-http-api/
 */
import {
  type Check,
  flag,
  labels,
  list,
  listOrNothing,
  number,
  object,
  oneOf,
  optional,
  pair,
  ShapeMismatch,
  text,
} from './check.ts';

export type LabelMap = Readonly<Record<string, string>>;

/** One entry of a stream. The maps are set when the server was asked to `categorize-labels`. */
export interface AnsweredEntry {
  /** Nanoseconds since the epoch as decimal text: they do not fit a number. */
  readonly timestampNs: string;
  readonly line: string;
  readonly structuredMetadata: LabelMap;
  readonly parsed: LabelMap;
}

export interface AnsweredStream {
  readonly labels: LabelMap;
  readonly entries: readonly AnsweredEntry[];
}

export interface Series {
  readonly labels: LabelMap;
  /** Unix seconds and value. */
  readonly points: readonly (readonly [number, number])[];
}

export interface QueryStatistics {
  readonly bytesProcessed: number;
  readonly linesProcessed: number;
  readonly execTimeSeconds: number;
}

export type QueryAnswer = { readonly statistics: QueryStatistics | undefined; readonly warnings: readonly string[] } & (
  | { readonly kind: 'streams'; readonly streams: readonly AnsweredStream[] }
  | { readonly kind: 'series'; readonly series: readonly Series[] }
);

const noLabels: LabelMap = Object.freeze({});

const entry: Check<AnsweredEntry> = (value, path) => {
  if (!Array.isArray(value) || value.length < 2) throw new ShapeMismatch(path, 'a [timestamp, line] pair', value);
  const timestampNs = text(value[0], `${path}[0]`);
  if (!/^\d{1,19}$/.test(timestampNs)) throw new ShapeMismatch(`${path}[0]`, 'nanoseconds', timestampNs);
  const categories = (value[2] ?? noLabels) as { structuredMetadata?: unknown; parsed?: unknown };
  return {
    timestampNs,
    line: text(value[1], `${path}[1]`),
    structuredMetadata: optional(labels)(categories.structuredMetadata, `${path}[2].structuredMetadata`) ?? noLabels,
    parsed: optional(labels)(categories.parsed, `${path}[2].parsed`) ?? noLabels,
  };
};

const wireStream = object({ stream: labels, values: list(entry) });
const stream: Check<AnsweredStream> = (value, path) => {
  const checked = wireStream(value, path);
  return { labels: checked.stream, entries: checked.values };
};

/** Sample values are text, because JSON has no NaN and no infinity. */
const sampleValue: Check<number> = (value, path) => {
  const written = text(value, path);
  if (written === '+Inf') return Number.POSITIVE_INFINITY;
  if (written === '-Inf') return Number.NEGATIVE_INFINITY;
  if (written === 'NaN') return Number.NaN;
  const parsed = Number(written);
  if (written.trim() === '' || Number.isNaN(parsed)) throw new ShapeMismatch(path, 'a sample value', value);
  return parsed;
};
const point = pair(number, sampleValue);
const matrixSeries = object({ metric: labels, values: list(point) });
const vectorSample = object({ metric: labels, value: point });

const summary = optional(
  object({
    totalBytesProcessed: optional(number),
    totalLinesProcessed: optional(number),
    execTime: optional(number),
  }),
);
const statistics: Check<QueryStatistics | undefined> = (value, path) => {
  if (value === undefined || value === null) return undefined;
  const found = object({ summary })(value, path).summary;
  return {
    bytesProcessed: found?.totalBytesProcessed ?? 0,
    linesProcessed: found?.totalLinesProcessed ?? 0,
    execTimeSeconds: found?.execTime ?? 0,
  };
};

const queryEnvelope = object({
  status: oneOf('success'),
  warnings: listOrNothing(text),
  data: object({
    resultType: oneOf('streams', 'matrix', 'vector', 'scalar'),
    result: (value: unknown) => value,
    stats: statistics,
  }),
});

export const queryAnswer: Check<QueryAnswer> = (value, path) => {
  const { data, warnings } = queryEnvelope(value, path);
  const about = { statistics: data.stats, warnings };
  const at = 'data.result';
  switch (data.resultType) {
    case 'streams':
      return { ...about, kind: 'streams', streams: list(stream)(data.result, at) };
    case 'matrix':
      return {
        ...about,
        kind: 'series',
        series: list(matrixSeries)(data.result, at).map(({ metric, values }) => ({ labels: metric, points: values })),
      };
    case 'vector':
      return {
        ...about,
        kind: 'series',
        series: list(vectorSample)(data.result, at).map((sample) => ({
          labels: sample.metric,
          points: [sample.value],
        })),
      };
    case 'scalar':
      return { ...about, kind: 'series', series: [{ labels: noLabels, points: [point(data.result, at)] }] };
  }
};

/** `data` is left out when there is nothing. */
export const nameList: Check<readonly string[]> = (value, path) =>
  object({ status: oneOf('success'), data: listOrNothing(text) })(value, path).data;

export interface TailMessage {
  readonly streams: readonly AnsweredStream[];
  readonly droppedCount: number;
}
export const tailMessage: Check<TailMessage> = (value, path) => {
  const checked = object({ streams: listOrNothing(stream), dropped_entries: listOrNothing((each) => each) })(
    value,
    path,
  );
  return { streams: checked.streams, droppedCount: checked.dropped_entries.length };
};

export type AlertState = 'inactive' | 'pending' | 'firing';

export interface Alert {
  readonly labels: LabelMap;
  readonly annotations: LabelMap;
  readonly state: AlertState;
  readonly activeAt: string;
  /** Exponent notation, `1e+00`. */
  readonly value: string;
}

export interface AlertingRule {
  readonly kind: 'alerting';
  readonly name: string;
  readonly query: string;
  readonly state: AlertState;
  readonly durationSeconds: number;
  readonly labels: LabelMap;
  readonly annotations: LabelMap;
  readonly alerts: readonly Alert[];
  readonly health: string;
  readonly lastError: string;
  readonly lastEvaluation: string;
}

export interface RecordingRule {
  readonly kind: 'recording';
  readonly name: string;
  readonly query: string;
  readonly labels: LabelMap;
  readonly health: string;
  readonly lastError: string;
  readonly lastEvaluation: string;
}

export interface RuleGroup {
  readonly name: string;
  readonly file: string;
  readonly intervalSeconds: number;
  readonly rules: readonly (AlertingRule | RecordingRule)[];
}

const optionalLabels: Check<LabelMap> = (value, path) => optional(labels)(value, path) ?? noLabels;
const optionalText: Check<string> = (value, path) => optional(text)(value, path) ?? '';
const alertState = oneOf('inactive', 'pending', 'firing');

const alert: Check<Alert> = object({
  labels,
  annotations: optionalLabels,
  state: alertState,
  activeAt: optionalText,
  value: optionalText,
});

const ruleBase = {
  name: text,
  query: text,
  labels: optionalLabels,
  health: optionalText,
  lastError: optionalText,
  lastEvaluation: optionalText,
};
const alertingRule = object({
  ...ruleBase,
  state: alertState,
  duration: number,
  annotations: optionalLabels,
  alerts: listOrNothing(alert),
});
const recordingRule = object(ruleBase);

const rule: Check<AlertingRule | RecordingRule> = (value, path) => {
  const { type } = object({ type: oneOf('alerting', 'recording') })(value, path);
  if (type === 'recording') return { kind: 'recording', ...recordingRule(value, path) };
  const { duration, ...rest } = alertingRule(value, path);
  return { kind: 'alerting', durationSeconds: duration, ...rest };
};

const ruleGroup = object({ name: text, file: text, interval: number, rules: listOrNothing(rule) });

export const ruleGroups: Check<readonly RuleGroup[]> = (value, path) =>
  object({ status: oneOf('success'), data: object({ groups: listOrNothing(ruleGroup) }) })(value, path).data.groups.map(
    ({ interval, ...group }) => ({ ...group, intervalSeconds: interval }),
  );

export const alerts: Check<readonly Alert[]> = (value, path) =>
  object({ status: oneOf('success'), data: object({ alerts: listOrNothing(alert) }) })(value, path).data.alerts;

/** Cordwood's own: what the tenant picker offers, and whether there is anything to pick. */
export interface TenantList {
  readonly tenants: readonly string[];
  readonly authEnabled: boolean;
}
export const tenantList: Check<TenantList> = object({ tenants: listOrNothing(text), authEnabled: flag });

export interface BuildInfo {
  readonly version: string;
}
export const buildInfo: Check<BuildInfo> = object({ version: text });
