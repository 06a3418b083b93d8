import { type ContextFields, type HeaderSource, type IncomingOptions, incomingContext } from '../context.ts';
import type { Level } from '../level.ts';
import type { Fields, Logger } from '../logger.ts';

/** What every framework adapter shares: the context of a request, and its one access line. */
export interface AccessLogOptions extends IncomingOptions {
  readonly logger: Logger;
  /** Level of the access line by outcome; default: `error` from 500 on, `warn` from 400 on and for aborted ones, else `info`. */
  readonly level?: (request: FinishedRequest) => Level;
  /** More fields for the access line. */
  readonly fields?: (request: FinishedRequest) => Fields;
  /** Requests for which no line is written, e.g. probes. They still have a context. */
  readonly skip?: (request: FinishedRequest) => boolean;
  readonly now?: () => number;
}

export interface FinishedRequest {
  readonly method: string;
  /** Template of the route (`/reports/:id`), or undefined when none matched. */
  readonly route: string | undefined;
  /** Path as asked for, without the query string: that is where tokens travel. */
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
  /** The client went away before the response was complete. */
  readonly aborted: boolean;
  /** What the handler threw; logged here, once. */
  readonly error?: unknown;
}

export interface AccessLog {
  readonly begin: (headers: HeaderSource) => RequestLog;
}

export interface RequestLog {
  readonly context: ContextFields;
  /** Writes the access line; the second call and later ones do nothing. Call it inside the request's context. */
  readonly finish: (outcome: Omit<FinishedRequest, 'durationMs' | 'path'> & { readonly url: string }) => void;
}

export function createAccessLog(options: AccessLogOptions): AccessLog {
  const now = options.now ?? (() => performance.now());
  const level = options.level ?? defaultLevel;
  return {
    begin(headers) {
      const start = now();
      let finished = false;
      return {
        context: incomingContext(headers, options),
        finish({ url, ...outcome }) {
          if (finished) return;
          finished = true;
          const durationMs = Math.round((now() - start) * 100) / 100;
          const request = { ...outcome, path: pathOf(url), durationMs };
          try {
            if (options.skip?.(request) === true) return;
            options.logger.log(level(request), request.aborted ? 'request_aborted' : 'request_completed', {
              duration_ms: durationMs,
              method: request.method,
              route: request.route,
              path: request.path,
              status: request.status,
              ...(request.error === undefined ? {} : { error: request.error }),
              ...options.fields?.(request),
            });
          } catch (failure) {
            // A callback of the options threw; the request must not notice.
            options.logger.error('access_log_failed', { error: failure });
          }
        },
      };
    },
  };
}

function defaultLevel(request: FinishedRequest): Level {
  if (request.status >= 500) return 'error';
  return request.status >= 400 || request.aborted ? 'warn' : 'info';
}

function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return (end < 0 ? url : url.slice(0, end)).slice(0, 1_024);
}
