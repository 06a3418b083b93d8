import { parse } from '@cordwood/logql';
import { createEntryColumns } from '../model/entry.ts';
import { RequestError } from '../model/failure.ts';
import { createLabels, type Labels } from '../model/labels.ts';
import { defaultLimits, type Limits, type LimitsFor } from '../model/limits.ts';
import type { Tenant } from '../model/tenant.ts';
import { createEngine } from '../query/engine.ts';
import { compileSelector } from '../query/stream-matchers.ts';
import type { Sample } from '../rules/alerting-rule.ts';
import { openStore } from '../store/store.ts';
import { SimulatedClock } from '../world/simulated-clock.ts';
import { SimulatedDisk } from '../world/simulated-disk.ts';

/** Store and engine of production, on a disk in memory and a clock that stands still between two events of a test. */
export interface TestStack {
  advanceTo(atMs: number): Promise<void>;
  /** Undefined: taken. Otherwise what Loki would have answered. */
  push(tenant: Tenant, labels: Labels, lines: readonly StackLine[]): Promise<string | undefined>;
  /** An instant query. Throws RequestError with Loki's text. */
  querySamples(tenant: Tenant, expression: string, atMs: number): Promise<readonly Sample[]>;
  /** Everything that a log query gives up to and including a time, oldest first. */
  queryLogs(tenant: Tenant, expression: string, atMs: number): Promise<readonly FoundEntry[]>;
  /** Lines refused so far, by tenant and Loki's reason; undefined where that cannot be asked. */
  readonly refused?: () => readonly RefusedLines[];
  close(): Promise<void>;
}

/** `originMs` is what 0 of the stack's times means. */
export type OpenTestStack = (originMs: number, limitsFor: LimitsFor) => Promise<TestStack>;

export interface FoundEntry {
  readonly labels: Labels;
  readonly line: string;
  /** Since time 0 of the stack. */
  readonly offsetNs: bigint;
}

export interface RefusedLines {
  readonly tenant: string;
  /** As of `loki_discarded_samples_total`. */
  readonly reason: string;
  readonly lines: number;
}

export interface StackLine {
  readonly atMs: number;
  readonly line: string;
  readonly structuredMetadata: Labels;
}

/**
 * Without a loki.yaml the streams of a test are what it says, nothing is added and nothing refused for its age. With one, the
 * tenant's own limits hold: `service_name` and `detected_level` are discovered, and what is too much is refused.
 */
export const plainLimits: Limits = {
  ...defaultLimits,
  rejectOldSamples: false,
  discoverServiceName: [],
  discoverLogLevels: false,
  ingestionRateMb: 1000,
  ingestionBurstSizeMb: 1000,
  perStreamRateLimitBytes: 1024 ** 3,
  perStreamRateLimitBurstBytes: 1024 ** 3,
  maxGlobalStreamsPerUser: 0,
  queryTimeoutMs: 0,
  maxQuerySeries: 1_000_000,
};

const msToNs = (ms: number): bigint => BigInt(Math.round(ms * 1e6));

/** Log queries look back this far: a test is shorter. */
const logLookbackMs = 30 * 86_400_000;

/** The embedded store and engine. */
export const openTestStack: OpenTestStack = async (originMs, limitsFor) => {
  const clock = new SimulatedClock(msToNs(originMs));
  const store = await openStore({
    disk: new SimulatedDisk({ seed: 1 }),
    directory: '/data',
    clock,
    limitsFor,
    compileSelector(text) {
      const { expression, error } = parse(text, { allowEmptySelector: true });
      if (error !== undefined || expression.kind !== 'log')
        throw new RequestError(400, error?.message ?? `${text} is no stream selector`);
      return compileSelector(expression.selector.matchers);
    },
    log: () => {},
  });
  const engine = createEngine({ select: store.select, clock, limitsFor });
  let nowMs = 0;

  async function run(tenant: Tenant, text: string, kind: 'instant' | 'range', startMs: number, atMs: number) {
    const { expression, error } = parse(text);
    if (error !== undefined) throw new RequestError(400, error.message);
    return engine.run({
      tenants: [tenant],
      expression,
      kind,
      startNs: msToNs(originMs + startMs),
      // The end of a log query is exclusive.
      endNs: msToNs(originMs + atMs) + (kind === 'range' ? 1n : 0n),
      stepNs: 0n,
      intervalNs: 0n,
      limit: limitsFor(tenant).maxEntriesLimitPerQuery,
      direction: 'forward',
    });
  }

  return {
    async advanceTo(atMs) {
      if (atMs > nowMs) await clock.advance(atMs - nowMs);
      nowMs = Math.max(nowMs, atMs);
    },
    async push(tenant, labels, lines) {
      const entries = createEntryColumns(
        lines.map(({ atMs, line, structuredMetadata }) => ({
          timestampNs: msToNs(originMs + atMs),
          line,
          structuredMetadata,
        })),
      );
      const outcome = await store.push(tenant, [{ labels, entries }], { format: 'protobuf' });
      return outcome.status < 300 ? undefined : `${outcome.status} ${outcome.message}`;
    },
    async querySamples(tenant, expression, atMs) {
      const result = await run(tenant, expression, 'instant', atMs, atMs);
      if (result.kind === 'scalar') return [{ labels: createLabels({}), value: result.value }];
      if (result.kind !== 'vector') throw new RequestError(400, 'rule result is not a vector or scalar');
      return result.samples;
    },
    async queryLogs(tenant, expression, atMs) {
      const result = await run(tenant, expression, 'range', Math.max(atMs - logLookbackMs, -originMs), atMs);
      if (result.kind !== 'streams') throw new RequestError(400, 'not a log query');
      return result.streams
        .flatMap(({ labels, entries }) =>
          entries.map(({ line, timestampNs }) => ({ labels, line, offsetNs: timestampNs - msToNs(originMs) })),
        )
        .sort((a, b) => (a.offsetNs < b.offsetNs ? -1 : a.offsetNs > b.offsetNs ? 1 : 0));
    },
    refused: () =>
      store
        .metrics()
        .filter(({ name }) => name === 'loki_discarded_samples_total')
        .flatMap(({ samples }) =>
          samples.map(({ labels, value }) => ({
            tenant: labels['tenant'] ?? '',
            reason: labels['reason'] ?? '',
            lines: value,
          })),
        ),
    close: () => store.close(),
  };
};
