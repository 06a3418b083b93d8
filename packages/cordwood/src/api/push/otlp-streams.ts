import type { OtlpAttribute, OtlpLogRecord, OtlpLogs, OtlpScopeLogs } from '../../codec/otlp-logs.ts';
import { compileRe2 } from '../../extract/re2.ts';
import type { Entry, PushStream } from '../../model/entry.ts';
import { createEntryColumns } from '../../model/entry.ts';
import { RequestError } from '../../model/failure.ts';
import { createLabels, type Label, printLabels } from '../../model/labels.ts';
import type { OtlpAttributes, OtlpConfig } from '../../model/limits.ts';
import { sanitizeMetadataName } from '../../store/ingest/metadata-name.ts';
import { otlpText } from './otlp-text.ts';

/**
 * OTLP logs as Loki stores them (loki.md 1.12): attributes of the resource become stream labels where the tenant's
 * `otlp_config` says so, everything else becomes structured metadata of every record below; the body is the line.
 */
export function otlpStreams(logs: OtlpLogs, config: OtlpConfig, nowNs: bigint): PushStream[] {
  const actions = compileActions(config);
  const streams = new Map<string, { labels: readonly Label[]; entries: Entry[] }>();
  for (const resource of logs.resourceLogs) {
    const resourceLabels: Label[] = [];
    const resourceMetadata: Label[] = [];
    for (const attribute of resource.attributes) {
      place(attribute, actions.resource(attribute.key), resourceLabels, resourceMetadata);
    }
    if (resource.droppedAttributesCount > 0) {
      resourceMetadata.push({
        name: 'resource_dropped_attributes_count',
        value: String(resource.droppedAttributesCount),
      });
    }
    for (const scope of resource.scopeLogs) {
      const scopeMetadata = metadataOfScope(scope, actions.scope);
      for (const record of scope.records) {
        const labels = [...resourceLabels];
        const metadata: Label[] = [];
        for (const attribute of record.attributes) place(attribute, actions.log(attribute.key), labels, metadata);
        if (config.severityTextAsLabel && record.severityText !== '') {
          labels.push({ name: 'severity_text', value: record.severityText });
        }
        addRecordFields(record, metadata);
        metadata.push(...resourceMetadata, ...scopeMetadata);
        const set = createLabels(labels.map(({ name, value }) => [labelName(name), value] as const));
        const key = printLabels(set);
        let stream = streams.get(key);
        if (stream === undefined) {
          stream = { labels: set, entries: [] };
          streams.set(key, stream);
        }
        stream.entries.push({
          timestampNs: timeOf(record, nowNs),
          line: otlpText(record.body),
          structuredMetadata: metadata,
        });
      }
    }
  }
  return [...streams.values()].map(({ labels, entries }) => ({ labels, entries: createEntryColumns(entries) }));
}

type Action = OtlpAttributes['action'];

/** Names of stream labels follow the rules of structured metadata: `k8s.pod.name` becomes `k8s_pod_name`. */
function labelName(key: string): string {
  const { name, error } = sanitizeMetadataName(key);
  if (error !== undefined) throw new RequestError(500, error);
  return name;
}

function place(attribute: OtlpAttribute, action: Action, labels: Label[], metadata: Label[]): void {
  if (action === 'drop') return;
  flatten(attribute, '', action === 'index_label' ? labels : metadata, 0);
}

/** Maps become one label for each leaf, their keys joined with `_`. */
function flatten(attribute: OtlpAttribute, prefix: string, out: Label[], depth: number): void {
  const name = prefix === '' ? attribute.key : `${prefix}_${attribute.key}`;
  if (attribute.value.kind === 'map') {
    for (const entry of attribute.value.entries) flatten(entry, name, out, depth + 1);
    return;
  }
  const value = otlpText(attribute.value);
  if (value !== '') out.push({ name, value });
}

function metadataOfScope(scope: OtlpScopeLogs, actionOf: (key: string) => Action): Label[] {
  const metadata: Label[] = [];
  for (const attribute of scope.attributes) place(attribute, actionOf(attribute.key), metadata, metadata);
  if (scope.name !== '') metadata.push({ name: 'scope_name', value: scope.name });
  if (scope.version !== '') metadata.push({ name: 'scope_version', value: scope.version });
  if (scope.droppedAttributesCount > 0) {
    metadata.push({ name: 'scope_dropped_attributes_count', value: String(scope.droppedAttributesCount) });
  }
  return metadata;
}

function addRecordFields(record: OtlpLogRecord, metadata: Label[]): void {
  const add = (name: string, value: string) => metadata.push({ name, value });
  if (record.observedTimeNs > 0n && record.timeNs > 0n) add('observed_timestamp', String(record.observedTimeNs));
  if (record.severityNumber !== 0) add('severity_number', String(record.severityNumber));
  if (record.severityText !== '') add('severity_text', record.severityText);
  if (record.droppedAttributesCount > 0) add('dropped_attributes_count', String(record.droppedAttributesCount));
  if (record.flags !== 0) add('flags', String(record.flags));
  if (record.traceId !== '') add('trace_id', record.traceId);
  if (record.spanId !== '') add('span_id', record.spanId);
}

function timeOf(record: OtlpLogRecord, nowNs: bigint): bigint {
  const timeNs = record.timeNs > 0n ? record.timeNs : record.observedTimeNs;
  return timeNs > 0n ? BigInt.asIntN(64, timeNs) : nowNs;
}

interface Actions {
  readonly resource: (key: string) => Action;
  readonly scope: (key: string) => Action;
  readonly log: (key: string) => Action;
}

const compiled = new WeakMap<OtlpConfig, Actions>();

/** Limits stay the same object until they are reloaded, so the expressions of each are compiled once. */
function compileActions(config: OtlpConfig): Actions {
  let actions = compiled.get(config);
  if (actions === undefined) {
    actions = {
      resource: compileList(config.resourceAttributes),
      scope: compileList(config.scopeAttributes),
      log: compileList(config.logAttributes),
    };
    compiled.set(config, actions);
  }
  return actions;
}

/** The first rule that fits an attribute decides; without one it becomes structured metadata. */
function compileList(rules: readonly OtlpAttributes[]): (key: string) => Action {
  const tests = rules.map(({ action, attributes, regex }) => {
    if (regex === '') {
      const names = new Set(attributes);
      return { action, fits: (key: string) => names.has(key) };
    }
    const { re2, error } = compileRe2(regex, { anchored: true });
    if (error !== undefined) throw new RequestError(500, `otlp_config: ${error}`);
    return { action, fits: (key: string) => re2.test(key) };
  });
  return (key) => tests.find(({ fits }) => fits(key))?.action ?? 'structured_metadata';
}
