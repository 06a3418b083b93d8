import { join } from 'node:path';
import {
  type ArgumentsOf,
  block,
  blocks,
  blockWithDefaults,
  booleanType,
  durationType,
  integerType,
  mapType,
  optional,
  required,
  schema,
  stringType,
  unsupported,
  unsupportedBlock,
} from '@cordwood/alloy';
import type { Sample } from '../../codec/write-request.ts';
import type { Component, ComponentContext, ComponentDefinition, Problem } from '../component.ts';
import { HttpClient } from '../http/client.ts';
import { checkClient, clientAttributes, clientBlocks, urlType } from '../http/client-arguments.ts';
import { RemoteWriteEndpoint } from '../prometheus/remote-write-endpoint.ts';
import { type SamplesReceiver, samplesReceiverValue } from '../prometheus/samples-receiver.ts';
import { ruleBlocks } from '../relabel-rule.ts';
import { BatchSpool } from './batch-spool.ts';

const queueSchema = schema({
  attributes: {
    // One request at a time keeps the order of samples, so there is one shard.
    capacity: optional(integerType, 10_000),
    min_shards: optional(integerType, 1),
    max_shards: optional(integerType, 50),
    max_samples_per_send: optional(integerType, 2000),
    batch_send_deadline: optional(durationType, 5000),
    min_backoff: optional(durationType, 30),
    max_backoff: optional(durationType, 5000),
    retry_on_http_429: optional(booleanType, true),
    sample_age_limit: unsupported(durationType, 0, 'samples are sent until they are taken'),
  },
});

const notSent = 'Cordwood sends samples only';

const endpointSchema = schema({
  attributes: {
    url: required(urlType),
    name: optional(stringType, ''),
    remote_timeout: optional(durationType, 30_000),
    headers: optional(mapType(stringType), new Map()),
    // There is nothing of the kind in the text format that is scraped.
    send_exemplars: optional(booleanType, true),
    send_native_histograms: unsupported(booleanType, false, notSent),
    ...clientAttributes,
  },
  blocks: {
    queue_config: blockWithDefaults(queueSchema),
    write_relabel_config: ruleBlocks,
    // Metadata (help and type) is not part of what remote write 1.0 needs.
    metadata_config: block(
      schema({
        attributes: {
          send: optional(booleanType, true),
          send_interval: optional(durationType, 60_000),
          max_samples_per_send: optional(integerType, 2000),
        },
      }),
    ),
    sigv4: unsupportedBlock('Cordwood does not sign requests for AWS'),
    azuread: unsupportedBlock('Cordwood has no Azure AD client'),
    ...clientBlocks,
  },
  validate: checkClient,
});

const argumentSchema = schema({
  attributes: { external_labels: optional(mapType(stringType), new Map()) },
  blocks: {
    endpoint: blocks(endpointSchema),
    // Accepted: requests are on disk until they are taken, whatever their age.
    wal: block(
      schema({
        attributes: {
          truncate_frequency: optional(durationType, 2 * 3_600_000),
          min_keepalive_time: optional(durationType, 5 * 60_000),
          max_keepalive_time: optional(durationType, 8 * 3_600_000),
        },
      }),
    ),
  },
  validate(args, report) {
    if (args.endpoint.length === 0)
      report(undefined, 'at least one endpoint is required', 'Add endpoint { url = "..." }.');
    const names = args.endpoint.map((endpoint) => endpoint.name || endpoint.url.href);
    if (new Set(names).size < names.length) report('endpoint', 'two endpoints have the same name', 'Give them names.');
  },
});
type Arguments = ArgumentsOf<typeof argumentSchema>;

/** Bytes of requests on disk that an endpoint keeps while its receiver is away. */
const spoolBytesMax = 256 * 1024 * 1024;

/** Sends samples to Prometheus and what speaks its remote write protocol. */
export const prometheusRemoteWrite: ComponentDefinition<Arguments> = {
  name: 'prometheus.remote_write',
  stability: 'generally-available',
  schema: argumentSchema,
  exports: ['receiver'],
  create: (context) => new PrometheusRemoteWrite(context),
};

class PrometheusRemoteWrite implements Component<Arguments>, SamplesReceiver {
  readonly componentId: string;
  readonly exports;
  readonly #context: ComponentContext;
  #endpoints: readonly RemoteWriteEndpoint[] = [];
  #started = false;

  constructor(context: ComponentContext) {
    this.componentId = context.id;
    this.#context = context;
    this.exports = new Map([['receiver', samplesReceiverValue(this)]]);
  }

  update(args: Arguments): readonly Problem[] | undefined {
    const old = this.#endpoints;
    this.#endpoints = args.endpoint.map((endpoint) => this.#create(endpoint, args));
    if (!this.#started) return undefined;
    // The old ones put what they hold on disk, where the new ones find it.
    const stopped = Promise.all(old.map((endpoint) => endpoint.stop(AbortSignal.abort())));
    const started = this.#endpoints;
    void stopped.then(() => {
      for (const endpoint of started) endpoint.start();
    });
    return undefined;
  }

  #create(endpoint: Arguments['endpoint'][number], args: Arguments): RemoteWriteEndpoint {
    const { clock, disk, dataDirectory, environment } = this.#context;
    const name = endpoint.name || endpoint.url.host;
    const queue = endpoint.queue_config;
    return new RemoteWriteEndpoint(
      {
        url: endpoint.url,
        name,
        headers: endpoint.headers,
        timeoutMs: endpoint.remote_timeout,
        samplesPerSend: queue.max_samples_per_send,
        deadlineMs: queue.batch_send_deadline,
        minBackoffMs: queue.min_backoff,
        maxBackoffMs: queue.max_backoff,
        retryOn429: queue.retry_on_http_429,
        externalLabels: args.external_labels,
        rules: endpoint.write_relabel_config,
        userAgent: `Cordwood/${environment.version}`,
      },
      this.#context,
      new HttpClient(endpoint, clock),
      new BatchSpool(disk, join(dataDirectory, 'buffer', name.replace(/[^A-Za-z0-9_.-]/g, '_')), spoolBytesMax),
    );
  }

  async consumeSamples(samples: readonly Sample[]): Promise<void> {
    for (const endpoint of this.#endpoints) endpoint.add(samples);
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
