import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  type ArgumentsOf,
  booleanType,
  durationType,
  integerType,
  listType,
  numberType,
  optional,
  required,
  schema,
  stringType,
} from '@cordwood/alloy';
import { parseGitleaksConfig } from '../../extract/secrets/gitleaks-config.ts';
import { secretRules } from '../../extract/secrets/secret-rules.ts';
import {
  compileSecretScanner,
  replaceSecrets,
  type Secret,
  type SecretScanner,
} from '../../extract/secrets/secret-scanner.ts';
import type { Labels } from '../../model/labels.ts';
import type { Component, ComponentContext, ComponentDefinition, Problem } from '../component.ts';
import { LabelSet } from '../label-set.ts';
import type { LogEntry } from '../log-entry.ts';
import type { ObservedStage } from '../pipeline.ts';
import { PipelineEntry } from '../pipeline-entry.ts';
import { Fanout, type LogsReceiver, logsReceiverType, receiverValue } from '../receiver.ts';

const argumentSchema = schema({
  attributes: {
    forward_to: required(listType(logsReceiverType)),
    gitleaks_config: optional(stringType, ''),
    redact_with: optional(stringType, ''),
    redact_percent: optional(integerType, 80),
    origin_label: optional(stringType, ''),
    rate: optional(numberType, 1),
    processing_timeout: optional(durationType, 0),
    drop_on_timeout: optional(booleanType, false),
    label_timed_out: optional(booleanType, false),
    scan_labels: optional(booleanType, false),
    scan_structured_metadata: optional(booleanType, false),
  },
  validate(args, report) {
    if (args.redact_percent < 0 || args.redact_percent > 100)
      report('redact_percent', 'redact_percent must be between 0 and 100');
    if (args.rate < 0 || args.rate > 1) report('rate', 'rate must be between 0 and 1');
    if (args.drop_on_timeout && args.processing_timeout === 0)
      report('drop_on_timeout', 'drop_on_timeout requires processing_timeout');
  },
});
type Arguments = ArgumentsOf<typeof argumentSchema>;

/**
 * Redacts what looks like a secret, by published formats or by rules in gitleaks' TOML. The order of rules is that of their ids,
 * so that a result does not change from run to run.
 *
 * `scan_labels` and `scan_structured_metadata` are Cordwood's: Alloy looks at the line only, and so do we unless asked. An
 * expression takes time linear in the line, so nothing is ever given up half-way: a line that took longer than
 * `processing_timeout` is redacted all the same, where Alloy hands on the raw line.
 */
export const lokiSecretfilter: ComponentDefinition<Arguments> = {
  name: 'loki.secretfilter',
  stability: 'public-preview',
  schema: argumentSchema,
  exports: ['receiver'],
  create: (context) => new LokiSecretfilter(context),
};

/** Whoever writes this into a line keeps it from being redacted, as gitleaks does. */
const allowMark = 'gitleaks:allow';
const allowMarkBytes = Buffer.from(allowMark);
const timedOutLabel = 'secretfilter_timed_out';
const redaction: ObservedStage = { name: 'redaction', index: 0, depth: 0, path: '0' };

class LokiSecretfilter implements Component<Arguments>, LogsReceiver {
  readonly componentId: string;
  readonly exports;
  readonly #context: ComponentContext;
  readonly #fanout: Fanout;
  #args: Arguments | undefined;
  #scanner: SecretScanner | undefined;

  constructor(context: ComponentContext) {
    this.componentId = context.id;
    this.#context = context;
    this.#fanout = new Fanout(context.metrics);
    this.exports = new Map([['receiver', receiverValue(this)]]);
  }

  update(args: Arguments): readonly Problem[] | undefined {
    const compiled = createScanner(args.gitleaks_config);
    if (typeof compiled === 'string') return [{ message: compiled }];
    this.#scanner = compiled;
    this.#args = args;
    this.#fanout.set(args.forward_to);
    return undefined;
  }

  async consume(entries: readonly LogEntry[]): Promise<void> {
    const { observe } = this.#context;
    observe?.(this.componentId, redaction, 'before', entries);
    const out = entries.flatMap((entry) => this.#filter(entry));
    observe?.(this.componentId, redaction, 'after', out);
    await this.#fanout.consume(out);
  }

  #filter(entry: LogEntry): LogEntry[] {
    const { clock, metrics, random } = this.#context;
    const args = this.#args!;
    if (args.rate < 1 && random() >= args.rate) {
      metrics.counter('loki_secretfilter_entries_bypassed_total', 'Entries that were not looked at.').add(1);
      return [entry];
    }
    const startMs = clock.monotonicMs();
    const redacted = this.#redact(entry);
    const tookMs = clock.monotonicMs() - startMs;
    metrics
      .histogram('loki_secretfilter_processing_duration_seconds', 'Time spent on an entry.', [])
      .observe(tookMs / 1000);
    if (args.processing_timeout === 0 || tookMs <= args.processing_timeout) return [redacted];
    metrics.counter('loki_secretfilter_lines_timed_out_total', 'Lines that took longer than allowed.').add(1);
    if (args.drop_on_timeout) {
      metrics.counter('loki_secretfilter_lines_dropped_total', 'Lines dropped for taking too long.').add(1);
      return [];
    }
    if (!args.label_timed_out) return [redacted];
    const labelled = new PipelineEntry(redacted);
    labelled.labels = redacted.labels.with(timedOutLabel, 'true');
    return [labelled];
  }

  #redact(entry: LogEntry): LogEntry {
    const args = this.#args!;
    const line = this.#redactLine(entry);
    const labels = args.scan_labels ? this.#redactValues(entry.labels.labels, entry) : undefined;
    const metadata = args.scan_structured_metadata ? this.#redactValues(entry.structuredMetadata, entry) : undefined;
    if (line === undefined && labels === undefined && metadata === undefined) return entry;
    const redacted = new PipelineEntry(entry);
    if (line !== undefined) redacted.setText(line);
    if (labels !== undefined) redacted.labels = LabelSet.of(labels);
    if (metadata !== undefined) redacted.structuredMetadata = metadata;
    return redacted;
  }

  /** Undefined when nothing changes. */
  #redactLine(entry: LogEntry): string | undefined {
    const { chunk, start, end } = entry;
    if (chunk !== undefined) {
      if (!this.#scanner!.mayContain(chunk.bytes, start, end)) return undefined;
      if (chunk.bytes.subarray(start, end).includes(allowMarkBytes)) return undefined;
    } else if (entry.text.includes(allowMark)) return undefined;
    return this.#redactText(entry.text, entry);
  }

  #redactText(text: string, entry: LogEntry): string | undefined {
    const secrets = this.#scanner!.find(text);
    if (secrets.length === 0) return undefined;
    for (const secret of secrets) this.#count(secret, entry);
    return replaceSecrets(text, secrets, (secret) => replacement(secret, this.#args!));
  }

  #redactValues(labels: Labels, entry: LogEntry): Labels | undefined {
    let changed = false;
    const out = labels.map((label) => {
      const value = this.#redactText(label.value, entry);
      changed ||= value !== undefined;
      return value === undefined ? label : { name: label.name, value };
    });
    return changed ? out : undefined;
  }

  #count(secret: Secret, entry: LogEntry): void {
    const { metrics } = this.#context;
    const origin = this.#args!.origin_label;
    metrics.counter('loki_secretfilter_secrets_redacted_total', 'Secrets redacted.').add(1);
    metrics
      .counter('loki_secretfilter_secrets_redacted_by_category_total', 'Secrets redacted, by rule and origin.')
      .add(1, { rule: secret.ruleId, ...(origin === '' ? {} : { origin: entry.labels.get(origin) }) });
  }

  start(): void {}
  async stop(): Promise<void> {}
}

/** The scanner, or what is wrong with the file. */
function createScanner(path: string): SecretScanner | string {
  if (path === '') return compileSecretScanner().scanner!;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    return `gitleaks_config: ${(cause as Error).message}`;
  }
  const { config, error } = parseGitleaksConfig(text, secretRules);
  if (config === undefined) return `gitleaks_config ${path}: ${error}`;
  const compiled = compileSecretScanner(config.rules, config.allowed);
  return compiled.scanner ?? `gitleaks_config ${path}: rule ${compiled.ruleId}: ${compiled.error}`;
}

/** What stands in the place of a secret. */
function replacement(secret: Secret, args: Arguments): string {
  if (args.redact_with !== '') {
    return args.redact_with
      .replaceAll('$SECRET_NAME', () => secret.ruleId)
      .replaceAll('$SECRET_HASH', () => createHash('sha1').update(secret.text).digest('hex'));
  }
  if (args.redact_percent >= 100) return 'REDACTED';
  return `${secret.text.slice(0, roundToEven((secret.text.length * (100 - args.redact_percent)) / 100))}...`;
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
