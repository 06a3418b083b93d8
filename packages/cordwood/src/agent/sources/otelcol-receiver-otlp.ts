import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type ArgumentsOf,
  block,
  booleanType,
  byteSizeType,
  durationType,
  integerType,
  listType,
  optional,
  parsedType,
  schema,
  stringType,
  unsupported,
  unsupportedBlock,
} from '@cordwood/alloy';
import {
  Server as GrpcServer,
  status as grpcStatus,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { decodeOtlpLogs, decodeOtlpLogsJson, type OtlpLogs, type OtlpLogsResult } from '../../codec/otlp-logs.ts';
import type { Component, ComponentContext, ComponentDefinition, Problem } from '../component.ts';
import { readBody } from '../http/body.ts';
import { tlsOptions } from '../http/client.ts';
import { tlsSchema } from '../http/client-arguments.ts';
import { answerText, HttpServer, parseEndpoint } from '../http/server.ts';
import type { LogsConsumer } from '../otel/logs-consumer.ts';
import { recordCount } from '../otel/logs-consumer.ts';
import { forwardLogs, outputBlock } from '../otel/output.ts';
import { deliveryTimeoutMs, whenDelivered } from '../when-delivered.ts';

const endpointType = parsedType('endpoint', '', (text) =>
  parseEndpoint(text) === undefined
    ? { error: `invalid endpoint ${JSON.stringify(text)}: host:port is needed` }
    : { value: text },
);
const noAuth = 'Cordwood has no otelcol.auth extensions';
/** Without effect here: buffers and connections are Node's. */
const ignored = {
  read_buffer_size: optional(byteSizeType, 512 * 1024),
  write_buffer_size: optional(byteSizeType, 0),
  include_metadata: optional(booleanType, false),
};

const grpcSchema = schema({
  attributes: {
    endpoint: optional(endpointType, '0.0.0.0:4317'),
    transport: unsupported(stringType, 'tcp', 'only TCP'),
    max_recv_msg_size: optional(byteSizeType, 4 * 1024 * 1024),
    max_concurrent_streams: optional(integerType, 0),
    auth: unsupported(stringType, '', noAuth),
    ...ignored,
  },
  blocks: { tls: block(tlsSchema), keepalive: unsupportedBlock('gRPC keepalive is not configurable') },
});

const httpSchema = schema({
  attributes: {
    endpoint: optional(endpointType, '0.0.0.0:4318'),
    logs_url_path: optional(stringType, '/v1/logs'),
    traces_url_path: optional(stringType, '/v1/traces'),
    metrics_url_path: optional(stringType, '/v1/metrics'),
    max_request_body_size: optional(byteSizeType, 20 * 1024 * 1024),
    compression_algorithms: optional(listType(stringType), []),
    idle_timeout: optional(durationType, 60_000),
    read_header_timeout: optional(durationType, 60_000),
    write_timeout: optional(durationType, 30_000),
    keep_alives_enabled: optional(booleanType, true),
    auth: unsupported(stringType, '', noAuth),
    ...ignored,
  },
  blocks: {
    tls: block(tlsSchema),
    cors: block(
      schema({
        attributes: {
          allowed_origins: optional(listType(stringType), []),
          allowed_headers: optional(listType(stringType), ['X-Requested-With']),
          max_age: optional(integerType, 0),
        },
      }),
    ),
  },
});

const argumentSchema = schema({
  blocks: {
    grpc: block(grpcSchema),
    http: block(httpSchema),
    output: outputBlock,
    debug_metrics: block(schema({ attributes: { disable_high_cardinality_metrics: optional(booleanType, true) } })),
  },
  validate(args, report) {
    if (args.grpc === undefined && args.http === undefined) {
      report(undefined, 'must specify at least one protocol when using the OTLP receiver', 'Add http { } or grpc { }.');
    }
  },
});
type Arguments = ArgumentsOf<typeof argumentSchema>;

/**
 * Takes OpenTelemetry logs over HTTP (protobuf, JSON) and gRPC. A client gets its acknowledgement when the records are
 * delivered, not when they are received.
 */
export const otelcolReceiverOtlp: ComponentDefinition<Arguments> = {
  name: 'otelcol.receiver.otlp',
  stability: 'generally-available',
  schema: argumentSchema,
  exports: [],
  create: (context) => new OtlpReceiver(context),
};

type Outcome = { readonly status: 'ok' } | { readonly status: 'retry' | 'invalid'; readonly message: string };

class OtlpReceiver implements Component<Arguments> {
  readonly exports = new Map();
  readonly #context: ComponentContext;
  #args: Arguments | undefined;
  #consumers: readonly LogsConsumer[] = [];
  #http: HttpServer | undefined;
  #grpc: GrpcServer | undefined;
  #problem: string | undefined;
  #listening: Promise<void> = Promise.resolve();
  #closing: Promise<void> = Promise.resolve();
  readonly #abort = new AbortController();
  #started = false;

  constructor(context: ComponentContext) {
    this.#context = context;
  }

  update(args: Arguments): readonly Problem[] | undefined {
    const before = this.#args;
    this.#args = args;
    this.#consumers = args.output.logs;
    const same =
      before !== undefined && JSON.stringify([before.grpc, before.http]) === JSON.stringify([args.grpc, args.http]);
    if (this.#started && !same)
      this.#listening = this.#listening.then(() => this.#closeServers()).then(() => this.#listen());
    return undefined;
  }

  start(): void {
    this.#started = true;
    this.#listening = this.#listen();
  }

  async #listen(): Promise<void> {
    this.#problem = undefined;
    const { http, grpc } = this.#args!;
    try {
      if (http !== undefined) {
        const { host, port } = parseEndpoint(http.endpoint)!;
        this.#http = new HttpServer((request, response) => this.#answerHttp(request, response));
        await this.#http.listen(host, port, http.tls);
        this.#context.log('info', 'OTLP over HTTP', { address: `${host}:${this.#http.port}` });
      }
      if (grpc !== undefined) await this.#listenGrpc(grpc);
    } catch (cause) {
      this.#problem = (cause as Error).message;
      this.#context.log('error', 'cannot listen for OTLP', { error: this.#problem });
    }
  }

  async #listenGrpc(args: NonNullable<Arguments['grpc']>): Promise<void> {
    const server = new GrpcServer({
      'grpc.max_receive_message_length': args.max_recv_msg_size,
      ...(args.max_concurrent_streams > 0 ? { 'grpc.max_concurrent_streams': args.max_concurrent_streams } : {}),
    });
    const identity = (bytes: Buffer) => bytes;
    server.addService(
      {
        Export: {
          path: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
          requestStream: false,
          responseStream: false,
          requestSerialize: identity,
          requestDeserialize: identity,
          responseSerialize: identity,
          responseDeserialize: identity,
        },
      },
      {
        Export: (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>) =>
          this.#answerGrpc(call, callback),
      },
    );
    const tls = await tlsOptions(args.tls);
    const credentials =
      args.tls === undefined
        ? ServerCredentials.createInsecure()
        : ServerCredentials.createSsl(tls['ca'] === undefined ? null : Buffer.from(String(tls['ca'])), [
            { cert_chain: Buffer.from(String(tls['cert'])), private_key: Buffer.from(String(tls['key'])) },
          ]);
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(args.endpoint, credentials, (error, port) => {
        if (error !== null) return reject(error);
        this.#context.log('info', 'OTLP over gRPC', { address: args.endpoint.replace(/:0$/, `:${port}`) });
        resolve();
      });
    });
    this.#grpc = server;
  }

  async #answerGrpc(call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>): Promise<void> {
    const outcome = await this.#take(decodeOtlpLogs(call.request), 'grpc');
    if (outcome.status === 'ok') return callback(null, Buffer.alloc(0));
    const code = outcome.status === 'retry' ? grpcStatus.UNAVAILABLE : grpcStatus.INVALID_ARGUMENT;
    callback({ code, details: outcome.message });
  }

  async #answerHttp(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const args = this.#args!.http!;
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const cors = allowOrigin(args.cors?.allowed_origins ?? [], request.headers.origin);
    if (cors !== undefined) response.setHeader('access-control-allow-origin', cors);
    if (request.method === 'OPTIONS' && cors !== undefined) {
      response.writeHead(204, {
        'access-control-allow-methods': 'POST',
        'access-control-allow-headers': [
          ...(args.cors?.allowed_headers ?? []),
          'Content-Type',
          'Content-Encoding',
        ].join(', '),
        ...(args.cors?.max_age ? { 'access-control-max-age': String(args.cors.max_age) } : {}),
      });
      response.end();
      return;
    }
    if (pathname !== args.logs_url_path) return answerText(response, 404, '404 page not found\n');
    if (request.method !== 'POST') return answerText(response, 405, '405 method not allowed, supported: [POST]');
    const type = String(request.headers['content-type'] ?? '')
      .split(';')[0]!
      .trim();
    const isJson = type === 'application/json';
    if (!isJson && type !== 'application/x-protobuf') {
      return answerText(
        response,
        415,
        '415 unsupported media type, supported: [application/json, application/x-protobuf]',
      );
    }
    const body = await readBody(request, args.max_request_body_size);
    if (body.error !== undefined) return answerText(response, body.status, body.error);
    const decoded = isJson ? decodeOtlpLogsJson(body.bytes.toString()) : decodeOtlpLogs(body.bytes);
    const outcome = await this.#take(decoded, 'http');
    if (outcome.status === 'ok') return answerText(response, 200, isJson ? '{"partialSuccess":{}}' : '', type);
    if (outcome.status === 'retry') response.setHeader('retry-after', '5');
    answerText(response, outcome.status === 'retry' ? 503 : 400, outcome.message);
  }

  async #take(decoded: OtlpLogsResult, transport: string): Promise<Outcome> {
    const { metrics } = this.#context;
    if (decoded.logs === undefined) return { status: 'invalid', message: decoded.error };
    const count = recordCount(decoded.logs);
    if (count === 0) return { status: 'ok' };
    const accepted = await this.#deliver(decoded.logs);
    metrics
      .counter(
        accepted ? 'otelcol_receiver_accepted_log_records_total' : 'otelcol_receiver_refused_log_records_total',
        accepted
          ? 'Number of log records successfully pushed into the pipeline.'
          : 'Number of log records that could not be pushed into the pipeline.',
      )
      .add(count, { transport, receiver: 'otlp' });
    return accepted
      ? { status: 'ok' }
      : { status: 'retry', message: 'the records could not be delivered in time; try again' };
  }

  #deliver(logs: OtlpLogs): Promise<boolean> {
    const { clock } = this.#context;
    return whenDelivered(clock, deliveryTimeoutMs, this.#abort.signal, (receipt) =>
      forwardLogs(this.#consumers, { logs, receipt }),
    );
  }

  /** Resolves when the requests in flight are answered; what comes now is refused. */
  async #closeServers(): Promise<void> {
    const [http, grpc] = [this.#http, this.#grpc];
    this.#http = undefined;
    this.#grpc = undefined;
    const grpcClosed = new Promise<void>((resolve) =>
      grpc === undefined ? resolve() : grpc.tryShutdown(() => resolve()),
    );
    await Promise.all([http?.close(), grpcClosed]);
  }

  async stop(): Promise<void> {
    // Not awaited: the requests in flight are answered when the components behind this one have delivered.
    this.#closing = this.#listening.then(() => this.#closeServers());
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#closing;
  }

  health(): string | undefined {
    return this.#problem;
  }
}

/** The origin to allow: the one that asks, if a pattern (`https://*.example.com`, `*`) has it. */
function allowOrigin(patterns: readonly string[], origin: string | undefined): string | undefined {
  if (origin === undefined) return undefined;
  const matches = patterns.some((pattern) => {
    const source = pattern
      .split('*')
      .map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'))
      .join('.*');
    return new RegExp(`^${source}$`).test(origin);
  });
  return matches ? origin : undefined;
}
