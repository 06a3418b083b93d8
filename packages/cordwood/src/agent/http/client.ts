import { Agent as HttpAgent, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { SecureVersion } from 'node:tls';
import { WorldError } from '../../model/failure.ts';
import type { Clock } from '../../world/clock.ts';
import type { ClientArguments, TlsArguments } from './client-arguments.ts';
import { OAuth2Tokens } from './oauth2.ts';
import { readSecret } from './secret-file.ts';

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** At most the first 64 KiB. */
  readonly body: Buffer;
}

export interface StreamResponse {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: IncomingMessage;
}

/** Bytes of an answer that are kept: error texts, no more. */
const responseBytesMax = 64 * 1024;

/** One server, as an `endpoint` or `client` block describes it. Keeps connections open. */
export class HttpClient {
  readonly #args: ClientArguments;
  readonly #clock: Clock;
  readonly #tokens: OAuth2Tokens | undefined;
  #agent: HttpAgent | HttpsAgent | undefined;

  constructor(args: ClientArguments, clock: Clock) {
    this.#args = args;
    this.#clock = clock;
    this.#tokens = args.oauth2 && new OAuth2Tokens(args.oauth2, clock);
  }

  /**
   * Sends a body. Fails with UNREACHABLE when there is no answer within the time; any answer, also 500, is a response.
   * `headers` are those of the protocol; configured ones never replace them.
   */
  async post(
    url: URL,
    body: Uint8Array,
    headers: Readonly<Record<string, string>>,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<HttpResponse> {
    const response = await this.#start('POST', url, body, headers, timeoutMs, signal);
    return { ...response, body: await this.#read(url, response, responseBytesMax, timeoutMs) };
  }

  /** Gets a document of at most `maxBytes`. */
  async get(
    url: URL,
    headers: Readonly<Record<string, string>>,
    timeoutMs: number,
    maxBytes: number,
    signal?: AbortSignal,
  ): Promise<HttpResponse> {
    const response = await this.#start('GET', url, undefined, headers, timeoutMs, signal);
    return { ...response, body: await this.#read(url, response, maxBytes, timeoutMs) };
  }

  /** Gets an answer whose body comes over time. The time limit is for its beginning; the caller reads or destroys the body. */
  async stream(url: URL, timeoutMs: number, signal: AbortSignal): Promise<StreamResponse> {
    return this.#start('GET', url, undefined, {}, timeoutMs, signal);
  }

  async #start(
    method: 'GET' | 'POST',
    url: URL,
    body: Uint8Array | undefined,
    headers: Readonly<Record<string, string>>,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<StreamResponse> {
    const sent: Record<string, string | string[]> = {};
    for (const [name, values] of this.#args.http_headers)
      sent[name.toLowerCase()] = values.map((value) => value.reveal());
    const authorization = await this.#authorization();
    if (authorization !== undefined) sent['authorization'] = authorization;
    for (const [name, value] of Object.entries(headers)) sent[name.toLowerCase()] = value;
    if (body !== undefined) sent['content-length'] = String(body.length);
    const secure = url.protocol === 'https:';
    this.#agent ??= secure
      ? new HttpsAgent({ keepAlive: true, ...(await tlsOptions(this.#args.tls_config)) })
      : new HttpAgent({ keepAlive: true });
    const options: RequestOptions = { method, headers: sent, agent: this.#agent, ...(signal ? { signal } : {}) };
    return new Promise((resolve, reject) => {
      const request = (secure ? requestHttps : requestHttp)(url, options, (response) => {
        cancel();
        if (response.statusCode === 401) this.#tokens?.forget();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: response });
      });
      const cancel = this.#clock.after(timeoutMs, () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)));
      request.on('error', (cause) => {
        cancel();
        reject(unreachable(url, cause));
      });
      request.end(body);
    });
  }

  /** The body, at most so many bytes of it. */
  #read(url: URL, response: StreamResponse, maxBytes: number, timeoutMs: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const { body } = response;
      const cancel = this.#clock.after(timeoutMs, () =>
        body.destroy(new Error(`no end of the answer within ${timeoutMs} ms`)),
      );
      const parts: Buffer[] = [];
      let size = 0;
      body.on('data', (part: Buffer) => {
        if (size < maxBytes) parts.push(part);
        size += part.length;
      });
      body.on('error', (cause) => {
        cancel();
        reject(unreachable(url, cause));
      });
      body.on('end', () => {
        cancel();
        resolve(Buffer.concat(parts).subarray(0, maxBytes));
      });
    });
  }

  close(): void {
    this.#agent?.destroy();
    this.#agent = undefined;
    this.#tokens?.close();
  }

  /** Files are read again for each request: whoever rotates a token writes the file. */
  async #authorization(): Promise<string | undefined> {
    const { basic_auth: basic, authorization, bearer_token: bearer, bearer_token_file: bearerFile } = this.#args;
    if (basic !== undefined) {
      const password =
        basic.password_file === '' ? (basic.password?.reveal() ?? '') : await readSecret(basic.password_file);
      return `Basic ${Buffer.from(`${basic.username}:${password}`).toString('base64')}`;
    }
    if (authorization !== undefined) {
      const { type, credentials, credentials_file: file } = authorization;
      return `${type} ${file === '' ? (credentials?.reveal() ?? '') : await readSecret(file)}`;
    }
    if (this.#tokens !== undefined) return `Bearer ${await this.#tokens.token()}`;
    if (bearerFile !== '') return `Bearer ${await readSecret(bearerFile)}`;
    return bearer === undefined ? undefined : `Bearer ${bearer.reveal()}`;
  }
}

function unreachable(url: URL, cause: Error): WorldError {
  return new WorldError('UNREACHABLE', `${url.origin} did not take the request: ${causeText(cause)}`, { cause });
}

function causeText(cause: Error & { code?: string }): string {
  // A failed attempt on both address families has an empty message and the codes inside.
  const inner = (cause as AggregateError).errors as (Error & { code?: string })[] | undefined;
  return cause.message || inner?.map((error) => error.message).join(', ') || cause.code || cause.name;
}

const tlsVersions: Readonly<Record<string, SecureVersion>> = {
  TLS10: 'TLSv1',
  TLS11: 'TLSv1.1',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
};

/** Options of node:tls for a `tls_config` (or `tls`) block. */
export async function tlsOptions(args: TlsArguments | undefined): Promise<Record<string, unknown>> {
  if (args === undefined) return {};
  const pem = async (text: string | undefined, file: string) =>
    file === '' ? text || undefined : await readSecret(file);
  const options: Record<string, unknown> = {
    ca: await pem(args.ca_pem, args.ca_file),
    cert: await pem(args.cert_pem, args.cert_file),
    key: await pem(args.key_pem?.reveal(), args.key_file),
    servername: args.server_name || undefined,
    minVersion: tlsVersions[args.min_version],
  };
  if (args.insecure_skip_verify) options['rejectUnauthorized'] = false;
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
