import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { withContext } from '../context.ts';
import { type AccessLogOptions, createAccessLog } from './access-log.ts';

export type HttpOptions = AccessLogOptions & {
  /** The route template of a request, once it is known. */
  readonly route?: (request: IncomingMessage) => string | undefined;
};

/** For `node:http` without a framework: a listener whose requests have a context, an `x-request-id` and an access line. */
export function logRequests(handler: RequestListener, options: HttpOptions): RequestListener {
  const accessLog = createAccessLog(options);
  return (request: IncomingMessage, response: ServerResponse) => {
    const log = accessLog.begin(request.headers);
    withContext(log.context, () => {
      response.setHeader(options.requestIdHeader ?? 'x-request-id', log.context.request_id as string);
      const finish = () =>
        log.finish({
          method: request.method ?? 'GET',
          url: request.url ?? '/',
          route: options.route?.(request),
          status: response.statusCode,
          aborted: !response.writableFinished,
        });
      // 'close' comes in the context of the socket, so it is told the request's.
      response.once('close', () => withContext(log.context, finish));
      handler(request, response);
    });
  };
}
