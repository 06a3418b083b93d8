import type { FastifyBaseLogger, FastifyPluginCallback, FastifyRequest } from 'fastify';
import { withContext } from '../context.ts';
import type { Level } from '../level.ts';
import type { Fields, Logger } from '../logger.ts';
import { type AccessLogOptions, createAccessLog, type RequestLog } from './access-log.ts';

interface State {
  readonly log: RequestLog;
  error: unknown;
}

/**
 * Fastify plugin: every request has a context (request id, trace, tenant), an `x-request-id` in its answer and one access
 * line with its route template. Register it first; turn Fastify's own request lines off with
 * `logController: new LogController({ disableRequestLogging: true })`.
 */
export const requestLogging: FastifyPluginCallback<AccessLogOptions> = (fastify, options, registered) => {
  const accessLog = createAccessLog(options);
  const states = new WeakMap<FastifyRequest, State>();

  fastify.addHook('onRequest', (request, reply, done) => {
    const log = accessLog.begin(request.headers);
    const state: State = { log, error: undefined };
    states.set(request, state);
    reply.header(options.requestIdHeader ?? 'x-request-id', log.context.request_id);
    const finish = () =>
      log.finish({
        method: request.method,
        url: request.url,
        route: request.is404 ? undefined : request.routeOptions.url,
        status: reply.statusCode,
        aborted: !reply.raw.writableFinished,
        error: state.error,
      });
    // 'close' also comes when the client went away; it runs in the context of the socket.
    reply.raw.once('close', () => withContext(log.context, finish));
    reply.raw.once('finish', () => withContext(log.context, finish));
    withContext(log.context, done);
  });
  // Reading a body ends in an event of the socket, outside the context.
  fastify.addHook('preValidation', (request, _reply, done) => {
    withContext(states.get(request)?.log.context ?? {}, done);
  });
  fastify.addHook('onError', (request, _reply, failure, done) => {
    const state = states.get(request);
    if (state !== undefined) state.error = failure;
    done();
  });
  registered();
};

// What fastify-plugin does: hooks apply to the whole server, not only inside this plugin.
Object.assign(requestLogging, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'cordwood-logger',
});

type PinoParameters = readonly [first: unknown, second?: unknown, ...rest: unknown[]];

/**
 * Fastify's own messages through this logger: `Fastify({ loggerInstance: fastifyLogger(log) })`. It takes calls in the manner
 * of pino, `(fields, message)`.
 */
export function fastifyLogger(logger: Logger): FastifyBaseLogger {
  const write =
    (level: Level) =>
    (...[first, second]: PinoParameters) => {
      if (typeof first === 'string') logger.log(level, first);
      else if (first instanceof Error)
        logger.log(level, typeof second === 'string' ? second : first.message, { error: first });
      else logger.log(level, typeof second === 'string' ? second : 'fastify', fastifyFields(first));
    };
  return {
    level: 'info',
    trace: write('trace'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    fatal: write('fatal'),
    silent: () => undefined,
    child: (bindings: object) => fastifyLogger(logger.child(fastifyFields(bindings))),
  } as unknown as FastifyBaseLogger;
}

/** Requests and replies are objects with everything in them; of those, only what identifies them. */
function fastifyFields(bindings: unknown): Fields {
  const { req, res, reqId, ...fields } = (bindings ?? {}) as Record<string, unknown>;
  const { method, url } = (req ?? {}) as { method?: string; url?: string };
  const { statusCode } = (res ?? {}) as { statusCode?: number };
  return {
    ...fields,
    ...(reqId === undefined ? {} : { fastify_request: reqId }),
    ...(method === undefined ? {} : { method, path: url?.split('?')[0] }),
    ...(statusCode === undefined ? {} : { status: statusCode }),
  };
}
