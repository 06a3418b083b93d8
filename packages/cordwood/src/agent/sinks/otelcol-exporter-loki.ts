import { type ArgumentsOf, listType, required, schema } from '@cordwood/alloy';
import type { OtlpAttribute, OtlpLogRecord, OtlpScopeLogs } from '../../codec/otlp-logs.ts';
import { createLabels } from '../../model/labels.ts';
import type { Component, ComponentContext, ComponentDefinition } from '../component.ts';
import { jsonString } from '../json-text.ts';
import { LabelSet } from '../label-set.ts';
import { LogEntry } from '../log-entry.ts';
import { consumerValue, type LogsConsumer, type OtelLogs } from '../otel/logs-consumer.ts';
import { attributesAsJson, valueAsJson, valueAsString } from '../otel/value.ts';
import { Fanout, logsReceiverType } from '../receiver.ts';
import { tenantLabel } from '../stages/tenant.ts';

const argumentSchema = schema({ attributes: { forward_to: required(listType(logsReceiverType)) } });
type Arguments = ArgumentsOf<typeof argumentSchema>;

/**
 * Makes Loki entries of log records, as the collector's Loki exporter did: a JSON (or logfmt, raw) line and the labels
 * `exporter`, `job`, `instance`, `level`, and those that hint attributes name (`loki.attribute.labels`, ...).
 */
export const otelcolExporterLoki: ComponentDefinition<Arguments> = {
  name: 'otelcol.exporter.loki',
  stability: 'generally-available',
  schema: argumentSchema,
  exports: ['input'],
  create: (context) => new LokiExporter(context),
};

class LokiExporter implements Component<Arguments>, LogsConsumer {
  readonly componentId: string;
  readonly exports;
  readonly #context: ComponentContext;
  readonly #fanout = new Fanout();
  /** Label sets by their text: records of one service share one. */
  readonly #labels = new Map<string, LabelSet>();

  constructor(context: ComponentContext) {
    this.componentId = context.id;
    this.#context = context;
    this.exports = new Map([['input', consumerValue(this)]]);
  }

  update(args: Arguments): undefined {
    this.#fanout.set(args.forward_to);
  }

  async consumeLogs(batch: OtelLogs): Promise<void> {
    const nowNs = this.#context.clock.nowNs();
    const entries: LogEntry[] = [];
    for (const resource of batch.logs.resourceLogs) {
      for (const scope of resource.scopeLogs) {
        for (const record of scope.records) {
          const { labels, line } = translateRecord(record, resource.attributes, scope);
          const timeNs = record.timeNs || record.observedTimeNs || nowNs;
          entries.push(LogEntry.ofText(this.#intern(labels), timeNs, batch.receipt, line));
        }
      }
    }
    await this.#fanout.consume(entries);
  }

  #intern(labels: ReadonlyMap<string, string>): LabelSet {
    const set = LabelSet.of(createLabels(labels));
    const known = this.#labels.get(set.text());
    if (known !== undefined) return known;
    if (this.#labels.size >= labelSetsMax) this.#labels.clear();
    this.#labels.set(set.text(), set);
    return set;
  }

  start(): void {}
  async stop(): Promise<void> {}
}

const labelSetsMax = 10_000;

const hints = {
  attributes: 'loki.attribute.labels',
  resources: 'loki.resource.labels',
  tenant: 'loki.tenant',
  format: 'loki.format',
} as const;

/** Names of severities by number: four steps for each. */
const severities = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

function levelOf(record: OtlpLogRecord): string {
  const { severityNumber: number, severityText } = record;
  if (number < 1 || number > 24) return severityText.toUpperCase();
  const step = (number - 1) % 4;
  return severities[Math.floor((number - 1) / 4)]! + (step === 0 ? '' : String(step + 1));
}

function text(attributes: readonly OtlpAttribute[], key: string): string {
  const found = attributes.find((attribute) => attribute.key === key);
  return found === undefined ? '' : valueAsString(found.value);
}

/** A hint is a comma list or an array. */
function hintedNames(attributes: readonly OtlpAttribute[], hint: string): string[] {
  const found = attributes.find((attribute) => attribute.key === hint)?.value;
  if (found === undefined) return [];
  const names = found.kind === 'array' ? found.values.map(valueAsString) : valueAsString(found).split(',');
  return names.map((name) => name.trim()).filter((name) => name !== '');
}

/** `service.name` -> `service_name`, `1st` -> `key_1st`. */
function labelNameOf(key: string): string {
  const name = key.replace(/[^a-zA-Z0-9_]/g, '_');
  return /^\d/.test(name) ? `key_${name}` : name;
}

/** Labels and line of one record. */
export function translateRecord(
  record: OtlpLogRecord,
  resource: readonly OtlpAttribute[],
  scope: Pick<OtlpScopeLogs, 'name' | 'version' | 'attributes'>,
): { labels: Map<string, string>; line: string } {
  const labels = new Map<string, string>([['exporter', 'OTLP']]);
  const [name, namespace, instance] = ['service.name', 'service.namespace', 'service.instance.id'].map((key) =>
    text(resource, key),
  );
  if (name) labels.set('job', namespace ? `${namespace}/${name}` : name);
  if (instance) labels.set('instance', instance);
  const level = levelOf(record);
  if (level !== '') labels.set('level', text(record.attributes, 'level') || level);

  const removed = new Set<string>(Object.values(hints));
  const promote = (attributes: readonly OtlpAttribute[], names: readonly string[]) => {
    for (const key of names) {
      const found = attributes.find((attribute) => attribute.key === key);
      if (found === undefined) continue;
      labels.set(labelNameOf(key), valueAsString(found.value));
      removed.add(key);
    }
  };
  promote(resource, [...hintedNames(resource, hints.resources), ...hintedNames(record.attributes, hints.resources)]);
  promote(record.attributes, [
    ...hintedNames(resource, hints.attributes),
    ...hintedNames(record.attributes, hints.attributes),
  ]);
  if (labels.has('level')) removed.add('level');
  const tenantKey = text(record.attributes, hints.tenant) || text(resource, hints.tenant);
  const tenant = tenantKey && (text(record.attributes, tenantKey) || text(resource, tenantKey));
  if (tenant) labels.set(tenantLabel, tenant);

  const kept = (attributes: readonly OtlpAttribute[]) => attributes.filter(({ key }) => !removed.has(key));
  const format = text(record.attributes, hints.format) || text(resource, hints.format) || 'json';
  return { labels, line: printRecord(format, record, kept(record.attributes), kept(resource), scope) };
}

function printRecord(
  format: string,
  record: OtlpLogRecord,
  attributes: readonly OtlpAttribute[],
  resources: readonly OtlpAttribute[],
  scope: Pick<OtlpScopeLogs, 'name' | 'version' | 'attributes'>,
): string {
  if (format === 'raw') return valueAsString(record.body);
  if (format === 'logfmt') return printLogfmt(record, attributes, resources, scope);
  const parts: string[] = [];
  if (record.body.kind !== 'empty') parts.push(`"body":${valueAsJson(record.body)}`);
  if (record.traceId !== '') parts.push(`"traceid":"${record.traceId}"`);
  if (record.spanId !== '') parts.push(`"spanid":"${record.spanId}"`);
  if (record.severityText !== '') parts.push(`"severity":${jsonString(record.severityText)}`);
  if (record.flags !== 0) parts.push(`"flags":${record.flags}`);
  if (attributes.length > 0) parts.push(`"attributes":${attributesAsJson(attributes)}`);
  if (resources.length > 0) parts.push(`"resources":${attributesAsJson(resources)}`);
  if (scope.name !== '') {
    const version = scope.version === '' ? '' : `,"version":${jsonString(scope.version)}`;
    const own = scope.attributes.length === 0 ? '' : `,"attributes":${attributesAsJson(scope.attributes)}`;
    parts.push(`"instrumentation_scope":{"name":${jsonString(scope.name)}${version}${own}}`);
  }
  return `{${parts.join(',')}}`;
}

function printLogfmt(
  record: OtlpLogRecord,
  attributes: readonly OtlpAttribute[],
  resources: readonly OtlpAttribute[],
  scope: Pick<OtlpScopeLogs, 'name' | 'version'>,
): string {
  const pairs: [string, string][] = [];
  const flatten = (prefix: string, list: readonly OtlpAttribute[]) => {
    for (const { key, value } of list) {
      if (value.kind === 'map') flatten(`${prefix}${key}_`, value.entries);
      else pairs.push([prefix + key, valueAsString(value)]);
    }
  };
  const { body } = record;
  if (body.kind === 'map') flatten('body_', body.entries);
  else if (body.kind !== 'empty') pairs.push(['body', valueAsString(body)]);
  if (record.traceId !== '') pairs.push(['traceID', record.traceId]);
  if (record.spanId !== '') pairs.push(['spanID', record.spanId]);
  if (record.severityText !== '') pairs.push(['severity', record.severityText]);
  flatten('attribute_', attributes);
  flatten('resource_', resources);
  if (scope.name !== '') pairs.push(['instrumentation_scope_name', scope.name]);
  if (scope.name !== '' && scope.version !== '') pairs.push(['instrumentation_scope_version', scope.version]);
  const quote = (value: string) => (value === '' || /[\s"=\u0000-\u001f]/.test(value) ? JSON.stringify(value) : value);
  return pairs.map(([key, value]) => `${key.replace(/[\s="]/g, '_')}=${quote(value)}`).join(' ');
}
