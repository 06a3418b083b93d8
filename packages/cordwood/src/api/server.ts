import { Readable } from 'node:stream';
import websocket from '@fastify/websocket';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { RequestError, WorldError } from '../model/failure.ts';
import type { Tenant } from '../model/tenant.ts';
import { type Answer, refusal } from './answer.ts';
import type { ApiContext, ApiOptions } from './api-context.ts';
import { hideDeleted } from './deletes/hide-deleted.ts';
import { Form } from './form.ts';
import { apiLimits } from './limits.ts';
import { createApiMetrics, routeLabel } from './metrics.ts';
import { createQueryQueue } from './query-queue.ts';
import { routes } from './registry.ts';
import { limitsOfRequest } from './request-limits.ts';
import { requestTenants } from './request-tenants.ts';
import type { ApiRequest, Route } from './route.ts';
import { createStaticFiles } from './static-files.ts';
import { createTails } from './tail/tails.ts';

/**
 * The HTTP server: Loki's API, OTLP and the page. Fastify does routing, limits and timeouts; what an endpoint means stands in
 * its file under routes/, as data in and data out.
 */
export function createApi(options: ApiOptions): FastifyInstance {
  const { config, clock, log } = options;
  const { server } = config;
  const metrics = options.metrics ?? createApiMetrics();
  const { store, deletes, limitsFor } = options;
  const context: ApiContext = {
    ...options,
    lifecycle: { ingesterStopped: false, shutdownPrepared: false, terminate: options.terminate ?? (() => {}) },
    startedNs: clock.nowNs(),
    select: deletes === undefined ? store.select : hideDeleted(store.select, deletes, limitsFor),
    metrics,
    queries: createQueryQueue({
      runningMax: Math.max(apiLimits.queriesAtOnceMin, config.querier.maxConcurrent),
      waitingPerTenantMax: config.frontend.maxOutstandingPerTenant,
      onStart: (waitedMs) => metrics.queueDuration.observe(waitedMs / 1000),
      nowMs: () => clock.monotonicMs(),
    }),
    tails: createTails(options, metrics),
  };

  const app = fastify({
    bodyLimit: config.frontend.maxBodySizeBytes,
    requestTimeout: server.httpServerReadTimeoutMs,
    keepAliveTimeout: server.httpServerIdleTimeoutMs,
    exposeHeadRoutes: false,
    // Parameters are read from the raw address, in every spelling and repeated (form.ts).
    routerOptions: { maxParamLength: apiLimits.pathParameterLength, querystringParser: () => ({}) },
    ...(options.tls === undefined
      ? { http: { maxHeaderSize: apiLimits.headersBytes } }
      : { https: { ...options.tls, maxHeaderSize: apiLimits.headersBytes } }),
    frameworkErrors: (_error: Error, _request: FastifyRequest, reply: FastifyReply) => {
      void send(reply, refusal(400, 'the address is malformed', 'line'));
    },
  } as object) as unknown as FastifyInstance;
  if (server.httpListenConnLimit > 0) app.server.maxConnections = server.httpListenConnLimit;
  app.server.on('connection', (socket) => {
    metrics.tcpConnections.inc({ protocol: 'http' });
    socket.once('close', () => metrics.tcpConnections.dec({ protocol: 'http' }));
  });
  metrics.tcpConnectionsLimit.set({ protocol: 'http' }, Math.max(0, server.httpListenConnLimit));

  // Bodies are bytes, whatever their type: routes decide. The type is set aside so that a malformed one is a route's to refuse.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.decorateRequest('startedMs', 0);
  app.decorateRequest('contentType', undefined);
  app.decorateRequest('reservedBytes', 0);
  app.decorateRequest('sentBytes', 0);
  app.decorateRequest('openSocket', undefined);
  app.addHook('onRequest', (request, reply, done) => {
    const { headers } = request.raw;
    request.startedMs = clock.monotonicMs();
    request.contentType = headers['content-type'];
    if (headers['content-type'] !== undefined) headers['content-type'] = 'application/octet-stream';
    observeRequest(request, reply, context);
    if (isForeignWrite(request)) {
      void send(reply, refusal(403, 'a page of another site may not write here', 'line'));
      return;
    }
    done();
  });
  app.setErrorHandler((error: Error & { code?: string; statusCode?: number }, request, reply) => {
    if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
      const max = request.routeOptions.bodyLimit;
      const size = request.raw.headers['content-length'] ?? `more than ${max}`;
      const message = `request body too large: message size too large than max (${size} vs ${max})`;
      return send(reply, refusal(413, message, 'line'));
    }
    const status = error.statusCode ?? 500;
    if (status >= 500) log('error', 'a request failed', { url: request.url, error: error.stack ?? error.message });
    return send(reply, refusal(status, status >= 500 ? 'internal error' : error.message, 'line'));
  });

  const files = options.webDirectory === undefined ? undefined : createStaticFiles(options.webDirectory);
  app.setNotFoundHandler((request, reply) => {
    const page =
      request.method === 'GET' || request.method === 'HEAD'
        ? (options.morePages?.(request.url.split('?')[0]!) ?? files?.(request.url, request.headers))
        : undefined;
    if (page === undefined) return send(reply, refusal(404, '404 page not found', 'line'));
    return send(reply, request.method === 'HEAD' ? { ...page, body: '' } : page);
  });

  // Before the plugin closes its sockets without a word.
  app.addHook('preClose', () => context.tails.closeAll());
  app.register(websocket, { options: { maxPayload: 64 * 1024 } });
  app.register(async (scope) => {
    for (const route of routes) {
      if (route.available?.(context) === false) continue;
      for (const path of route.paths) registerRoute(scope, route, path, context);
    }
  });
  return app;
}

declare module 'fastify' {
  interface FastifyRequest {
    startedMs: number;
    contentType: string | undefined;
    /** Bytes counted for this push until it is answered. */
    reservedBytes: number;
    /** Bytes of the answer's body so far. */
    sentBytes: number;
    /** Takes over once the connection is a WebSocket. */
    openSocket: ((socket: WebSocket) => void) | undefined;
  }
  interface FastifyContextConfig {
    /** Loki's `route` label. */
    routeLabel?: string;
  }
}

function labelOf(request: FastifyRequest): string {
  return request.routeOptions.config?.routeLabel ?? 'notfound';
}

/** Counts the request now, and once more when it is over: answered, or its client gone. */
function observeRequest(request: FastifyRequest, reply: FastifyReply, { metrics, clock }: ApiContext): void {
  const labels = { method: request.method, route: labelOf(request) };
  metrics.inflightRequests.inc(labels);
  let over = false;
  const end = (status: number) => {
    if (over) return;
    over = true;
    metrics.inflightRequests.dec(labels);
    const seconds = (clock.monotonicMs() - request.startedMs) / 1000;
    const ws = String(request.openSocket !== undefined);
    metrics.requestDuration.observe({ ...labels, status_code: String(status), ws }, seconds);
    metrics.requestBytes.observe(labels, Number(request.raw.headers['content-length'] ?? 0) || 0);
    metrics.responseBytes.observe(labels, request.sentBytes);
  };
  // A client that goes away leaves an answer that is closed and never finished.
  reply.raw.once('finish', () => end(reply.statusCode));
  // So does a WebSocket, and there it is how all of them end; Loki counts them as 200.
  reply.raw.once('close', () => end(request.openSocket === undefined ? clientGoneStatus : 200));
}

/** Nginx's "client closed request", as Loki counts it. */
const clientGoneStatus = 499;

/**
 * Browsers say where a request comes from. A page of another site must not write into a server that it reaches only because
 * it runs in the browser of someone who can.
 */
function isForeignWrite(request: FastifyRequest): boolean {
  const site = request.headers['sec-fetch-site'];
  const foreign = site === 'cross-site' || site === 'same-site';
  return foreign && request.method !== 'GET' && request.method !== 'HEAD' && request.method !== 'OPTIONS';
}

function registerRoute(scope: FastifyInstance, route: Route, path: string, context: ApiContext): void {
  const url = context.config.server.httpPathPrefix.replace(/\/+$/, '') + path.replace(/\{(\w+)\}/g, ':$1');
  const bodyLimit = route.body?.maxBytes?.(context);
  if (route.upgrade !== undefined) {
    registerUpgrade(scope, route, url, path, context);
    return;
  }
  scope.route({
    method: [...route.methods],
    url,
    ...(bodyLimit === undefined ? {} : { bodyLimit }),
    config: { routeLabel: routeLabel(path) },
    ...(route.reservesBytes === true ? reserveBytes(context) : {}),
    handler: async (request, reply) => send(reply, await serve(route, request, reply, context)),
  });
}

/** A WebSocket endpoint: what is wrong with the request is said in plain HTTP, before the connection becomes a socket. */
function registerUpgrade(scope: FastifyInstance, route: Route, url: string, path: string, context: ApiContext): void {
  scope.route({
    method: 'GET',
    url,
    config: { routeLabel: routeLabel(path) },
    preValidation: async (request, reply) => {
      const { signal } = new AbortController();
      try {
        const read = readRequest(route, request, context, signal);
        if ('status' in read) return send(reply, read);
        request.openSocket = route.upgrade!(read, context);
      } catch (error) {
        return send(reply, answerOf(error, route, request, context));
      }
    },
    handler: (_request, reply) => {
      reply.header('sec-websocket-version', '13');
      return send(reply, refusal(400, 'Bad Request', 'line'));
    },
    wsHandler: (socket, request) => request.openSocket!(socket),
  });
}

/** Hooks that bound the bytes of bodies in memory: above the limit a client is sent away before its body is read. */
function reserveBytes(context: ApiContext) {
  let inflight = 0;
  const release = (request: FastifyRequest) => {
    inflight -= request.reservedBytes;
    request.reservedBytes = 0;
    context.metrics.inflightBytes.set(inflight);
  };
  return {
    preParsing: (
      request: FastifyRequest,
      reply: FastifyReply,
      payload: unknown,
      done: (error: null, payload: never) => void,
    ) => {
      const size = Number(request.raw.headers['content-length'] ?? 0) || 0;
      if (inflight > 0 && inflight + size > apiLimits.pushInflightBytes) {
        context.metrics.pushesTurnedAway.inc();
        reply.header('connection', 'close');
        void send(reply, overloaded('too many bytes are being pushed at once, try again'));
        return;
      }
      inflight += size;
      request.reservedBytes = size;
      context.metrics.inflightBytes.set(inflight);
      reply.raw.once('close', () => release(request));
      done(null, payload as never);
    },
  };
}

function overloaded(message: string): Answer {
  const answer = refusal(503, message, 'line');
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(apiLimits.retryAfterSeconds) } };
}

const noBody = Buffer.alloc(0);

async function serve(route: Route, request: FastifyRequest, reply: FastifyReply, context: ApiContext): Promise<Answer> {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished)
      gone.abort(new RequestError(clientGoneStatus, 'the request was cancelled by the client'));
  });
  try {
    const read = readRequest(route, request, context, gone.signal);
    return 'status' in read ? read : await route.handle(read, contextOf(request, context));
  } catch (error) {
    return answerOf(error, route, request, context);
  }
}

/** `X-Loki-Query-Limits` makes limits tighter where the configuration lets it. */
function contextOf(request: FastifyRequest, context: ApiContext): ApiContext {
  const header = request.headers['x-loki-query-limits'];
  if (header === undefined || !context.config.querier.perRequestLimitsEnabled) return context;
  return { ...context, limitsFor: limitsOfRequest(context.limitsFor, String(header)) };
}

/** The request as routes see it, or the refusal when it does not name its tenants properly. */
function readRequest(
  route: Route,
  request: FastifyRequest,
  context: ApiContext,
  signal: AbortSignal,
): ApiRequest | Answer {
  const named = tenantsOf(route, request, context);
  if ('status' in named) return named;
  const headers = { ...request.raw.headers };
  if (request.contentType === undefined) delete headers['content-type'];
  else headers['content-type'] = request.contentType;
  const body = Buffer.isBuffer(request.body) ? request.body : noBody;
  const question = request.url.indexOf('?');
  const sources = question < 0 ? [] : [request.url.slice(question + 1)];
  if (/^application\/x-www-form-urlencoded\b/i.test(request.contentType ?? '')) sources.unshift(body.toString('utf8'));
  return {
    method: request.method,
    path: question < 0 ? request.url : request.url.slice(0, question),
    parameters: request.params as Readonly<Record<string, string>>,
    form: new Form(sources),
    headers,
    body,
    tenants: named.tenants,
    tenant: named.tenants[0]!,
    signal,
  };
}

function tenantsOf(
  route: Route,
  request: FastifyRequest,
  { config }: ApiContext,
): { readonly tenants: readonly Tenant[] } | Answer {
  if (route.tenancy === 'none') return { tenants: [] };
  const header = request.headers['x-scope-orgid'] ?? tailTenant(route, request);
  const authEnabled = config.authEnabled || route.tenancy === 'header';
  const named = requestTenants(Array.isArray(header) ? header.join('|') : header, authEnabled);
  const refuse = (status: number, message: string, ending = route.refusals): Answer =>
    route.refuse?.(status, message) ?? refusal(status, message, ending);
  if (named.tenants === undefined) {
    if (named.status === 401) return refusal(401, named.error, 'line');
    return refuse(
      named.status,
      route.refusals === 'plain' ? `rpc error: code = Code(400) desc = ${named.error}` : named.error,
    );
  }
  const severalAllowed = route.tenancy === 'several' && config.querier.multiTenantQueriesEnabled;
  if (named.tenants.length > 1 && !severalAllowed) return refuse(400, 'multiple org IDs present');
  return { tenants: named.tenants };
}

/**
 * A browser cannot set headers on a WebSocket, so our own page names its tenant as `orgid` in the address. Only our own page:
 * browsers let any site open a WebSocket anywhere, but they say which site it is.
 */
function tailTenant(route: Route, request: FastifyRequest): string | undefined {
  if (route.upgrade === undefined || !isOwnPage(request)) return undefined;
  const question = request.url.indexOf('?');
  return new Form([request.url.slice(question + 1)]).get('orgid') || undefined;
}

function isOwnPage({ headers }: FastifyRequest): boolean {
  const { origin } = headers;
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === headers.host;
}

/** What a failure becomes: bad requests their own answer, a failing world 503, our own mistakes 500 and a line in the log. */
function answerOf(error: unknown, route: Route, request: FastifyRequest, { log, metrics }: ApiContext): Answer {
  if (error instanceof RequestError) {
    const answer = route.refuse?.(error.status, error.message) ?? refusal(error.status, error.message, route.refusals);
    return error.status === 429
      ? { ...answer, headers: { ...answer.headers, 'retry-after': String(apiLimits.retryAfterSeconds) } }
      : answer;
  }
  if (error instanceof WorldError) {
    log('error', 'a request failed because of the machine', {
      url: request.url,
      code: error.code,
      error: error.message,
    });
    const answer = route.refuse?.(503, error.message);
    return answer ?? overloaded(error.message);
  }
  metrics.panics.inc();
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  log('error', 'a request failed: this is a mistake in Cordwood', { url: request.url, error: trace });
  return route.refuse?.(500, 'internal error') ?? refusal(500, 'internal error', route.refusals);
}

function send(reply: FastifyReply, answer: Answer): FastifyReply {
  reply.code(answer.status);
  for (const [name, value] of Object.entries(answer.headers ?? {})) reply.header(name, value);
  if (answer.contentType !== undefined) reply.header('content-type', answer.contentType);
  const { request } = reply;
  const { body } = answer;
  if (typeof body === 'string') {
    request.sentBytes = Buffer.byteLength(body);
    return reply.send(body === '' ? undefined : body);
  }
  if (body instanceof Uint8Array) {
    request.sentBytes = body.length;
    return reply.send(Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength));
  }
  return reply.send(Readable.from(counted(body, request), { objectMode: false }));
}

function* counted(pieces: Iterable<string>, request: FastifyRequest): Generator<string> {
  for (const piece of pieces) {
    request.sentBytes += Buffer.byteLength(piece);
    yield piece;
  }
}
