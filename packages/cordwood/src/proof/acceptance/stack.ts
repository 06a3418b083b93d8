import type { Environment, Platform } from '@cordwood/platform';
import type { Credentials } from '../../client/loki-client.ts';
import type { Clock } from '../../world/clock.ts';
import { sleep } from '../../world/clock.ts';
import type { Budget } from './budget.ts';
import type { LokiProbe } from './loki-probe.ts';

/** The stack that is judged: how to reach it, what it should be, and how far acceptance may go. */
export interface Stack {
  readonly platform: Platform;
  readonly environment: Environment;
  readonly loki: LokiProbe;
  readonly endpoints: Endpoints;
  readonly settings: AcceptanceSettings;
  readonly budget: Budget;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Names this run in everything that it writes: `v3f9c2a71`. */
  readonly runId: string;
  /** A little before the run began: everything that it writes is newer. */
  readonly startedNs: bigint;
  /** Credentials of a user of the gateway, where they were given. */
  readonly credentialsOf: (user: string) => Credentials | undefined;
  /** Notes a marked stream that this run left in a tenant, for the clean-up. */
  readonly leave: (tenant: string, selector: string) => void;
}

/** What is not Loki's own API. Undefined: the criteria that need it say so. */
export interface Endpoints {
  /** The agent's OTLP receiver over HTTP: `http://127.0.0.1:4318`. */
  readonly otlp: string | undefined;
  readonly prometheus: string | undefined;
  readonly alertmanager: string | undefined;
  /** The Loki that is being replaced. */
  readonly oldLoki: string | undefined;
  /** A folder like `/var/log/pods`, or the answer of `kubectl get pods -A -o json` in a file. */
  readonly pods: string | undefined;
  /** The folder that `cordwood render` writes: `deployment`. */
  readonly artifacts: string | undefined;
  /** The repository of the logging framework, to run its unit tests in. */
  readonly repository: string | undefined;
}

export interface AcceptanceSettings {
  /** A source that was silent for longer is silent. */
  readonly freshMs: number;
  /** How long something may take to arrive or to fire. */
  readonly waitMs: number;
  /** Load of criterion 12, bytes a second; undefined for none. */
  readonly ingestBytesPerSecond: number | undefined;
  readonly ingestForMs: number;
  /** Tenant of the load and of rules that are made for the run. */
  readonly ownTenant: string;
  /** May it push one request above each tenant's burst, which the limit refuses whole? */
  readonly probeLimits: boolean;
  /** Criterion 11: runs of each query. */
  readonly queryRuns: number;
  readonly queryP99Ms: number;
  /** Criterion 11: a tenant with less of the last day proves nothing. */
  readonly queryVolumeBytes: number;
  /** Tenant of the old Loki; without authentication it is `fake`. */
  readonly oldTenant: string;
  /** What is newer than this is not compared: it may be under way. */
  readonly settleMs: number;
}

/** The label of every stream that acceptance writes. */
export const markerLabel = 'cordwood_verify';

/** The label `service` of everything that acceptance writes: the pipeline gives the same to what comes by OTLP. */
export const verifyService = 'cordwood-verify';

/** Labels of a stream of this run. */
export function markedStream(runId: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { service: verifyService, [markerLabel]: runId, ...more };
}

const askEveryMs = 500;

/** Asks until the answer is good or `limitMs` is over; gives the last answer. */
export async function eventually<T>(
  { clock, signal }: Pick<Stack, 'clock' | 'signal'>,
  limitMs: number,
  ask: () => Promise<T>,
  good: (answer: T) => boolean,
): Promise<T> {
  const endMs = clock.monotonicMs() + limitMs;
  for (;;) {
    const answer = await ask();
    if (good(answer) || clock.monotonicMs() >= endMs) return answer;
    await sleep(clock, askEveryMs, signal);
    signal.throwIfAborted();
  }
}

/** From the beginning of the run to a little after now: clocks differ. */
export function runSpan({ startedNs, clock }: Pick<Stack, 'startedNs' | 'clock'>) {
  return { startNs: startedNs, endNs: clock.nowNs() + 60_000_000_000n };
}

/** The last `durationMs`. */
export function lastSpan({ clock }: Pick<Stack, 'clock'>, durationMs: number) {
  const endNs = clock.nowNs();
  return { startNs: endNs - BigInt(Math.round(durationMs)) * 1_000_000n, endNs };
}
