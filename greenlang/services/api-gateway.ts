import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { events } from '../events.ts';
import { planted } from './planted-secrets.ts';
import { CallError, createService, HttpError } from './service.ts';

/**
 * The API gateway, in the manner of Kong: checks the API key, forwards to the service of the route, writes an access line
 * with its latencies. It logs the headers of requests as they came.
 */
const service = createService({
  name: 'api-gateway',
  logger: 'greenlang.gateway',
  events: events['api-gateway'],
  redaction: false,
});
const { log } = service;

const upstreams: Readonly<Record<string, { readonly service: string; readonly route: string }>> = {
  '/v1/csrd/reports': { service: 'csrd-agent', route: '/reports' },
  '/v1/cbam/declarations': { service: 'cbam-agent', route: '/declarations' },
  '/v1/eudr/statements': { service: 'eudr-agent', route: '/statements' },
};

/** Only hashes are kept, as in a key store. */
const hash = (key: string) => createHash('sha256').update(key).digest();
const knownKeys = [hash(planted.apiKey), hash(planted.bearer)];

function authenticated(request: IncomingMessage): boolean {
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const key = request.headers['x-api-key'];
  const given = bearer ?? (typeof key === 'string' ? key : '');
  return knownKeys.some((known) => timingSafeEqual(known, hash(given)));
}

for (const [path, upstream] of Object.entries(upstreams)) {
  service.on(path, async (body, request) => {
    const started = performance.now();
    if (!authenticated(request)) {
      log.authentication_failed({
        path,
        request: { headers: request.headers, remote: request.socket.remoteAddress },
      });
      throw new HttpError(401, 'the API key is not known');
    }
    const checked = performance.now();
    let status = 200;
    try {
      return await service.call(upstream.service, upstream.route, body);
    } catch (failure) {
      status = failure instanceof CallError ? (failure.status ?? 502) : 502;
      throw new HttpError(status, failure instanceof Error ? failure.message : 'no answer');
    } finally {
      const finished = performance.now();
      const event = status >= 500 ? 'upstream_failed' : status >= 400 ? 'request_refused' : 'request_proxied';
      log[event](
        {
          upstream: upstream.service,
          route: path,
          status,
          latencies: { request: finished - started, kong: checked - started, proxy: finished - checked },
          request: { method: request.method, uri: request.url, headers: request.headers },
        },
        { duration_ms: finished - started },
      );
    }
  });
}

await service.start();
