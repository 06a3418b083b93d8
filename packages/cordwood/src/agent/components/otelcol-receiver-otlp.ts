import {
  type ArgumentsOf,
  block,
  booleanType,
  byteSizeType,
  durationType,
  integerType,
  listType,
  optional,
  schema,
  stringType,
} from '@cordwood/alloy';
import { decodeOtlpLogs, decodeOtlpLogsJson, type OtlpLogs } from '../../codec/otlp-logs.ts';
import type { Component, ComponentContext, ComponentDefinition, Problem } from '../component.ts';
import type { LoadedNode } from '../module.ts';
import { type OtlpLogsConsumer, recordCount } from '../otelcol/logs-consumer.ts';
import { createOtlpGrpcServer } from '../otelcol/otlp-grpc-server.ts';
import { createOtlpHttpServer } from '../otelcol/otlp-http-server.ts';
import { forwardLogs, outputBlock } from '../otelcol/output.ts';
import { serverTls, serverTlsSchema } from '../otelcol/tls-arguments.ts';
import { sameArguments } from '../same-arguments.ts';
import { deliveryTimeoutMs, whenDelivered } from '../when-delivered.ts';

const mib = 1024 * 1024;

const serverParameters = schema({
  attributes: {
    max_connection_idle: optional(durationType, 0),
    max_connection_age: optional(durationType, 0),
    max_connection_age_grace: optional(durationType, 0),
    time: optional(durationType, 2 * 3_600_000),
    timeout: optional(durationType, 20_000),
  },
});

const enforcementPolicy = schema({
  attributes: { min_time: optional(durationType, 5 * 60_000), permit_without_stream: optional(booleanType, false) },
});

const keepaliveSchema = schema({
  blocks: { server_parameters: block(serverParameters), enforcement_policy: block(enforcementPolicy) },
});

const corsSchema = schema({
  attributes: {
    allowed_origins: optional(listType(stringType), []),
    allowed_headers: optional(listType(stringType), []),
    max_age: optional(integerType, 0),
  },
});

const grpcSchema = schema({
  attributes: {
    endpoint: optional(stringType, '0.0.0.0:4317'),
    transport: optional(stringType, 'tcp'),
    max_recv_msg_size: optional(byteSizeType, 4 * mib),
    max_concurrent_streams: optional(integerType, 0),
    // Sizes of buffers below the protocol: they change speed only.
    read_buffer_size: optional(byteSizeType, 512 * 1024),
    write_buffer_size: optional(byteSizeType, 32 * 1024),
    // Only metadata_keys of a batch processor and otelcol.auth look at it, which are refused.
    include_metadata: optional(booleanType, false),
  },
  blocks: { tls: block(serverTlsSchema), keepalive: block(keepaliveSchema) },
});

const httpSchema = schema({
  attributes: {
    endpoint: optional(stringType, '0.0.0.0:4318'),
    logs_url_path: optional(stringType, '/v1/logs'),
    metrics_url_path: optional(stringType, '/v1/metrics'),
    traces_url_path: optional(stringType, '/v1/traces'),
    max_request_body_size: optional(byteSizeType, 20 * mib),
    // Only metadata_keys of a batch processor and otelcol.auth look at it, which are refused.
    include_metadata: optional(booleanType, false),
    idle_timeout: optional(durationType, 60_000),
    read_header_timeout: optional(durationType, 60_000),
    write_timeout: optional(durationType, 30_000),
  },
  blocks: { tls: block(serverTlsSchema), cors: block(corsSchema) },
});

const argumentSchema = schema({
  blocks: {
    grpc: block(grpcSchema),
    http: block(httpSchema),
    output: outputBlock,
  },
});
type Arguments = ArgumentsOf<typeof argumentSchema>;

/** Where the receivers of a configuration listen: `gRPC 127.0.0.1:4317`. */
export function otlpEndpoints(nodes: readonly LoadedNode[]): string[] {
  return nodes
    .filter(({ node }) => node.definition === otelcolReceiverOtlp)
    .flatMap((loaded) => {
      const { grpc, http } = loaded.arguments as Arguments;
      return [...(grpc ? [`gRPC ${grpc.endpoint}`] : []), ...(http ? [`HTTP ${http.endpoint}`] : [])];
    });
}

/**
 * Receives OTLP logs over HTTP and gRPC.
 *
 * A request is acknowledged when its entries have been delivered, not when they were read: Alloy answers before, and what it
 * holds in memory is lost in a crash. A client that gets no answer in time sends again, and the store knows what it has.
 */
export const otelcolReceiverOtlp: ComponentDefinition<Arguments> = {
  name: 'otelcol.receiver.otlp',
  stability: 'generally-available',
  schema: argumentSchema,
  exports: [],
  create: (context) => new OtlpReceiver(context),
};

interface Listener {
  listen(): Promise<unknown>;
  close(): Promise<void>;
}

class OtlpReceiver implements Component<Arguments> {
  readonly exports = new Map();
  readonly #context: ComponentContext;
  #args: Arguments | undefined;
  #consumers: readonly OtlpLogsConsumer[] = [];
  #listeners: Listener[] = [];
  #started = false;
  #stopping = false;
  #problem: string | undefined;
  #changing: Promise<void> = Promise.resolve();
  #closing: Promise<void> = Promise.resolve();
  readonly #abort = new AbortController();

  constructor(context: ComponentContext) {
    this.#context = context;
  }

  update(args: Arguments): readonly Problem[] | undefined {
    for (const endpoint of [args.grpc?.endpoint, args.http?.endpoint]) {
      if (endpoint !== undefined && splitEndpoint(endpoint) === undefined)
        return [{ message: `endpoint ${JSON.stringify(endpoint)} is not host:port` }];
    }
    this.#consumers = args.output.logs;
    const before = this.#args;
    this.#args = args;
    const same = before !== undefined && sameArguments([before.grpc, before.http], [args.grpc, args.http]);
    if (this.#started && !same) this.#relisten();
    return undefined;
  }

  start(): void {
    this.#started = true;
    this.#relisten();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    // Not awaited: requests in flight are answered when the components behind this one, which stop later, have delivered.
    this.#closing = this.#changing.then(() => this.#closeAll());
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#closing;
  }

  health(): string | undefined {
    return this.#problem;
  }

  #relisten(): void {
    this.#changing = this.#changing.then(async () => {
      await this.#closeAll();
      if (this.#stopping) return;
      this.#problem = undefined;
      const args = this.#args!;
      const listening = this.#listen(args).then(() => {
        this.#context.log('info', 'OTLP is received', {
          ...(args.grpc ? { grpc: args.grpc.endpoint } : {}),
          ...(args.http ? { http: args.http.endpoint } : {}),
        });
      });
      await listening.catch((error: NodeJS.ErrnoException) => {
        const reason = error.code === 'EADDRINUSE' ? `${error.message}: another process listens there` : error.message;
        this.#problem = reason;
        this.#context.log('error', 'OTLP is not received', { component: this.#context.id, error: reason });
      });
    });
  }

  async #closeAll(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.close()));
    this.#listeners = [];
  }

  async #listen({ grpc, http }: Arguments): Promise<void> {
    if (http !== undefined) {
      const server = await createOtlpHttpServer({
        ...splitEndpoint(http.endpoint)!,
        logsPath: http.logs_url_path,
        bodyBytesMax: http.max_request_body_size,
        tls: serverTls(http.tls),
        cors: http.cors && {
          origins: http.cors.allowed_origins,
          headers: http.cors.allowed_headers,
          maxAgeSeconds: http.cors.max_age,
        },
        accept: (body, encoding) =>
          this.#accept(encoding === 'json' ? decodeOtlpLogsJson(body.toString('utf8')) : decodeOtlpLogs(body)),
      });
      await server.listen();
      this.#listeners.push(server);
    }
    if (grpc !== undefined) {
      const server = await createOtlpGrpcServer({
        ...splitEndpoint(grpc.endpoint)!,
        messageBytesMax: grpc.max_recv_msg_size,
        tls: serverTls(grpc.tls),
        channelOptions: channelOptions(grpc),
        accept: (body) => this.#accept(decodeOtlpLogs(body)),
      });
      await server.listen();
      this.#listeners.push(server);
    }
  }

  async #accept(decoded: {
    readonly logs?: OtlpLogs | undefined;
    readonly error?: string | undefined;
  }): Promise<{ error?: string }> {
    const { logs, error } = decoded;
    const { metrics } = this.#context;
    if (logs === undefined) {
      metrics
        .counter(
          'otelcol_receiver_refused_log_records',
          'Number of log records that could not be pushed into the pipeline.',
        )
        .add(1);
      return { error: error ?? 'the body cannot be read' };
    }
    const count = recordCount(logs);
    if (this.#stopping) throw new Error('the agent is stopping, send it again');
    const delivered = await whenDelivered(this.#context.clock, deliveryTimeoutMs, this.#abort.signal, (receipt) =>
      forwardLogs(this.#consumers, logs, receipt),
    );
    if (!delivered) throw new Error('not delivered in time, send it again');
    metrics
      .counter('otelcol_receiver_accepted_log_records', 'Number of log records successfully pushed into the pipeline.')
      .add(count);
    return {};
  }
}

function splitEndpoint(endpoint: string): { host: string; port: number } | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(endpoint);
  if (!match || Number(match[3]) > 65_535) return undefined;
  return { host: match[1] ?? (match[2] || '0.0.0.0'), port: Number(match[3]) };
}

/** Options of the gRPC library for arguments of Alloy. */
function channelOptions(grpc: ArgumentsOf<typeof grpcSchema>): Record<string, number> {
  const options: Record<string, number> = {};
  if (grpc.max_concurrent_streams > 0) options['grpc.max_concurrent_streams'] = grpc.max_concurrent_streams;
  const parameters = grpc.keepalive?.server_parameters;
  if (parameters === undefined) return options;
  const {
    max_connection_idle: idle,
    max_connection_age: age,
    max_connection_age_grace: grace,
    time,
    timeout,
  } = parameters;
  if (idle > 0) options['grpc.max_connection_idle_ms'] = idle;
  if (age > 0) options['grpc.max_connection_age_ms'] = age;
  if (grace > 0) options['grpc.max_connection_age_grace_ms'] = grace;
  options['grpc.keepalive_time_ms'] = time;
  options['grpc.keepalive_timeout_ms'] = timeout;
  return options;
}
