import { join } from 'node:path';
import {
  type ArgumentsOf,
  block,
  blocks,
  booleanType,
  byteSizeType,
  durationType,
  integerType,
  mapType,
  optional,
  required,
  schema,
  stringType,
  unsupported,
} from '@cordwood/alloy';
import type { Component, ComponentContext, ComponentDefinition, Problem } from '../component.ts';
import { HttpClient } from '../http/client.ts';
import { checkClient, clientAttributes, clientBlocks, urlType } from '../http/client-arguments.ts';
import type { LogEntry } from '../log-entry.ts';
import { type LogsReceiver, receiverValue } from '../receiver.ts';
import { BatchSpool } from './batch-spool.ts';
import { PushEndpoint } from './push-endpoint.ts';

const queueSchema = schema({
  attributes: {
    capacity: optional(byteSizeType, 10 * 1024 * 1024),
    min_shards: unsupported(integerType, 1, 'an endpoint sends one batch at a time, which keeps the order of entries'),
    drain_timeout: optional(durationType, 15_000),
    block_on_overflow: optional(booleanType, true),
  },
});

const endpointSchema = schema({
  attributes: {
    url: required(urlType),
    name: optional(stringType, ''),
    batch_wait: optional(durationType, 1000),
    batch_size: optional(byteSizeType, 1024 * 1024),
    remote_timeout: optional(durationType, 10_000),
    headers: optional(mapType(stringType), new Map()),
    min_backoff_period: optional(durationType, 500),
    max_backoff_period: optional(durationType, 5 * 60_000),
    max_backoff_retries: optional(integerType, 0),
    tenant_id: optional(stringType, ''),
    retry_on_http_429: optional(booleanType, true),
    ...clientAttributes,
  },
  blocks: { queue_config: block(queueSchema), ...clientBlocks },
  validate(args, report) {
    checkClient(args, report);
    if (args.batch_size <= 0) report('batch_size', 'batch_size must be greater than 0');
    if (args.max_backoff_retries < 0) report('max_backoff_retries', 'max_backoff_retries must not be negative');
  },
});

const walSchema = schema({
  attributes: {
    enabled: optional(booleanType, false),
    max_segment_age: optional(durationType, 3_600_000),
    min_read_frequency: optional(durationType, 250),
    max_read_frequency: optional(durationType, 1000),
    drain_timeout: optional(durationType, 15_000),
  },
});

const argumentSchema = schema({
  attributes: {
    external_labels: optional(mapType(stringType), new Map()),
    max_streams: optional(integerType, 0),
  },
  blocks: { endpoint: blocks(endpointSchema), wal: block(walSchema) },
  validate(args, report) {
    if (args.endpoint.length === 0)
      report(undefined, 'at least one endpoint is required', 'Add endpoint { url = "..." }.');
    const names = args.endpoint.map((endpoint) => endpoint.name || endpoint.url.href);
    if (new Set(names).size < names.length) report('endpoint', 'two endpoints have the same name', 'Give them names.');
  },
});
type Arguments = ArgumentsOf<typeof argumentSchema>;
type EndpointArguments = Arguments['endpoint'][number];

/** Bytes that an endpoint keeps on disk while its server is away; beyond it the sources wait. */
const spoolBytesMax = 1024 * 1024 * 1024;

/**
 * Sends entries to one or more Lokis.
 *
 * Two deliberate differences from Alloy. A batch is sent until it is taken (Alloy gives up after ten sends unless
 * `max_backoff_retries` says otherwise): positions have not advanced, so waiting loses nothing. And with more than one endpoint,
 * or with `wal`, an endpoint whose server is away keeps its batches on disk, so it does not stop the others.
 */
export const lokiWrite: ComponentDefinition<Arguments> = {
  name: 'loki.write',
  stability: 'generally-available',
  schema: argumentSchema,
  exports: ['receiver'],
  create: (context) => new LokiWrite(context),
};

class LokiWrite implements Component<Arguments>, LogsReceiver {
  readonly componentId: string;
  readonly exports;
  readonly #context: ComponentContext;
  #endpoints: readonly PushEndpoint[] = [];
  #started = false;

  constructor(context: ComponentContext) {
    this.componentId = context.id;
    this.#context = context;
    this.exports = new Map([['receiver', receiverValue(this)]]);
  }

  update(args: Arguments): readonly Problem[] | undefined {
    const buffered = args.endpoint.length > 1 || args.wal?.enabled === true;
    const old = this.#endpoints;
    this.#endpoints = args.endpoint.map((endpoint) => this.#create(endpoint, args, buffered));
    if (!this.#started) return undefined;
    for (const endpoint of this.#endpoints) endpoint.start();
    // What the old ones hold is sent to where it was meant to go.
    for (const endpoint of old) void endpoint.stop(new AbortController().signal);
    return undefined;
  }

  #create(endpoint: EndpointArguments, args: Arguments, buffered: boolean): PushEndpoint {
    const name = endpoint.name || endpoint.url.host;
    const directory = join(this.#context.dataDirectory, 'buffer', name.replace(/[^A-Za-z0-9_.-]/g, '_'));
    const queue = endpoint.queue_config;
    return new PushEndpoint(
      {
        name,
        url: endpoint.url,
        batchWaitMs: endpoint.batch_wait,
        batchSizeBytes: endpoint.batch_size,
        remoteTimeoutMs: endpoint.remote_timeout,
        headers: endpoint.headers,
        minBackoffMs: endpoint.min_backoff_period,
        maxBackoffMs: endpoint.max_backoff_period,
        sendsMax: endpoint.max_backoff_retries,
        tenantId: endpoint.tenant_id,
        retryOn429: endpoint.retry_on_http_429,
        capacityBytes: queue?.capacity ?? 10 * 1024 * 1024,
        blockOnOverflow: queue?.block_on_overflow ?? true,
        externalLabels: args.external_labels,
        streamsMax: args.max_streams,
        userAgent: `Cordwood/${this.#context.environment.version}`,
      },
      this.#context,
      new HttpClient(endpoint, this.#context.clock),
      buffered ? new BatchSpool(this.#context.disk, directory, spoolBytesMax) : undefined,
    );
  }

  async consume(entries: readonly LogEntry[]): Promise<void> {
    for (const endpoint of this.#endpoints) await endpoint.consume(entries);
  }

  start(): void {
    this.#started = true;
    for (const endpoint of this.#endpoints) endpoint.start();
  }

  async stop(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#endpoints.map((endpoint) => endpoint.stop(signal)));
  }

  health(): string | undefined {
    return this.#endpoints.map((endpoint) => endpoint.problem).find((problem) => problem !== undefined);
  }
}
