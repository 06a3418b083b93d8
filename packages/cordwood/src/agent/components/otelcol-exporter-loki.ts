import { type ArgumentsOf, listType, required, schema } from '@cordwood/alloy';
import type {
  OtlpAttribute,
  OtlpLogRecord,
  OtlpLogs,
  OtlpResourceLogs,
  OtlpScopeLogs,
  OtlpValue,
} from '../../codec/otlp-logs.ts';
import { createLabels } from '../../model/labels.ts';
import type { Component, ComponentContext, ComponentDefinition } from '../component.ts';
import { LabelSet } from '../label-set.ts';
import { LogEntry } from '../log-entry.ts';
import { type OtlpLogsConsumer, otelcolConsumerValue } from '../otelcol/logs-consumer.ts';
import type { Receipt } from '../receipt.ts';
import { Fanout, logsReceiverType } from '../receiver.ts';

const argumentSchema = schema({ attributes: { forward_to: required(listType(logsReceiverType)) } });
type Arguments = ArgumentsOf<typeof argumentSchema>;

/**
 * OTLP logs to Loki entries (alloy.md 2, otelcol.exporter.loki): labels `exporter`, `job`, `instance`, `level` and what hint attributes
 * name; the record as JSON, logfmt or raw.
 */
export const otelcolExporterLoki: ComponentDefinition<Arguments> = {
  name: 'otelcol.exporter.loki',
  stability: 'generally-available',
  schema: argumentSchema,
  exports: ['input'],
  create: (context) => new LokiExporter(context),
};

class LokiExporter implements Component<Arguments>, OtlpLogsConsumer {
  readonly componentId: string;
  readonly exports;
  readonly #context: ComponentContext;
  readonly #fanout: Fanout;
  /** Label sets by their pairs, so that the records of one service share one object. */
  readonly #labelSets = new Map<string, LabelSet>();

  constructor(context: ComponentContext) {
    this.componentId = context.id;
    this.#context = context;
    this.#fanout = new Fanout(context.metrics);
    this.exports = new Map([['input', otelcolConsumerValue(this)]]);
  }

  update(args: Arguments): undefined {
    this.#fanout.set(args.forward_to);
  }

  start(): void {}
  async stop(): Promise<void> {}

  async consumeLogs(logs: OtlpLogs, receipt: Receipt): Promise<void> {
    const entries: LogEntry[] = [];
    const nowNs = this.#context.clock.nowNs();
    for (const resource of logs.resourceLogs) {
      for (const scope of resource.scopeLogs) {
        for (const record of scope.records) entries.push(this.#entry(resource, scope, record, receipt, nowNs));
      }
    }
    await this.#fanout.consume(entries);
  }

  #entry(
    resource: OtlpResourceLogs,
    scope: OtlpScopeLogs,
    record: OtlpLogRecord,
    receipt: Receipt,
    nowNs: bigint,
  ): LogEntry {
    const { labels, resourceRest, recordRest, format } = labelsOf(resource, record);
    const line = renderRecord(format, record, scope, resourceRest, recordRest);
    const timestampNs = record.timeNs || record.observedTimeNs || nowNs;
    return LogEntry.ofText(this.#labelSet(labels), timestampNs, receipt, line);
  }

  #labelSet(pairs: readonly (readonly [string, string])[]): LabelSet {
    const key = JSON.stringify(pairs);
    let set = this.#labelSets.get(key);
    if (set === undefined) {
      set = LabelSet.of(createLabels(pairs));
      if (this.#labelSets.size >= labelSetsMax) this.#labelSets.clear();
      this.#labelSets.set(key, set);
    }
    return set;
  }
}

const labelSetsMax = 10_000;

type Format = 'json' | 'logfmt' | 'raw';
const hints = {
  resourceLabels: 'loki.resource.labels',
  attributeLabels: 'loki.attribute.labels',
  tenant: 'loki.tenant',
  format: 'loki.format',
} as const;
const hintNames: ReadonlySet<string> = new Set(Object.values(hints));

function labelsOf(resource: OtlpResourceLogs, record: OtlpLogRecord) {
  const labels: [string, string][] = [['exporter', 'OTLP']];
  const inResource = new Map(resource.attributes.map(({ key, value }) => [key, value]));
  const inRecord = new Map(record.attributes.map(({ key, value }) => [key, value]));
  const hint = (name: string) => {
    const value = inRecord.get(name) ?? inResource.get(name);
    return value === undefined ? '' : textOf(value);
  };
  const promotedResource = new Set<string>();
  const promotedRecord = new Set<string>();
  const take = (names: string, from: Map<string, OtlpValue>, promoted: Set<string>) => {
    for (const name of names
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean)) {
      const value = from.get(name);
      if (value === undefined) continue;
      promoted.add(name);
      labels.push([labelName(name), textOf(value)]);
    }
  };
  take(hint(hints.resourceLabels), inResource, promotedResource);
  take(hint(hints.attributeLabels), inRecord, promotedRecord);

  const service = inResource.get('service.name');
  if (service !== undefined) {
    const namespace = inResource.get('service.namespace');
    labels.push(['job', namespace === undefined ? textOf(service) : `${textOf(namespace)}/${textOf(service)}`]);
    for (const name of ['service.name', 'service.namespace']) promotedResource.add(name);
  }
  const instance = inResource.get('service.instance.id');
  if (instance !== undefined) {
    labels.push(['instance', textOf(instance)]);
    promotedResource.add('service.instance.id');
  }
  const level = record.severityText !== '' ? record.severityText.toUpperCase() : severityName(record.severityNumber);
  if (level !== '') labels.push(['level', level]);

  const tenantFrom = hint(hints.tenant);
  if (tenantFrom !== '') {
    const tenant = inRecord.get(tenantFrom) ?? inResource.get(tenantFrom);
    if (tenant !== undefined) {
      labels.push(['__tenant_id__', textOf(tenant)]);
      promotedRecord.add(tenantFrom);
      promotedResource.add(tenantFrom);
    }
  }
  const named = hint(hints.format);
  const format: Format = named === 'raw' || named === 'logfmt' ? named : 'json';
  const rest = (attributes: readonly OtlpAttribute[], promoted: ReadonlySet<string>) =>
    attributes.filter(({ key }) => !promoted.has(key) && !hintNames.has(key));
  return {
    labels,
    format,
    resourceRest: rest(resource.attributes, promotedResource),
    recordRest: rest(record.attributes, promotedRecord),
  };
}

/** Dots become `_`, a leading digit gets `key_`. */
function labelName(name: string): string {
  const plain = name.replace(/[^a-zA-Z0-9_]/g, '_');
  return /^\d/.test(plain) ? `key_${plain}` : plain;
}

const severities = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

/** OTLP's severity numbers come in groups of four. */
function severityName(number: number): string {
  if (number < 1 || number > 24) return '';
  const step = (number - 1) % 4;
  return severities[Math.floor((number - 1) / 4)]! + (step === 0 ? '' : String(step + 1));
}

function textOf(value: OtlpValue): string {
  switch (value.kind) {
    case 'empty':
      return '';
    case 'string':
      return value.value;
    case 'bool':
    case 'int':
    case 'double':
      return String(value.value);
    case 'bytes':
      return Buffer.from(value.value).toString('base64');
    default:
      return JSON.stringify(plainOf(value));
  }
}

/** As JSON.stringify takes it. Integers beyond 2^53 stay exact as text. */
function plainOf(value: OtlpValue): unknown {
  switch (value.kind) {
    case 'empty':
      return null;
    case 'int':
      return Number.isSafeInteger(Number(value.value)) ? Number(value.value) : String(value.value);
    case 'bytes':
      return Buffer.from(value.value).toString('base64');
    case 'array':
      return value.values.map(plainOf);
    case 'map':
      return attributesObject(value.entries);
    default:
      return value.value;
  }
}

function attributesObject(attributes: readonly OtlpAttribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plainOf(value)]));
}

function renderRecord(
  format: Format,
  record: OtlpLogRecord,
  scope: OtlpScopeLogs,
  resourceRest: readonly OtlpAttribute[],
  recordRest: readonly OtlpAttribute[],
): string {
  switch (format) {
    case 'raw':
      return textOf(record.body);
    case 'json':
      return JSON.stringify({
        ...(record.body.kind === 'empty' ? {} : { body: plainOf(record.body) }),
        ...(record.traceId === '' ? {} : { traceid: record.traceId }),
        ...(record.spanId === '' ? {} : { spanid: record.spanId }),
        ...(record.severityText === '' ? {} : { severity: record.severityText }),
        ...(record.flags === 0 ? {} : { flags: record.flags }),
        ...(recordRest.length === 0 ? {} : { attributes: attributesObject(recordRest) }),
        ...(resourceRest.length === 0 ? {} : { resources: attributesObject(resourceRest) }),
        ...(scope.name === ''
          ? {}
          : {
              instrumentation_scope: { name: scope.name, ...(scope.version === '' ? {} : { version: scope.version }) },
            }),
      });
    case 'logfmt': {
      const pairs: [string, string][] = [];
      const body = textOf(record.body);
      if (record.traceId !== '') pairs.push(['traceID', record.traceId]);
      if (record.spanId !== '') pairs.push(['spanID', record.spanId]);
      if (record.severityText !== '') pairs.push(['severity', record.severityText]);
      for (const { key, value } of recordRest) pairs.push([`attribute_${key}`, textOf(value)]);
      for (const { key, value } of resourceRest) pairs.push([`resource_${key}`, textOf(value)]);
      if (scope.name !== '') pairs.push(['instrumentation_scope_name', scope.name]);
      if (scope.version !== '') pairs.push(['instrumentation_scope_version', scope.version]);
      // A body that is logfmt already is continued, any other becomes a field.
      const head = /^[^\s="]+=/.test(body) ? body : body === '' ? '' : `msg=${logfmtValue(body)}`;
      return [head, ...pairs.map(([name, value]) => `${name}=${logfmtValue(value)}`)].filter(Boolean).join(' ');
    }
  }
}

function logfmtValue(value: string): string {
  return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}
