import {
  type Credentials,
  createLokiClient,
  type LokiClient,
  LokiRefusal,
  type LokiTarget,
} from '../../client/loki-client.ts';
import { RequestError, WorldError } from '../../model/failure.ts';
import { type Clock, sleep } from '../../world/clock.ts';

/** One of the two Lokis of a migration, asked with patience: what may pass is asked again until `retryForMs` is over. */
export interface LokiSide {
  readonly url: string;
  /** As `LokiClient.get`. */
  get(
    tenant: string,
    path: string,
    parameters: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<unknown>;
  /** 204 or a refusal for good (4xx); `attempts` above 1 means that the server may have taken the body more than once. */
  push(tenant: string, body: Uint8Array): Promise<{ status: number; message: string; attempts: number }>;
}

export interface LokiSideOptions extends Omit<LokiTarget, 'tenant'> {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How long one request is repeated while the server is away, overloaded or limits us. */
  readonly retryForMs: number;
  /** Who reads a tenant and who pushes to it, where that is not the same for all. */
  readonly credentialsFor?: (tenant: string, deed: Deed) => Credentials | undefined;
  /** Told about every pause. */
  readonly onRetry?: (reason: string, delayMs: number) => void;
}

export type Deed = 'read' | 'push';

const firstDelayMs = 200;
const delayMaxMs = 5_000;
/** A server that asks for more than this is asked again earlier: it may have restarted meanwhile. */
const retryAfterMaxMs = 60_000;
/** Loki's own limit of a query is 5 minutes at most places; a connection that says nothing longer is dead. */
const requestTimeoutMs = 330_000;

export function createLokiSide(options: LokiSideOptions): LokiSide {
  const { clock, signal, retryForMs } = options;
  const clients = new Map<string, LokiClient>();
  const clientOf = (tenant: string, deed: Deed): LokiClient => {
    const key = `${deed} ${tenant}`;
    let client = clients.get(key);
    if (client === undefined) {
      client = createLokiClient({ ...options, ...options.credentialsFor?.(tenant, deed), tenant });
      clients.set(key, client);
    }
    return client;
  };
  const requestSignal = () => AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]);

  /** Repeats `attempt` while it answers with a reason to wait. */
  async function patiently<T>(
    attempt: () => Promise<{ done: T } | { wait: string; waitMs: number | undefined; failure: Error }>,
  ): Promise<T> {
    const deadlineMs = clock.monotonicMs() + retryForMs;
    for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * 2, delayMaxMs)) {
      signal.throwIfAborted();
      const outcome = await attempt();
      if ('done' in outcome) return outcome.done;
      const pauseMs = Math.min(outcome.waitMs ?? delayMs, retryAfterMaxMs);
      if (clock.monotonicMs() + pauseMs > deadlineMs) throw outcome.failure;
      options.onRetry?.(outcome.wait, pauseMs);
      await sleep(clock, pauseMs, signal);
    }
  }

  /** The reason to ask again, or nothing when the failure is for good. */
  function passing(error: unknown): { wait: string; waitMs: number | undefined; failure: Error } | undefined {
    if (signal.aborted) return undefined;
    if (error instanceof LokiRefusal) {
      const { status, message, retryAfterMs } = error;
      return mayPass(status) ? { wait: `${status} ${message}`, waitMs: retryAfterMs, failure: error } : undefined;
    }
    if (error instanceof WorldError) return { wait: error.message, waitMs: undefined, failure: error };
    return undefined;
  }

  return {
    url: options.url.replace(/\/+$/, ''),
    get: (tenant, path, parameters, headers) =>
      patiently(async () => {
        try {
          return { done: await clientOf(tenant, 'read').get(path, parameters, requestSignal(), headers) };
        } catch (error) {
          const wait = passing(error);
          if (wait === undefined) throw error;
          return wait;
        }
      }),
    push(tenant, body) {
      let attempts = 0;
      return patiently(async () => {
        attempts++;
        try {
          const { status, message, retryAfterMs } = await clientOf(tenant, 'push').push(body, requestSignal());
          if (!mayPass(status)) return { done: { status, message, attempts } };
          const failure = new RequestError(status, message);
          return { wait: `${status} ${message}`, waitMs: retryAfterMs, failure };
        } catch (error) {
          const wait = passing(error);
          if (wait === undefined) throw error;
          return wait;
        }
      });
    },
  };
}

function mayPass(status: number): boolean {
  return status === 429 || status >= 500;
}
