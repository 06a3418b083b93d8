import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { WorldError } from '../../model/failure.ts';
import { tlsOptions } from './client.ts';
import type { TlsArguments } from './client-arguments.ts';

/** A server of a component: one handler for all paths, answers in flight are waited for. */
export class HttpServer {
  readonly #handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  #server: Server | undefined;

  constructor(handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>) {
    this.#handle = handle;
  }

  /** The port that is listened on; 0 before. */
  get port(): number {
    const address = this.#server?.address() as AddressInfo | null | undefined;
    return address?.port ?? 0;
  }

  /** Fails with UNREACHABLE when the address is taken. */
  async listen(host: string, port: number, tls?: TlsArguments): Promise<void> {
    const answer = (request: IncomingMessage, response: ServerResponse) => {
      this.#handle(request, response).catch((cause: unknown) => {
        if (!response.headersSent) response.writeHead(500);
        response.end(String(cause));
      });
    };
    const server = tls === undefined ? createServer(answer) : createSecureServer(await tlsOptions(tls), answer);
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) =>
        reject(new WorldError('UNREACHABLE', `cannot listen on ${host}:${port}: ${cause.message}`, { cause })),
      );
      server.listen(port, host, resolve);
    });
    server.removeAllListeners('error');
    server.on('error', () => {});
    this.#server = server;
  }

  /** No new connections; resolves when the requests in flight are answered. */
  async close(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections();
    await closed;
    this.#server = undefined;
  }
}

/** Answers with a text. */
export function answerText(
  response: ServerResponse,
  status: number,
  text: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { 'content-type': type });
  response.end(text);
}
