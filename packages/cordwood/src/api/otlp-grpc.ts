import { Metadata, Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js';
import { decodeOtlpLogs } from '../codec/otlp-logs.ts';
import { RequestError, WorldError } from '../model/failure.ts';
import type { ApiOptions } from './api-context.ts';
import { apiLimits } from './limits.ts';
import type { ApiMetrics } from './metrics.ts';
import { otlpStreams } from './push/otlp-streams.ts';
import { storePush } from './push/store-push.ts';
import { requestTenants } from './request-tenants.ts';

/** OTLP logs over gRPC (opentelemetry.proto.collector.logs.v1.LogsService), port 4317 by convention. */
export interface OtlpGrpcServer {
  /** Listens on `host:port`; port 0 picks one. Resolves with the port. Fails with WorldError when it is taken. */
  listen(address: string): Promise<number>;
  /** Takes no new calls, lets those under way end within `graceMs`, then cuts them off. */
  stop(graceMs: number): Promise<void>;
}

export type OtlpGrpcOptions = Pick<ApiOptions, 'store' | 'limitsFor' | 'clock' | 'log' | 'config'> & {
  readonly metrics: ApiMetrics;
};

const servicePath = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';

/**
 * Loki itself takes OTLP over HTTP only; services that speak gRPC go through a collector in production. Here they may come
 * directly, with the tenant in the metadata key `x-scope-orgid`, and get the same rules and texts as over HTTP.
 */
export function createOtlpGrpcServer(options: OtlpGrpcOptions): OtlpGrpcServer {
  const { config, metrics, clock, log } = options;
  const server = new Server({
    'grpc.max_receive_message_length': Math.min(config.distributor.maxRecvMsgSizeBytes, 2 ** 31 - 1),
    'grpc.max_concurrent_streams': concurrentCallsMax,
  });
  const asIs = (bytes: Buffer) => bytes;
  server.addService(
    {
      Export: {
        path: servicePath,
        requestStream: false,
        responseStream: false,
        requestSerialize: asIs,
        requestDeserialize: asIs,
        responseSerialize: asIs,
        responseDeserialize: asIs,
      },
    },
    { Export: (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) => void handle(call, answer) },
  );
  let inflightBytes = 0;

  async function handle(call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>): Promise<void> {
    const startedMs = clock.monotonicMs();
    const size = call.request.length;
    inflightBytes += size;
    let outcome = 'success';
    try {
      if (inflightBytes > size && inflightBytes > apiLimits.pushInflightBytes) {
        throw new WorldError('OVERLOADED', 'too many bytes are being pushed at once, try again');
      }
      await store(call);
      // An empty ExportLogsServiceResponse: everything was taken.
      answer(null, Buffer.alloc(0));
    } catch (error) {
      outcome = 'error';
      const { code, message } = failureOf(error);
      if (code === status.INTERNAL) {
        metrics.panics.inc();
        log('error', 'an OTLP call failed: this is a mistake in Cordwood', {
          error: (error as Error).stack ?? String(error),
        });
      }
      answer({ code, details: message, metadata: retryMetadata(code) });
    } finally {
      inflightBytes -= size;
      const labels = { method: 'gRPC', route: servicePath, status_code: outcome, ws: 'false' };
      metrics.requestDuration.observe(labels, (clock.monotonicMs() - startedMs) / 1000);
    }
  }

  async function store(call: ServerUnaryCall<Buffer, Buffer>): Promise<void> {
    const header = call.metadata.get('x-scope-orgid').map(String).join('|');
    const named = requestTenants(header === '' ? undefined : header, config.authEnabled);
    if (named.tenants === undefined) throw new RequestError(named.status, named.error);
    if (named.tenants.length > 1) throw new RequestError(400, 'multiple org IDs present');
    const tenant = named.tenants[0]!;
    const { logs, error } = decodeOtlpLogs(call.request);
    if (error !== undefined) throw new RequestError(400, error);
    const streams = otlpStreams(logs, options.limitsFor(tenant).otlpConfig, clock.nowNs());
    // A call without records is fine in OTLP.
    if (streams.length === 0) return;
    const outcome = await storePush(options, tenant, streams, { format: 'otlp' });
    if (outcome.status !== 204) throw new RequestError(outcome.status, outcome.message);
  }

  return {
    listen(address) {
      return new Promise((resolve, reject) => {
        server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
          if (error === null) {
            resolve(port);
            return;
          }
          const reason = error.message.includes('EADDRINUSE')
            ? 'another process listens there; use another port'
            : error.message;
          reject(
            new WorldError('UNREACHABLE', `OTLP over gRPC cannot listen on ${address}: ${reason}`, { cause: error }),
          );
        });
      });
    },
    stop(graceMs) {
      return new Promise((resolve) => {
        const cancel = clock.after(graceMs, () => server.forceShutdown());
        server.tryShutdown(() => {
          cancel();
          resolve();
        });
      });
    },
  };
}

/** Calls of one connection at the same time. */
const concurrentCallsMax = 100;

/** What a client should make of it: UNAVAILABLE and RESOURCE_EXHAUSTED are sent again, the others are not (OTLP specification). */
function failureOf(error: unknown): { code: status; message: string } {
  if (error instanceof WorldError) return { code: status.UNAVAILABLE, message: error.message };
  if (!(error instanceof RequestError)) return { code: status.INTERNAL, message: 'internal error' };
  const { message } = error;
  switch (error.status) {
    case 401:
      return { code: status.UNAUTHENTICATED, message };
    case 429:
      return { code: status.RESOURCE_EXHAUSTED, message };
    case 500:
    case 503:
      return { code: status.UNAVAILABLE, message };
    default:
      return { code: status.INVALID_ARGUMENT, message };
  }
}

/** google.rpc.Status with RetryInfo: without it clients do not send again what was RESOURCE_EXHAUSTED. */
function retryMetadata(code: status): Metadata {
  const metadata = new Metadata();
  if (code !== status.RESOURCE_EXHAUSTED) return metadata;
  metadata.set('grpc-status-details-bin', retryInfo);
  return metadata;
}

// Status { code: 8, details: [Any { type_url: "type.googleapis.com/google.rpc.RetryInfo", value: RetryInfo { retry_delay { seconds: 1 } } }] }
const retryInfo = (() => {
  const typeUrl = Buffer.from('type.googleapis.com/google.rpc.RetryInfo');
  const delay = Buffer.from([0x0a, 0x02, 0x08, apiLimits.retryAfterSeconds]);
  const any = Buffer.concat([Buffer.from([0x0a, typeUrl.length]), typeUrl, Buffer.from([0x12, delay.length]), delay]);
  return Buffer.concat([Buffer.from([0x08, status.RESOURCE_EXHAUSTED, 0x1a, any.length]), any]);
})();
