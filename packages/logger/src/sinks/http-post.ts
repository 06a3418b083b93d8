import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { PostOutcome } from './delivery.ts';

export interface HttpTarget {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

const compress = promisify(gzip);

/** One JSON body, compressed, to a push endpoint. Statuses as Loki's and OTLP's clients read them. */
export async function postJson(target: HttpTarget, body: string): Promise<PostOutcome> {
  const response = await fetch(target.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip', ...target.headers },
    body: new Uint8Array(await compress(body)),
    signal: AbortSignal.timeout(target.timeoutMs ?? 10_000),
  });
  const text = (await response.text()).slice(0, 200);
  if (response.ok) return { kind: 'delivered' };
  const reason = `${response.status} ${text}`;
  if (response.status === 429 || response.status === 408 || response.status >= 500) {
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    return { kind: 'retry', reason, afterMs: Number.isFinite(seconds) ? seconds * 1_000 : undefined };
  }
  return { kind: 'refused', reason };
}
