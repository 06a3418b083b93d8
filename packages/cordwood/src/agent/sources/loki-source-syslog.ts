import { Resolver } from 'node:dns/promises';
import {
  type ArgumentsOf,
  block,
  blocks,
  booleanType,
  byteSizeType,
  durationType,
  enumType,
  integerType,
  listType,
  mapType,
  optional,
  parsedType,
  required,
  schema,
  stringType,
  unsupportedBlock,
} from '@cordwood/alloy';
import { type RelabelRule, relabel } from '../../extract/relabel.ts';
import { createLabels } from '../../model/labels.ts';
import type { Component, ComponentContext, ComponentDefinition, Problem } from '../component.ts';
import { tlsSchema } from '../http/client-arguments.ts';
import { parseEndpoint } from '../http/endpoint.ts';
import { LabelSetCache } from '../label-set-cache.ts';
import { LogEntry } from '../log-entry.ts';
import { noReceipt } from '../receipt.ts';
import { Fanout, logsReceiverType } from '../receiver.ts';
import { relabelRulesType } from '../relabel-rule.ts';
import { sameArguments } from '../same-arguments.ts';
import { SyslogListener } from '../syslog/syslog-listener.ts';
import {
  facilityNames,
  type ParseSyslogResult,
  parseRfc3164,
  parseRfc5424,
  type SyslogMessage,
  severityNames,
} from '../syslog/syslog-message.ts';

const messageLengthDefaultBytes = 8192;

const addressType = parsedType<{ host: string; port: number }>('address', { host: '', port: 0 }, (text) => {
  const address = parseEndpoint(text);
  return address === undefined ? { error: `${JSON.stringify(text)} is not host:port` } : { value: address };
});

const listenerSchema = schema({
  attributes: {
    address: required(addressType),
    protocol: optional(enumType('tcp', 'udp'), 'tcp'),
    idle_timeout: optional(durationType, 120_000),
    max_message_length: optional(byteSizeType, messageLengthDefaultBytes),
    labels: optional(mapType(stringType), new Map()),
    label_structured_data: optional(booleanType, false),
    use_incoming_timestamp: optional(booleanType, false),
    use_rfc5424_message: optional(booleanType, false),
    syslog_format: optional(enumType('rfc5424', 'rfc3164', 'raw'), 'rfc5424'),
    rfc3164_default_to_current_year: optional(booleanType, false),
    rfc5424_allow_empty_msg: optional(booleanType, false),
    // Sizes of Alloy's own buffers. Ours are bounded by constants.
    udp_queue_size: optional(integerType, 10),
    udp_host_cache_size: optional(integerType, 128),
  },
  blocks: {
    tls_config: block(tlsSchema),
    raw_format_options: block(schema({ attributes: { use_null_terminator_delimiter: optional(booleanType, false) } })),
    rfc3164_cisco_components: unsupportedBlock(
      'Cordwood has no reader for the headers of Cisco devices; use syslog_format = "raw"',
    ),
  },
  validate(args, report) {
    if (args.protocol === 'udp' && args.tls_config !== undefined)
      report('tls_config', 'TLS is for tcp', 'Remove tls_config, or set protocol = "tcp".');
  },
});
type ListenerArguments = ArgumentsOf<typeof listenerSchema>;

const argumentSchema = schema({
  attributes: {
    forward_to: required(listType(logsReceiverType)),
    relabel_rules: optional(relabelRulesType, undefined),
  },
  blocks: { listener: blocks(listenerSchema) },
  validate(args, report) {
    if (args.listener.length === 0)
      report(undefined, 'at least one listener is required', 'Add listener { address = "..." }.');
  },
});
type Arguments = ArgumentsOf<typeof argumentSchema>;

/**
 * Takes syslog messages over TCP (also with TLS) and UDP. A sender of syslog never learns whether a message arrived, so nothing
 * can be promised about it; a stream is read no faster than the pipeline takes it.
 */
export const lokiSourceSyslog: ComponentDefinition<Arguments> = {
  name: 'loki.source.syslog',
  stability: 'generally-available',
  schema: argumentSchema,
  exports: [],
  create: (context) => new LokiSourceSyslog(context),
};

/** A name service that does not answer must not stop the pipeline. */
const lookupTimeoutMs = 1000;
/** Host names that are remembered. */
const hostsMax = 10_000;

class LokiSourceSyslog implements Component<Arguments> {
  readonly exports = new Map();
  readonly #context: ComponentContext;
  readonly #fanout: Fanout;
  readonly #resolver = new Resolver({ timeout: lookupTimeoutMs, tries: 1 });
  readonly #hosts = new Map<string, string>();
  readonly #labelSets = new LabelSetCache();
  #listeners: SyslogListener[] = [];
  #args: Arguments | undefined;
  #started = false;
  #problem: string | undefined;
  #changing: Promise<void> = Promise.resolve();

  constructor(context: ComponentContext) {
    this.#context = context;
    this.#fanout = new Fanout(context.metrics);
  }

  update(args: Arguments): readonly Problem[] | undefined {
    const before = this.#args;
    this.#args = args;
    this.#fanout.set(args.forward_to);
    if (this.#started && !sameArguments(before?.listener, args.listener)) {
      this.#changing = this.#changing.then(() => this.#close()).then(() => this.#listen());
    }
    return undefined;
  }

  start(): void {
    this.#started = true;
    this.#changing = this.#listen();
  }

  async #listen(): Promise<void> {
    this.#problem = undefined;
    for (const args of this.#args!.listener) {
      const { host, port } = args.address;
      const listener = new SyslogListener({
        protocol: args.protocol,
        host,
        port,
        tls: args.tls_config,
        idleTimeoutMs: args.idle_timeout,
        // 0 means the default, as in what `alloy convert` writes.
        messageBytesMax: args.max_message_length || messageLengthDefaultBytes,
        raw: args.syslog_format === 'raw',
        nulDelimited: args.raw_format_options?.use_null_terminator_delimiter ?? false,
        onMessages: (messages, peer) => this.#take(messages, peer, args),
        onBadFrame: (reason, peer) => this.#bad(reason, peer),
        onDropped: () => this.#count('loki_source_syslog_dropped_total', 'Datagrams for which there was no room'),
      });
      try {
        await listener.listen();
        this.#listeners.push(listener);
        this.#context.log('info', 'syslog listener', { address: `${host}:${listener.port}`, protocol: args.protocol });
      } catch (cause) {
        this.#problem = (cause as Error).message;
        this.#context.log('error', 'cannot listen for syslog', { error: this.#problem });
      }
    }
  }

  async #take(messages: readonly string[], peer: string, args: ListenerArguments): Promise<void> {
    const host = this.#needsHost() ? await this.#hostOf(peer) : '';
    const entries: LogEntry[] = [];
    for (const text of messages) {
      const entry = this.#entry(text, peer, host, args);
      if (entry !== undefined) entries.push(entry);
    }
    if (entries.length === 0) return;
    this.#count(
      'loki_source_syslog_entries_total',
      'Total number of successful entries sent to the syslog target',
      entries.length,
    );
    await this.#fanout.consume(entries);
  }

  #entry(text: string, peer: string, host: string, args: ListenerArguments): LogEntry | undefined {
    const nowNs = this.#context.clock.nowNs();
    const labels = new Map(args.labels);
    labels.set('__syslog_connection_ip_address', peer);
    labels.set('__syslog_connection_hostname', host);
    if (args.syslog_format === 'raw') return this.#labelled(labels, nowNs, text);
    const { message, error } = this.#parse(text, args, nowNs);
    if (message === undefined) {
      this.#bad(error, peer);
      return undefined;
    }
    if (message.message === undefined && !args.rfc5424_allow_empty_msg) {
      this.#count('loki_source_syslog_empty_messages_total', 'Total number of empty messages received');
      return undefined;
    }
    messageLabels(message, args.label_structured_data, labels);
    const line = args.use_rfc5424_message && args.syslog_format === 'rfc5424' ? text : (message.message ?? '');
    return this.#labelled(labels, args.use_incoming_timestamp ? (message.timestampNs ?? nowNs) : nowNs, line);
  }

  #parse(text: string, args: ListenerArguments, nowNs: bigint): ParseSyslogResult {
    if (args.syslog_format === 'rfc5424') return parseRfc5424(text);
    const { rfc3164_default_to_current_year: hasYear } = args;
    const parsed = parseRfc3164(text, new Date(Number(nowNs / 1_000_000n)).getUTCFullYear());
    // Alloy makes it the year 0 then, for which Loki refuses the whole batch: such an entry gets the time of its arrival.
    return hasYear || parsed.message === undefined || parsed.hasYear
      ? parsed
      : { message: { ...parsed.message, timestampNs: undefined } };
  }

  /** Undefined when a rule drops it. */
  #labelled(labels: ReadonlyMap<string, string>, timestampNs: bigint, line: string): LogEntry | undefined {
    const { relabel_rules: rules } = this.#args!;
    const all = createLabels([...labels].filter(([, value]) => value !== ''));
    const changed = rules === undefined ? all : relabel(all, rules);
    if (changed === undefined) return undefined;
    const visible = changed.filter(({ name }) => !name.startsWith('__'));
    return LogEntry.ofText(this.#labelSets.get(visible), timestampNs, noReceipt, line);
  }

  /** The name service is asked only when a rule looks at its answer. */
  #needsHost(): boolean {
    const rules: readonly RelabelRule[] = this.#args!.relabel_rules ?? [];
    return rules.some(
      (rule) => rule.action === 'labelmap' || rule.source_labels.includes('__syslog_connection_hostname'),
    );
  }

  async #hostOf(peer: string): Promise<string> {
    const known = this.#hosts.get(peer);
    if (known !== undefined) return known;
    const names = await this.#resolver.reverse(peer).catch(() => []);
    if (this.#hosts.size >= hostsMax) this.#hosts.clear();
    const host = (names[0] ?? '').replace(/\.$/, '');
    this.#hosts.set(peer, host);
    return host;
  }

  #bad(reason: string, peer: string): void {
    this.#count(
      'loki_source_syslog_parsing_errors_total',
      'Total number of parsing errors while receiving syslog messages',
    );
    this.#context.log('debug', 'a syslog message cannot be read', { peer, error: reason });
  }

  #count(name: string, help: string, count = 1): void {
    this.#context.metrics.counter(name, help).add(count);
  }

  async stop(): Promise<void> {
    await this.#changing;
    await this.#close();
  }

  async #close(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.close()));
    this.#listeners = [];
  }

  health(): string | undefined {
    return this.#problem;
  }
}

function messageLabels(message: SyslogMessage, withData: boolean, labels: Map<string, string>): void {
  labels.set('__syslog_message_severity', severityNames[message.severity]!);
  labels.set('__syslog_message_facility', facilityNames[message.facility]!);
  labels.set('__syslog_message_hostname', message.hostname ?? '');
  labels.set('__syslog_message_app_name', message.appName ?? '');
  labels.set('__syslog_message_proc_id', message.procId ?? '');
  labels.set('__syslog_message_msg_id', message.msgId ?? '');
  if (!withData) return;
  for (const { id, params } of message.structuredData) {
    for (const [name, value] of params)
      labels.set(`__syslog_message_sd_${id}_${name}`.replace(/[^a-zA-Z0-9_]/g, '_'), value);
  }
}
