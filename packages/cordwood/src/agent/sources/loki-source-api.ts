import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type ArgumentsOf,
  block,
  booleanType,
  byteSizeType,
  durationType,
  integerType,
  listType,
  mapType,
  optional,
  required,
  schema,
  stringType,
  unsupportedBlock,
} from '@cordwood/alloy';
import { decodePushJson } from '../../codec/push-json.ts';
import { decodePushRequest } from '../../codec/push-request.ts';
import { decompressSnappy } from '../../codec/snappy.ts';
import { parseLabels } from '../../extract/labels-parser.ts';
import { relabel } from '../../extract/relabel.ts';
import type { PushStream } from '../../model/entry.ts';
import { createLabels, type Labels } from '../../model/labels.ts';
import type { Component, ComponentContext, ComponentDefinition, Problem } from '../component.ts';
import { readBody } from '../http/body.ts';
import { tlsSchema } from '../http/client-arguments.ts';
import { answerText, HttpServer } from '../http/server.ts';
import { LabelSet } from '../label-set.ts';
import { Chunk, LogEntry } from '../log-entry.ts';
import type { Receipt } from '../receipt.ts';
import { Fanout, logsReceiverType } from '../receiver.ts';
import { relabelRulesType } from '../relabel-rule.ts';
import { tenantLabel } from '../stages/tenant.ts';
import { deliveryTimeoutMs, whenDelivered } from '../when-delivered.ts';

const argumentSchema = schema({
  attributes: {
    forward_to: required(listType(logsReceiverType)),
    labels: optional(mapType(stringType), new Map()),
    relabel_rules: optional(relabelRulesType, undefined),
    use_incoming_timestamp: optional(booleanType, false),
    max_send_message_size: optional(byteSizeType, 100 * 1024 * 1024),
    graceful_shutdown_timeout: optional(durationType, 30_000),
  },
  blocks: {
    http: block(
      schema({
        attributes: {
          listen_address: optional(stringType, ''),
          listen_port: optional(integerType, 8080),
          conn_limit: optional(integerType, 0),
          server_read_timeout: optional(durationType, 30_000),
          server_write_timeout: optional(durationType, 30_000),
          server_idle_timeout: optional(durationType, 120_000),
        },
        blocks: { tls: block(tlsSchema) },
      }),
    ),
    grpc: unsupportedBlock('entries are pushed over HTTP'),
    tls: unsupportedBlock('give tls inside of http'),
  },
});
type Arguments = ArgumentsOf<typeof argumentSchema>;

/**
 * Takes pushes as a Loki does. Answers 204 when the entries are delivered, so that what was acknowledged is not lost; 503 when
 * that takes too long.
 */
export const lokiSourceApi: ComponentDefinition<Arguments> = {
  name: 'loki.source.api',
  stability: 'generally-available',
  schema: argumentSchema,
  exports: [],
  create: (context) => new LokiSourceApi(context),
};

class LokiSourceApi implements Component<Arguments> {
  readonly exports = new Map();
  readonly #context: ComponentContext;
  readonly #fanout: Fanout;
  readonly #abort = new AbortController();
  /** Labels as they come in -> as they go on; null when the stream is dropped. */
  readonly #labelSets = new Map<string, LabelSet | null>();
  #args: Arguments | undefined;
  #server: HttpServer | undefined;
  #problem: string | undefined;
  #listening: Promise<void> = Promise.resolve();
  #closing: Promise<void> = Promise.resolve();
  #started = false;

  constructor(context: ComponentContext) {
    this.#context = context;
    this.#fanout = new Fanout(context.metrics);
  }

  update(args: Arguments): readonly Problem[] | undefined {
    const before = this.#args?.http;
    this.#args = args;
    this.#fanout.set(args.forward_to);
    this.#labelSets.clear();
    if (this.#started && JSON.stringify(before) !== JSON.stringify(args.http)) {
      this.#listening = this.#listening.then(() => this.#server?.close()).then(() => this.#listen());
    }
    return undefined;
  }

  start(): void {
    this.#started = true;
    this.#listening = this.#listen();
  }

  async #listen(): Promise<void> {
    const http = this.#args!.http;
    const address = http?.listen_address || '0.0.0.0';
    try {
      this.#problem = undefined;
      this.#server = new HttpServer((request, response) => this.#answer(request, response));
      await this.#server.listen(address, http?.listen_port ?? 8080, http?.tls);
      this.#context.log('info', 'push API', { address: `${address}:${this.#server.port}` });
    } catch (cause) {
      this.#problem = (cause as Error).message;
      this.#context.log('error', 'cannot listen for pushes', { error: this.#problem });
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (request.method === 'GET' && pathname === '/ready') return answerText(response, 200, 'ready\n');
    const push = pathname === '/loki/api/v1/push' || pathname === '/api/v1/push';
    const raw = pathname === '/loki/api/v1/raw' || pathname === '/api/v1/raw';
    if (!push && !raw) return answerText(response, 404, '404 page not found\n');
    if (request.method !== 'POST') return answerText(response, 405, 'Method Not Allowed\n');
    if (this.#abort.signal.aborted) return answerText(response, 503, 'the agent is stopping\n');
    const { max_send_message_size: maxBytes } = this.#args!;
    const body = await readBody(request, maxBytes);
    if (body.error !== undefined)
      return answerText(response, body.status === 413 ? 400 : body.status, `${body.error}\n`);
    const tenant = String(request.headers['x-scope-orgid'] ?? '');
    const decoded = raw
      ? { entries: (receipt: Receipt) => this.#rawEntries(body.bytes, tenant, receipt) }
      : this.#decodePush(request, body.bytes, tenant);
    if ('error' in decoded) return answerText(response, 400, `${decoded.error}\n`);
    const delivered = await whenDelivered(this.#context.clock, deliveryTimeoutMs, this.#abort.signal, (receipt) =>
      this.#fanout.consume(decoded.entries(receipt)),
    );
    if (delivered) {
      response.writeHead(204);
      response.end();
      return;
    }
    response.setHeader('retry-after', '5');
    answerText(response, 503, 'the entries could not be delivered in time; try again\n');
  }

  #decodePush(
    request: IncomingMessage,
    bytes: Buffer,
    tenant: string,
  ): { error: string } | { entries: (receipt: Receipt) => LogEntry[] } {
    const isJson =
      String(request.headers['content-type'] ?? '')
        .split(';')[0]!
        .trim() === 'application/json';
    let plain = bytes;
    // A protobuf push is snappy by itself; readBody has taken it off if the header said so.
    if (!isJson && String(request.headers['content-encoding'] ?? '').toLowerCase() !== 'snappy') {
      const result = decompressSnappy(bytes, this.#args!.max_send_message_size);
      if (result.bytes === undefined) return { error: result.error };
      plain = result.bytes;
    }
    const result = isJson ? decodePushJson(plain, parseLabels) : decodePushRequest(plain, parseLabels);
    if (result.streams === undefined) return { error: result.error };
    const { streams } = result;
    return { entries: (receipt) => this.#pushEntries(streams, tenant, receipt) };
  }

  #pushEntries(streams: readonly PushStream[], tenant: string, receipt: Receipt): LogEntry[] {
    const out: LogEntry[] = [];
    const incoming = this.#args!.use_incoming_timestamp;
    let nowNs = this.#context.clock.nowNs();
    for (const { labels, entries } of streams) {
      const set = this.#labels(labels, tenant);
      if (set === null) continue;
      const { bytes } = entries;
      const chunk = new Chunk(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      for (let row = 0; row < entries.rowCount; row++) {
        const entry = LogEntry.ofChunk(set, 0, 0, receipt, chunk, entries.lineStarts[row]!, entries.lineEnds[row]!);
        entry.setTimestampNs(incoming ? entries.timestampsNs[row]! : nowNs++);
        const metadata = entries.structuredMetadata?.[row];
        if (metadata !== undefined && metadata.length > 0) entry.structuredMetadata = metadata;
        out.push(entry);
      }
    }
    return out;
  }

  /** One entry per line that is not blank, with the fixed labels only. */
  #rawEntries(body: Buffer, tenant: string, receipt: Receipt): LogEntry[] {
    const set = this.#labels([], tenant);
    let nowNs = this.#context.clock.nowNs();
    if (set === null) return [];
    const lines = body
      .toString()
      .split('\n')
      .map((line) => line.replace(/\r$/, ''));
    return lines.filter((line) => line.trim() !== '').map((line) => LogEntry.ofText(set, nowNs++, receipt, line));
  }

  #labels(labels: Labels, tenant: string): LabelSet | null {
    const key = `${tenant}\0${LabelSet.of(labels).text()}`;
    let set = this.#labelSets.get(key);
    if (set === undefined) {
      set = this.#relabel(labels, tenant);
      if (this.#labelSets.size >= labelSetsMax) this.#labelSets.clear();
      this.#labelSets.set(key, set);
    }
    return set;
  }

  #relabel(labels: Labels, tenant: string): LabelSet | null {
    const { labels: fixed, relabel_rules: rules } = this.#args!;
    const all = createLabels([...labels.map(({ name, value }) => [name, value] as const), ...fixed]);
    const changed = rules === undefined ? all : relabel(all, rules);
    const visible = changed?.filter(({ name }) => !name.startsWith('__')) ?? [];
    if (visible.length === 0) return null;
    const set = LabelSet.of(visible);
    return tenant === '' ? set : set.with(tenantLabel, tenant);
  }

  async stop(): Promise<void> {
    // Not awaited: requests in flight are answered when the components behind this one have delivered.
    this.#closing = this.#listening.then(() => this.#server?.close());
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#closing;
  }

  health(): string | undefined {
    return this.#problem;
  }
}

const labelSetsMax = 10_000;
