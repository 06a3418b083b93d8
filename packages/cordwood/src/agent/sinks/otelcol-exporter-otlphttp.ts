import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import {
  type ArgumentsOf,
  block,
  blockWithDefaults,
  booleanType,
  byteSizeType,
  durationType,
  enumType,
  integerType,
  mapType,
  nullableType,
  numberType,
  optional,
  requiredBlock,
  schema,
  stringType,
  unsupported,
  unsupportedBlock,
} from '@cordwood/alloy';
import { encodeOtlpLogs, type OtlpLogs } from '../../codec/otlp-logs.ts';
import { sleep } from '../../world/clock.ts';
import type { Component, ComponentContext, ComponentDefinition } from '../component.ts';
import { HttpClient } from '../http/client.ts';
import { plainClient, urlType } from '../http/client-arguments.ts';
import { otelcolAuthType } from '../otelcol/auth.ts';
import { type OtlpLogsConsumer, otelcolConsumerValue, recordCount } from '../otelcol/logs-consumer.ts';
import { clientTls, clientTlsSchema } from '../otelcol/tls-arguments.ts';
import type { Receipt } from '../receipt.ts';
import { retryAfterMs } from './backoff.ts';

const notConfigurable = 'connections are kept by Node';

const clientSchema = schema({
  attributes: {
    endpoint: optional(stringType, ''),
    timeout: optional(durationType, 30_000),
    compression: optional(enumType('gzip', 'none', ''), 'gzip'),
    headers: optional(mapType(stringType), new Map()),
    auth: optional(nullableType(otelcolAuthType), undefined),
    read_buffer_size: optional(byteSizeType, 0),
    write_buffer_size: optional(byteSizeType, 512 * 1024),
    max_idle_conns: optional(integerType, 100),
    idle_conn_timeout: optional(durationType, 90_000),
    disable_keep_alives: unsupported(booleanType, false, notConfigurable),
    proxy_url: unsupported(stringType, '', 'Cordwood does not speak through a proxy'),
  },
  blocks: {
    tls: block(clientTlsSchema),
    compression_params: unsupportedBlock('the compression level'),
    cookies: unsupportedBlock('cookies'),
  },
});

const queueSchema = schema({
  attributes: {
    enabled: optional(booleanType, true),
    queue_size: optional(integerType, 1000),
    num_consumers: optional(integerType, 10),
    sizer: unsupported(stringType, 'requests', 'the queue counts requests'),
    block_on_overflow: optional(booleanType, true),
    wait_for_result: optional(booleanType, false),
    storage: unsupported(stringType, '', 'sources read again what was not delivered'),
  },
  blocks: { batch: unsupportedBlock('use otelcol.processor.batch') },
});

const retrySchema = schema({
  attributes: {
    enabled: optional(booleanType, true),
    initial_interval: optional(durationType, 5000),
    randomization_factor: optional(numberType, 0.5),
    multiplier: optional(numberType, 1.5),
    max_interval: optional(durationType, 30_000),
    max_elapsed_time: optional(durationType, 0),
  },
});

const argumentSchema = schema({
  attributes: {
    logs_endpoint: optional(stringType, ''),
    traces_endpoint: optional(stringType, ''),
    metrics_endpoint: optional(stringType, ''),
    encoding: unsupported(stringType, 'proto', 'only protobuf is sent'),
  },
  blocks: {
    client: requiredBlock(clientSchema),
    sending_queue: blockWithDefaults(queueSchema),
    retry_on_failure: blockWithDefaults(retrySchema),
    debug_metrics: block(schema({ attributes: { disable_high_cardinality_metrics: optional(booleanType, true) } })),
  },
  validate(args, report) {
    if (args.logs_endpoint === '' && args.client.endpoint === '')
      report('client', 'client endpoint or logs_endpoint is required');
    for (const url of [args.logs_endpoint, args.client.endpoint]) {
      const parsed = url === '' ? undefined : urlType.convert({ kind: 'string', value: url });
      if (parsed !== undefined && 'error' in parsed) report('client', parsed.error);
    }
  },
});
type Arguments = ArgumentsOf<typeof argumentSchema>;

/**
 * Sends log records to an OTLP endpoint, such as Loki's `/otlp`. Like `loki.write`, it tries until the records are taken unless
 * `max_elapsed_time` is given, and a full queue slows the sources down unless `block_on_overflow` is false.
 */
export const otelcolExporterOtlphttp: ComponentDefinition<Arguments> = {
  name: 'otelcol.exporter.otlphttp',
  stability: 'generally-available',
  schema: argumentSchema,
  exports: ['input'],
  create: (context) => new OtlpHttpExporter(context),
};

interface Queued {
  readonly body: Buffer;
  readonly count: number;
  readonly release: () => void;
}

class OtlpHttpExporter implements Component<Arguments>, OtlpLogsConsumer {
  readonly componentId: string;
  readonly exports;
  readonly #context: ComponentContext;
  readonly #abort = new AbortController();
  readonly #waiting: (() => void)[] = [];
  #args: Arguments | undefined;
  #client: HttpClient | undefined;
  #queue: Queued[] = [];
  #pumping: Promise<void> | undefined;
  #problem: string | undefined;

  constructor(context: ComponentContext) {
    this.componentId = context.id;
    this.#context = context;
    this.exports = new Map([['input', otelcolConsumerValue(this)]]);
  }

  update(args: Arguments): undefined {
    this.#args = args;
    this.#client?.close();
    this.#client = new HttpClient({ ...plainClient, tls_config: clientTls(args.client.tls) }, this.#context.clock);
  }

  start(): void {}

  async consumeLogs(logs: OtlpLogs, receipt: Receipt): Promise<void> {
    const { sending_queue: queue, client } = this.#args!;
    const encoded = encodeOtlpLogs(logs);
    const body = client.compression === 'gzip' ? await promisify(gzip)(encoded) : Buffer.from(encoded);
    const count = recordCount(logs);
    while (this.#queue.length >= queue.queue_size) {
      if (!queue.block_on_overflow) return this.#count('enqueue_failed', count);
      if (this.#abort.signal.aborted) return;
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    receipt.hold(0);
    this.#queue.push({ body, count, release: () => receipt.release(0) });
    this.#pumping ??= this.#pump().finally(() => {
      this.#pumping = undefined;
    });
  }

  async #pump(): Promise<void> {
    for (let next = this.#queue[0]; next !== undefined && !this.#abort.signal.aborted; next = this.#queue[0]) {
      if (!(await this.#deliver(next))) return;
      this.#queue.shift();
      next.release();
      for (const wake of this.#waiting.splice(0)) wake();
    }
  }

  /** False when the component stops before the batch is done with. */
  async #deliver(batch: Queued): Promise<boolean> {
    const { retry_on_failure: retry, client, logs_endpoint: logsEndpoint } = this.#args!;
    const { clock, log, random } = this.#context;
    const url = new URL(logsEndpoint || `${client.endpoint.replace(/\/$/, '')}/v1/logs`);
    const headers: Record<string, string> = Object.fromEntries(client.headers);
    for (const [name, value] of Object.entries(client.auth?.headers() ?? {})) headers[name] = value;
    headers['content-type'] = 'application/x-protobuf';
    if (client.compression === 'gzip') headers['content-encoding'] = 'gzip';
    const startedMs = clock.monotonicMs();
    for (
      let intervalMs = retry.initial_interval;
      ;
      intervalMs = Math.min(retry.max_interval, intervalMs * retry.multiplier)
    ) {
      let again = true;
      let pauseMs = 0;
      let problem: string;
      try {
        const response = await this.#client!.post(url, batch.body, headers, client.timeout, this.#abort.signal);
        if (response.status >= 200 && response.status < 300) {
          this.#problem = undefined;
          this.#count('sent', batch.count);
          return true;
        }
        problem = `server returned HTTP status ${response.status} (${response.body.toString('utf8', 0, 300)})`;
        again = [429, 502, 503, 504].includes(response.status);
        pauseMs = retryAfterMs(response.headers['retry-after'], Number(clock.nowNs() / 1_000_000n)) ?? 0;
      } catch (cause) {
        problem = (cause as Error).message;
      }
      if (this.#abort.signal.aborted) return false;
      this.#problem = problem;
      const expired = retry.max_elapsed_time > 0 && clock.monotonicMs() - startedMs >= retry.max_elapsed_time;
      if (!again || !retry.enabled || expired) {
        log('error', 'exporting failed, dropping data', { error: problem, dropped_items: batch.count });
        this.#count('send_failed', batch.count);
        return true;
      }
      const spread = intervalMs * retry.randomization_factor;
      const waitMs = Math.max(pauseMs, intervalMs - spread + random() * 2 * spread);
      log('warn', 'exporting failed, will retry', { error: problem, waitMs: Math.round(waitMs) });
      await sleep(clock, waitMs, this.#abort.signal);
    }
  }

  #count(what: 'sent' | 'send_failed' | 'enqueue_failed', count: number): void {
    this.#context.metrics
      .counter(`otelcol_exporter_${what}_log_records_total`, 'Number of log records, by what became of them.')
      .add(count, { exporter: 'otlphttp' });
  }

  async stop(signal: AbortSignal): Promise<void> {
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve());
    });
    await Promise.race([this.#pumping ?? Promise.resolve(), aborted]);
    this.#abort.abort();
    for (const wake of this.#waiting.splice(0)) wake();
    this.#client?.close();
  }

  health(): string | undefined {
    return this.#problem;
  }
}
