import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import { decompressLz4, type Lz4Result } from '../../codec/lz4-frame.ts';
import { decompressSnappy, type SnappyResult } from '../../codec/snappy.ts';
import { tlsOptions } from '../http/client.ts';
import type { TlsArguments } from '../http/client-arguments.ts';

/**
 * OTLP over HTTP (https://opentelemetry.io/docs/specs/otlp/#otlphttp): the transport alone. What a body means and when it is
 * acknowledged is the caller's.
 */
export interface OtlpHttpOptions {
  readonly host: string;
  readonly port: number;
  readonly logsPath: string;
  readonly bodyBytesMax: number;
  readonly tls?: TlsArguments | undefined;
  /** Answers to browsers on other origins; without it they get none. */
  readonly cors?: OtlpCors | undefined;
  /** Answers a body of logs: `error` is the client's fault, a rejection means "send it again". */
  readonly accept: (body: Buffer, encoding: 'protobuf' | 'json') => Promise<{ readonly error?: string }>;
}

export interface OtlpCors {
  /** `https://*.example.org`; `*` alone allows all. */
  readonly origins: readonly string[];
  /** Request headers beyond those that browsers always may send. */
  readonly headers: readonly string[];
  readonly maxAgeSeconds: number;
}

export interface OtlpHttpServer {
  readonly server: Server;
  listen(): Promise<void>;
  close(): Promise<void>;
}

const decompressors: Readonly<Record<string, (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>> =
  {
    gzip: promisify(gunzip) as never,
    zlib: promisify(inflate) as never,
    deflate: promisify(inflate) as never,
    zstd: promisify(zstdDecompress) as never,
    br: promisify(brotliDecompress) as never,
    snappy: async (body, { maxOutputLength }) => bytesOf(decompressSnappy(body, maxOutputLength)),
    lz4: async (body, { maxOutputLength }) => bytesOf(decompressLz4(body, maxOutputLength)),
  };

function bytesOf(result: SnappyResult | Lz4Result): Buffer {
  if (result.bytes !== undefined) return result.bytes;
  throw Object.assign(new Error(result.error), result.tooLarge ? { code: 'ERR_BUFFER_TOO_LARGE' } : {});
}

const requestTimeoutMs = 60_000;
const retryAfterSeconds = 1;

class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export async function createOtlpHttpServer(options: OtlpHttpOptions): Promise<OtlpHttpServer> {
  const { cors, tls } = options;
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    if (cors !== undefined && allowOrigin(request, response, cors)) return;
    handle(request, options).then(
      ({ body, type }) => answer(response, 200, type, body),
      (problem: Error) => {
        const status = problem instanceof Refusal ? problem.status : 503;
        if (status === 503 || status === 429) response.setHeader('retry-after', String(retryAfterSeconds));
        if (status === 413) response.setHeader('connection', 'close');
        answer(
          response,
          status,
          'application/json',
          JSON.stringify({ code: status === 503 ? 14 : 3, message: problem.message }),
        );
      },
    );
  };
  const settings = { requestTimeout: requestTimeoutMs };
  const server =
    tls === undefined
      ? createServer(settings, listener)
      : createTlsServer({ ...settings, ...(await serverTlsOptions(tls)) }, listener);
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
  });
  return {
    server,
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(options.port, options.host, () => {
          server.off('error', reject);
          resolve();
        });
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

/** With a CA, clients must show a certificate of it. */
async function serverTlsOptions(tls: TlsArguments): Promise<Record<string, unknown>> {
  const options = await tlsOptions(tls);
  return { ...options, requestCert: options['ca'] !== undefined };
}

/** Sets the headers of CORS. True when the request was a browser's question whether it may ask, which is answered here. */
function allowOrigin(request: IncomingMessage, response: ServerResponse, cors: OtlpCors): boolean {
  const { origin } = request.headers;
  const allowed = origin !== undefined && cors.origins.some((pattern) => originMatches(pattern, origin));
  if (allowed) {
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('vary', 'Origin');
  }
  if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return false;
  if (allowed) {
    response.setHeader('access-control-allow-methods', 'POST');
    response.setHeader(
      'access-control-allow-headers',
      ['content-type', 'content-encoding', ...cors.headers].join(', '),
    );
    if (cors.maxAgeSeconds > 0) response.setHeader('access-control-max-age', String(cors.maxAgeSeconds));
  }
  response.writeHead(204).end();
  request.resume();
  return true;
}

/** One `*` stands for any text. */
function originMatches(pattern: string, origin: string): boolean {
  const [start, ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === origin;
  const end = rest.join('*');
  return origin.length >= start!.length + end.length && origin.startsWith(start!) && origin.endsWith(end);
}

function answer(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': type });
  response.end(body);
}

async function handle(
  request: IncomingMessage,
  options: OtlpHttpOptions,
): Promise<{ body: string | Buffer; type: string }> {
  const path = (request.url ?? '').split('?')[0];
  if (path !== options.logsPath) {
    request.resume();
    throw new Refusal(404, `${path} is not received here: logs go to ${options.logsPath}`);
  }
  if (request.method !== 'POST') {
    request.resume();
    throw new Refusal(405, '405 method not allowed, supported: [POST]');
  }
  const type = (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
  const encoding = type === 'application/x-protobuf' ? 'protobuf' : type === 'application/json' ? 'json' : undefined;
  if (encoding === undefined) {
    request.resume();
    throw new Refusal(415, '415 unsupported media type, supported: [application/json, application/x-protobuf]');
  }
  const packed = await readBody(request, options.bodyBytesMax);
  const body = await decompress(
    packed,
    (request.headers['content-encoding'] ?? '').toLowerCase(),
    options.bodyBytesMax,
  );
  const { error } = await options.accept(body, encoding);
  if (error !== undefined) throw new Refusal(400, error);
  return encoding === 'json'
    ? { body: '{}', type: 'application/json' }
    : { body: Buffer.alloc(0), type: 'application/x-protobuf' };
}

function readBody(request: IncomingMessage, max: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    request.on('data', (part: Buffer) => {
      size += part.length;
      if (size <= max) {
        parts.push(part);
        return;
      }
      request.pause();
      reject(new Refusal(413, `the body is larger than ${max} bytes`));
    });
    request.on('end', () => resolve(Buffer.concat(parts)));
    request.on('error', () => reject(new Refusal(400, 'the body ended too early')));
    request.on('aborted', () => reject(new Refusal(400, 'the body ended too early')));
  });
}

async function decompress(body: Buffer, encoding: string, max: number): Promise<Buffer> {
  if (encoding === '' || encoding === 'identity') return body;
  const unpack = decompressors[encoding];
  if (unpack === undefined) throw new Refusal(400, `unsupported Content-Encoding: ${encoding}`);
  try {
    return await unpack(body, { maxOutputLength: max });
  } catch (error) {
    const tooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw new Refusal(
      tooLarge ? 413 : 400,
      tooLarge
        ? `the unpacked body is larger than ${max} bytes`
        : `the body is no ${encoding}: ${(error as Error).message}`,
    );
  }
}
