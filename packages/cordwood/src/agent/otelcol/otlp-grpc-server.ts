import type { Server, ServerCredentials, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import { tlsOptions } from '../http/client.ts';
import type { TlsArguments } from '../http/client-arguments.ts';

/** OTLP over gRPC (https://opentelemetry.io/docs/specs/otlp/#otlpgrpc): messages stay bytes, the codec reads them. */
export interface OtlpGrpcOptions {
  readonly host: string;
  readonly port: number;
  readonly messageBytesMax: number;
  readonly tls?: TlsArguments | undefined;
  /** Options of the library, such as those of keepalive. */
  readonly channelOptions?: Readonly<Record<string, number>>;
  readonly accept: (body: Buffer) => Promise<{ readonly error?: string }>;
}

const service: ServiceDefinition = {
  Export: {
    path: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
    requestStream: false,
    responseStream: false,
    requestSerialize: (bytes: Buffer) => bytes,
    requestDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: (bytes: Buffer) => bytes,
    responseDeserialize: (bytes: Buffer) => bytes,
  },
};

export interface OtlpGrpcServer {
  listen(): Promise<number>;
  close(): Promise<void>;
}

/** The library is large, so it is loaded by those who listen. */
export async function createOtlpGrpcServer(options: OtlpGrpcOptions): Promise<OtlpGrpcServer> {
  const grpc = await import('@grpc/grpc-js');
  const server: Server = new grpc.Server({
    ...options.channelOptions,
    'grpc.max_receive_message_length': options.messageBytesMax,
  });
  const credentials = await serverCredentials(grpc, options.tls);
  const implementation: UntypedServiceImplementation = {
    Export: (call: { request: Buffer }, callback: (error: object | null, answer?: Buffer) => void) => {
      options.accept(call.request).then(
        ({ error }) =>
          error === undefined
            ? callback(null, Buffer.alloc(0))
            : callback({ code: grpc.status.INVALID_ARGUMENT, details: error }),
        (problem: Error) => callback({ code: grpc.status.UNAVAILABLE, details: problem.message }),
      );
    },
  };
  server.addService(service, implementation);
  return {
    listen: () =>
      new Promise((resolve, reject) => {
        server.bindAsync(`${options.host}:${options.port}`, credentials, (error, port) =>
          error ? reject(error) : resolve(port),
        );
      }),
    close: () =>
      new Promise((resolve) => {
        const force = setTimeout(() => server.forceShutdown(), 1000);
        server.tryShutdown(() => {
          clearTimeout(force);
          resolve();
        });
      }),
  };
}

async function serverCredentials(
  grpc: typeof import('@grpc/grpc-js'),
  tls: TlsArguments | undefined,
): Promise<ServerCredentials> {
  if (tls === undefined) return grpc.ServerCredentials.createInsecure();
  const { ca, cert, key } = (await tlsOptions(tls)) as { ca?: string; cert: string; key: string };
  const pair = { private_key: Buffer.from(key), cert_chain: Buffer.from(cert) };
  return grpc.ServerCredentials.createSsl(ca === undefined ? null : Buffer.from(ca), [pair], ca !== undefined);
}
