import type { ServerResponse } from 'node:http';
import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { withContext } from '../context.ts';
import { type AccessLogOptions, createAccessLog } from './access-log.ts';

/**
 * Hono middleware: context, `x-request-id` and one access line a request. On Node the line is written when the response has
 * left, streams included; elsewhere when the handler is done.
 */
export function requestLogging(options: AccessLogOptions): MiddlewareHandler {
  const accessLog = createAccessLog(options);
  return async (context, next) => {
    const log = accessLog.begin(context.req.raw.headers);
    await withContext(log.context, next);
    context.res.headers.set(options.requestIdHeader ?? 'x-request-id', log.context.request_id as string);
    // The last route that matched is the handler; middleware on '*' matches everything.
    const route = matchedRoutes(context).findLast(({ path, method }) => method !== 'ALL' || !path.endsWith('*'))?.path;
    const { status } = context.res;
    const outgoing = (context.env as { outgoing?: ServerResponse } | undefined)?.outgoing;
    const finish = (aborted: boolean) =>
      withContext(log.context, () =>
        log.finish({ method: context.req.method, url: context.req.path, route, status, aborted, error: context.error }),
      );
    if (outgoing === undefined) finish(context.req.raw.signal.aborted);
    else if (outgoing.closed) finish(!outgoing.writableFinished);
    else outgoing.once('close', () => finish(!outgoing.writableFinished));
  };
}
