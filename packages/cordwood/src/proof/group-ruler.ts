import { parse, print } from '@cordwood/logql';
import type { Tenant } from '../model/tenant.ts';
import type { ActiveAlert, ExpandTemplate, Sample } from '../rules/alerting-rule.ts';
import type { RuleGroup } from '../rules/rule-group.ts';
import { createRuler, type RecordedSample, type RuleStatus } from '../rules/ruler.ts';
import type { Clock } from '../world/clock.ts';
import type { FoundEntry } from './test-stack.ts';

/**
 * One rule group in the ruler that production runs, evaluated when the test says so.
 *
 * The ruler evaluates a group at multiples of its interval, shifted by a hash of its name so that not all groups run at once. A
 * test counts from 0, so each group gets a ruler and a clock of its own: the clock tells nothing but how far the ruler wants to
 * wait for its next tick, and that tick is called the group's next evaluation. Times inside what the
 * ruler hands out (activeAtMs ...) are those of that clock; what is sent is shifted to the test's time.
 */
export interface GroupRuler {
  readonly group: RuleGroup;
  readonly tenant: Tenant;
  readonly intervalMs: number;
  /** Evaluates all rules of the group, in order, at a time of the test. Calls come in order, one interval apart. */
  evaluate(atMs: number): Promise<Evaluation>;
  stop(): Promise<void>;
}

export interface Evaluation {
  readonly rules: readonly RuleStatus[];
  /** Sent to the Alertmanager by this evaluation: firing and resolved ones, with times of the test. */
  readonly notified: readonly NotifiedAlert[];
  /** Written to Prometheus by this evaluation, ALERTS series too. */
  readonly recorded: readonly RecordedSample[];
}

export interface NotifiedAlert {
  readonly alert: ActiveAlert;
  readonly expression: string;
}

export interface GroupRulerOptions {
  readonly group: RuleGroup;
  readonly tenant: Tenant;
  readonly evaluationIntervalMs: number;
  readonly expand: ExpandTemplate;
  query(tenant: Tenant, expression: string, atMs: number): Promise<readonly Sample[]>;
  /** For `$lines`: a log query up to a time, oldest first, with the distance of each line from time 0. */
  queryLogs?(tenant: Tenant, expression: string, atMs: number): Promise<readonly FoundEntry[]>;
  readonly exploreLink?: (query: string) => string;
}

/** Loki's `ruler.resend_delay`. */
const resendDelayMs = 60_000;
/** The rules never change during a test; the ruler's poll must not be taken for a tick. */
const neverMs = Number.MAX_SAFE_INTEGER;

export async function startGroupRuler(options: GroupRulerOptions): Promise<GroupRuler> {
  const { group, tenant } = options;
  const intervalMs = group.intervalMs || options.evaluationIntervalMs;
  const clock = new TickClock();
  let notified: NotifiedAlert[] = [];
  let recorded: RecordedSample[] = [];
  let testMs = 0;
  const ruler = createRuler({
    store: {
      tenants: async () => [tenant],
      list: async () => ({ namespaces: new Map([['', [group]]]), diagnostics: [] }),
      write: undefined,
    },
    query: (ofTenant, expression) => options.query(ofTenant, expression, testMs),
    async queryLines(ofTenant, query, { startMs, endMs, limit }) {
      // The ruler's clock is not the test's.
      const shiftMs = testMs - Number(clock.nowNs() / 1_000_000n);
      const found = (await options.queryLogs?.(ofTenant, query, endMs + shiftMs)) ?? [];
      const fromNs = BigInt(Math.round((startMs + shiftMs) * 1e6));
      const inRange = found.filter(({ offsetNs }) => offsetNs > fromNs);
      return inRange
        .slice(-limit)
        .reverse()
        .map(({ line }) => line);
    },
    ...(options.exploreLink ? { exploreLink: options.exploreLink } : {}),
    expand: options.expand,
    printExpression: (text) => {
      const { expression } = parse(text);
      return expression === undefined ? text : print(expression);
    },
    notify: (_, alerts, expression) => void notified.push(...alerts.map((alert) => ({ alert, expression }))),
    record: (_, samples) => void recorded.push(...samples),
    stateFile: undefined,
    clock,
    log: () => {},
    evaluationIntervalMs: options.evaluationIntervalMs,
    pollIntervalMs: neverMs,
    resendDelayMs,
  });
  await ruler.start();
  return {
    group,
    tenant,
    intervalMs,
    async evaluate(atMs) {
      testMs = atMs;
      notified = [];
      recorded = [];
      const before = ruler.groups(tenant)[0]!.lastEvaluationMs;
      clock.fireNext();
      do await new Promise((resolve) => setImmediate(resolve));
      while (ruler.groups(tenant)[0]!.lastEvaluationMs === before);
      // The ruler takes its next tick once this evaluation has let go of the group.
      await new Promise((resolve) => setImmediate(resolve));
      const { rules, lastEvaluationMs } = ruler.groups(tenant)[0]!;
      const shiftMs = atMs - lastEvaluationMs!;
      return {
        rules,
        notified: notified.map(({ alert, expression }) => ({ alert: shifted(alert, shiftMs), expression })),
        recorded,
      };
    },
    stop: () => ruler.stop(),
  };
}

function shifted(alert: ActiveAlert, shiftMs: number): ActiveAlert {
  const shift = (timeMs: number | undefined) => (timeMs === undefined ? undefined : timeMs + shiftMs);
  return {
    ...alert,
    activeAtMs: alert.activeAtMs + shiftMs,
    firedAtMs: shift(alert.firedAtMs),
    resolvedAtMs: shift(alert.resolvedAtMs),
    lastSentMs: shift(alert.lastSentMs),
    validUntilMs: shift(alert.validUntilMs),
  };
}

/** Goes from timer to timer. */
class TickClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<{ readonly atMs: number; readonly callback: () => void }>();

  nowNs(): bigint {
    return BigInt(this.#nowMs) * 1_000_000n;
  }
  monotonicMs(): number {
    return this.#nowMs;
  }
  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }
  fireNext(): void {
    const [next] = [...this.#timers].sort((a, b) => a.atMs - b.atMs);
    this.#timers.delete(next!);
    this.#nowMs = next!.atMs;
    next!.callback();
  }
}
