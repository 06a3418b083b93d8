import type { ErrorRequestHandler, Request, RequestHandler } from 'express';
import { withContext } from '../context.ts';
import { type AccessLogOptions, createAccessLog } from './access-log.ts';

const errors = new WeakMap<Request, unknown>();

/** Express middleware: context, `x-request-id` and one access line a request. Use it before everything else. */
export function requestLogging(options: AccessLogOptions): RequestHandler {
  const accessLog = createAccessLog(options);
  return (request, response, next) => {
    const log = accessLog.begin(request.headers);
    response.setHeader(options.requestIdHeader ?? 'x-request-id', log.context.request_id as string);
    const { originalUrl } = request;
    // 'close' also comes when the client went away; it runs in the context of the socket.
    response.once('close', () =>
      withContext(log.context, () =>
        log.finish({
          method: request.method,
          url: originalUrl,
          route: routeOf(request),
          status: response.statusCode,
          aborted: !response.writableFinished,
          error: errors.get(request),
        }),
      ),
    );
    withContext(log.context, next);
  };
}

/** Puts what a handler threw into the access line. Use it after the routes, before the handler that answers. */
export function errorLogging(): ErrorRequestHandler {
  return (failure, request, _response, next) => {
    errors.set(request, failure);
    next(failure);
  };
}

function routeOf(request: Request): string | undefined {
  const path: unknown = request.route?.path;
  return typeof path === 'string' ? `${request.baseUrl}${path}` : undefined;
}
