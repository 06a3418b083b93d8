import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { flushCompileCache } from 'node:module';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  type EventCatalogue,
  type EventDefinitions,
  type EventMethods,
  incomingContext,
  type Logger,
  type Logging,
  outgoingHeaders,
  type Redaction,
  type RedactionOptions,
  setup,
  withContext,
} from '@cordwood/logger';
import { logRequests } from '@cordwood/logger/http';
import { frameEvents } from '../events.ts';
import { createSeededRandom, type SeededRandom } from './seeded-random.ts';

/** What the runner tells a service in its environment, and what it then says over the process channel. */
export type FromRunner = { readonly kind: 'peers'; readonly urls: Readonly<Record<string, string>> };
export type ToRunner = { readonly kind: 'listening'; readonly url: string };

export interface ServiceOptions<Events extends EventDefinitions> {
  readonly name: string;
  /** What the service says. */
  readonly events: EventCatalogue<Events>;
  /** Dotted name of the logger. */
  readonly logger: string;
  /** False: this service logs what it is given, and the collector has to redact. */
  readonly redaction?: RedactionOptions | Redaction | false;
}

export interface Service<Events extends EventDefinitions> {
  readonly log: Logger & EventMethods<Events>;
  readonly random: SeededRandom;
  /** Answers requests; the path is exact. */
  readonly on: (route: string, handler: Handler) => void;
  /** Does work of its own again and again, each time in a context of its own. */
  readonly every: (intervalMs: number, job: string, work: () => Promise<void> | void) => void;
  /** Calls another service; the trace goes along. Rejects with a CallError on a status from 400 on, a timeout or no connection. */
  readonly call: (peer: string, route: string, body: unknown, headers?: Record<string, string>) => Promise<unknown>;
  readonly start: () => Promise<void>;
}

export type Handler = (body: unknown, request: IncomingMessage) => Promise<unknown> | unknown;

/** What a handler throws to answer with something else than 500. */
export class HttpError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'HttpError';
    this.status = status;
  }
}

/** A call that another service did not answer well. */
export class CallError extends Error {
  readonly peer: string;
  readonly status: number | undefined;

  constructor(peer: string, status: number | undefined, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'CallError';
    this.peer = peer;
    this.status = status;
  }
}

const callTimeoutMs = 5_000;
const bodyBytesMax = 64 * 1024;

/** The frame of the demo's programs: logger, HTTP server, calls to the others, and an end together with the runner. */
export function createService<Events extends EventDefinitions>(options: ServiceOptions<Events>): Service<Events> {
  const logging: Logging = setup({
    service: options.name,
    format: 'json',
    ...(options.redaction === undefined ? {} : { redaction: options.redaction }),
  });
  const log = logging.getLogger(options.logger, options.events);
  const frame = logging.getLogger(options.logger, frameEvents);
  const random = createSeededRandom(
    Number(process.env['DEMO_SEED'] ?? 1),
    `${options.name} ${process.env['ENVIRONMENT']}`,
  );
  const routes = new Map<string, Handler>([['/healthz', () => ({ status: 'ok' })]]);
  const jobs: (() => void)[] = [];
  let peers: Readonly<Record<string, string>> = {};

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let status = 200;
    let body: unknown;
    try {
      const handler = routes.get(pathOf(request));
      if (handler === undefined) throw new HttpError(404, 'no such route');
      body = await handler(await readJson(request), request);
    } catch (failure) {
      status = failure instanceof HttpError ? failure.status : 500;
      body = { error: failure instanceof Error ? failure.message : String(failure) };
      if (status >= 500) frame.request_failed({ route: pathOf(request) }, { error: failure });
    }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  const server = createServer(
    logRequests((request, response) => void answer(request, response), {
      logger: log,
      route: (request) => (routes.has(pathOf(request)) ? pathOf(request) : undefined),
      level: ({ status, path }) =>
        path === '/healthz' ? 'debug' : status >= 500 ? 'error' : status >= 400 ? 'warn' : 'info',
    }),
  );

  async function call(
    peer: string,
    route: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<unknown> {
    const url = peers[peer];
    if (url === undefined) throw new CallError(peer, undefined, `${peer} is not there`);
    let answered: { readonly status: number; readonly body: string };
    try {
      answered = await post(url + route, JSON.stringify(body), { ...outgoingHeaders(), ...headers });
    } catch (failure) {
      throw new CallError(peer, undefined, `${peer}${route} did not answer`, failure);
    }
    const value = JSON.parse(answered.body) as { error?: string };
    if (answered.status >= 400) throw new CallError(peer, answered.status, value.error ?? `status ${answered.status}`);
    return value;
  }

  return {
    log,
    random,
    call,
    on: (route, handler) => routes.set(route, handler),
    every(intervalMs, job, work) {
      const run = () => {
        withContext({ ...incomingContext({}), job }, async () => {
          try {
            await work();
          } catch (failure) {
            frame.job_failed({ error: failure });
          }
          // Up to a third earlier or later, so that the services do not march in step.
          setTimeout(run, intervalMs * (0.67 + 0.66 * random.next()));
        });
      };
      jobs.push(run);
    },
    async start() {
      // Without the runner there is nobody to work for; a kill -9 of it closes the channel too.
      process.on('disconnect', () => process.exit(0));
      process.on('SIGTERM', () => {
        frame.service_stopping();
        process.exit(0);
      });
      process.on('message', (message: FromRunner) => {
        const first = Object.keys(peers).length === 0;
        peers = message.urls;
        if (first) for (const job of jobs) setTimeout(job, 1_000 * random.next());
      });
      await new Promise<void>((resolve) => server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', resolve));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      flushCompileCache();
      frame.service_started({ url });
      process.send?.({ kind: 'listening', url } satisfies ToRunner);
    },
  };
}

const connections = new Agent({ keepAlive: true });

/** node:http and not fetch: eight programs share the machine, and fetch costs each of them ten megabytes. */
function post(url: string, body: string, headers: Record<string, string>): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const all = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)), ...headers };
    const asked = request(
      url,
      { method: 'POST', agent: connections, headers: all, timeout: callTimeoutMs },
      (response) => {
        text(response).then((answer) => resolve({ status: response.statusCode ?? 0, body: answer }), reject);
      },
    );
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${callTimeoutMs} ms`)));
    asked.on('error', reject);
    asked.end(body);
  });
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?')[0] as string;
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyBytesMax) throw new HttpError(413, `a body has at most ${bodyBytesMax} bytes`);
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new HttpError(400, 'the body is not JSON');
  }
}
