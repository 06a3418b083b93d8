import type { Diagnostic } from '../model/diagnostic.ts';
import { createLabels, type Labels, printLabels } from '../model/labels.ts';
import type { LogMessage } from '../model/log-message.ts';
import type { Tenant } from '../model/tenant.ts';
import type { Clock } from '../world/clock.ts';
import type { AlertStateFile } from './alert-state-file.ts';
import {
  type ActiveAlert,
  type ActiveAlerts,
  alertSeries,
  type ExpandTemplate,
  evaluateAlertingRule,
  ruleState,
  type Sample,
  selectAlertsToSend,
  type TemplateData,
} from './alerting-rule.ts';
import type { AlertingRule, RecordingRule, Rule, RuleGroup } from './rule-group.ts';
import type { RuleStore } from './rule-store.ts';
import {
  type QueryLines,
  redactedLines,
  sampledAlertsMax,
  sampleLinesMax,
  sampleQuery,
  usesLines,
} from './sample-lines.ts';

/**
 * Evaluates the rule groups of all tenants (loki.md section 5).
 *
 * Every group has its own rhythm: ticks at multiples of its interval since the epoch, shifted by a hash of its name so that groups do
 * not all run at once, the same after each restart. At a tick its rules run one after the other, each an instant query at the tick's
 * time. A group that is still busy when its next tick comes misses that tick, and so does everything that slept with the
 * machine; ticks are never caught up, because alerts are about now.
 */

/** An instant query at `timeMs`. Throws with the text that becomes the rule's `lastError`. */
export type QueryFunction = (
  tenant: Tenant,
  expression: string,
  timeMs: number,
  signal: AbortSignal,
) => Promise<readonly Sample[]>;

/** Takes alerts for delivery; returns at once. */
export type Notify = (tenant: Tenant, alerts: readonly ActiveAlert[], expression: string) => void;

/** A sample of a recorded series. `stale` says that the series has ended. */
export interface RecordedSample {
  readonly labels: Labels;
  readonly timestampMs: number;
  readonly value: number;
  readonly stale: boolean;
}
/** Takes samples for remote write; returns at once. */
export type WriteRecorded = (tenant: Tenant, samples: readonly RecordedSample[]) => void;

export interface RulerOptions {
  readonly store: RuleStore;
  readonly query: QueryFunction;
  /** For `$lines`; undefined: alerts have none. */
  readonly queryLines?: QueryLines;
  /** For `$exploreLink`. */
  readonly exploreLink?: (query: string) => string;
  readonly expand: ExpandTemplate;
  /** Canonical text of an expression, as the API shows it. */
  readonly printExpression: (text: string) => string;
  readonly notify: Notify;
  readonly record: WriteRecorded;
  readonly stateFile: AlertStateFile | undefined;
  readonly clock: Clock;
  readonly log: LogMessage;
  /** ruler.evaluation_interval */
  readonly evaluationIntervalMs: number;
  /** ruler.poll_interval */
  readonly pollIntervalMs: number;
  /** ruler.resend_delay */
  readonly resendDelayMs: number;
  /** ruler.enabled_tenants and disabled_tenants; by default every tenant's rules run. */
  readonly runsTenant?: (tenant: Tenant) => boolean;
}

export interface RuleStatus {
  readonly rule: Rule;
  /** Canonical. */
  readonly query: string;
  readonly state: 'inactive' | 'pending' | 'firing';
  /** Pending and firing; empty for recording rules. */
  readonly alerts: readonly ActiveAlert[];
  readonly health: 'unknown' | 'ok' | 'err';
  readonly lastError: string;
  /** Undefined before the first evaluation. */
  readonly lastEvaluationMs: number | undefined;
  readonly evaluationSeconds: number;
}

export interface GroupStatus {
  readonly tenant: Tenant;
  readonly namespace: string;
  readonly name: string;
  readonly intervalMs: number;
  readonly limit: number;
  readonly rules: readonly RuleStatus[];
  readonly lastEvaluationMs: number | undefined;
  readonly evaluationSeconds: number;
  readonly evaluations: number;
  readonly failures: number;
  readonly missedIterations: number;
}

export interface Ruler {
  readonly store: RuleStore;
  /** Sorted by namespace, then name. */
  groups(tenant: Tenant): readonly GroupStatus[];
  allGroups(): readonly GroupStatus[];
  /** Pending and firing alerts. */
  alerts(tenant: Tenant): readonly ActiveAlert[];
  /** Problems of the last reading of the store, by tenant. */
  diagnostics(): readonly Diagnostic[];
  /** Reads the store again now; the poll does it by itself. */
  reload(): Promise<void>;
  /** Reads the rules and starts evaluating. */
  start(): Promise<void>;
  /** Ends evaluations and writes the state of alerts. */
  stop(): Promise<void>;
}

interface RuleRun {
  readonly rule: Rule;
  readonly query: string;
  alerts: ActiveAlerts;
  /** Series of the last evaluation of a recording rule or of an alert's ALERTS, by label text: to end them when they vanish. */
  series: ReadonlyMap<string, Labels>;
  health: 'unknown' | 'ok' | 'err';
  lastError: string;
  lastEvaluationMs: number | undefined;
  evaluationSeconds: number;
}

interface GroupRun {
  readonly tenant: Tenant;
  readonly namespace: string;
  readonly group: RuleGroup;
  /** The group's text: equal text, equal group, nothing to restart. */
  readonly fingerprint: string;
  readonly intervalMs: number;
  readonly rules: readonly RuleRun[];
  readonly abort: AbortController;
  cancelTick: () => void;
  running: Promise<void> | undefined;
  lastTickMs: number | undefined;
  lastEvaluationMs: number | undefined;
  evaluationSeconds: number;
  evaluations: number;
  failures: number;
  missedIterations: number;
}

export function createRuler(options: RulerOptions): Ruler {
  const { store, clock, log } = options;
  const runs = new Map<string, GroupRun>();
  let diagnostics: readonly Diagnostic[] = [];
  /** What is wrong at the start is for who starts the ruler to show. */
  let loadedBefore = false;
  let stopped = true;
  let cancelPoll = () => {};
  let reloading: Promise<void> = Promise.resolve();
  const nowMs = () => Number(clock.nowNs() / 1_000_000n);

  async function load(): Promise<void> {
    const wanted = new Map<string, { tenant: Tenant; namespace: string; group: RuleGroup }>();
    const found: Diagnostic[] = [];
    const brokenTenants = new Set<Tenant>();
    for (const tenant of await store.tenants()) {
      if (options.runsTenant?.(tenant) === false) continue;
      try {
        const listed = await store.list(tenant);
        found.push(...listed.diagnostics);
        if (listed.diagnostics.some(({ severity }) => severity === 'error')) {
          brokenTenants.add(tenant);
          continue;
        }
        for (const [namespace, groups] of listed.namespaces) {
          for (const group of groups)
            wanted.set(JSON.stringify([tenant, namespace, group.name]), { tenant, namespace, group });
        }
      } catch (error) {
        brokenTenants.add(tenant);
        log('error', 'rules of a tenant cannot be read', { tenant, error: (error as Error).message });
      }
    }
    if (loadedBefore) reportNew(found);
    loadedBefore = true;
    diagnostics = found;
    for (const [key, run] of runs) {
      // A tenant whose files do not read keeps the rules it had: an alert must not vanish because of a typing error.
      if (brokenTenants.has(run.tenant)) continue;
      const next = wanted.get(key);
      if (next === undefined || JSON.stringify(next.group) !== run.fingerprint) {
        stopRun(run);
        runs.delete(key);
        endSeries(run, next === undefined ? [] : next.group.rules);
        if (next !== undefined) startRun(key, next.tenant, next.namespace, next.group, run);
      }
    }
    for (const [key, { tenant, namespace, group }] of wanted) {
      if (!runs.has(key)) startRun(key, tenant, namespace, group, undefined);
    }
  }

  /** Problems are told when they come up, not at every poll. */
  function reportNew(found: readonly Diagnostic[]): void {
    const known = new Set(diagnostics.map((diagnostic) => JSON.stringify(diagnostic)));
    for (const diagnostic of found) {
      if (known.has(JSON.stringify(diagnostic))) continue;
      const { severity, message, file = '', line, column } = diagnostic;
      if (severity === 'error')
        log('error', 'rules cannot be used; the tenant keeps those it had', { file, line, column, problem: message });
      else log('warn', 'rules do less than they say', { file, line, column, problem: message });
    }
  }

  function startRun(
    key: string,
    tenant: Tenant,
    namespace: string,
    group: RuleGroup,
    previous: GroupRun | undefined,
  ): void {
    const run: GroupRun = {
      tenant,
      namespace,
      group,
      fingerprint: JSON.stringify(group),
      intervalMs: group.intervalMs || options.evaluationIntervalMs,
      rules: group.rules.map((rule, index) => {
        // A changed group keeps the alerts of the rules that did not change.
        const same = previous?.rules.find((old) => JSON.stringify(old.rule) === JSON.stringify(rule));
        const restored = same
          ? undefined
          : options.stateFile?.restore(tenant, namespace, group.name, index, rule, nowMs());
        return {
          rule,
          query: options.printExpression(rule.expression),
          alerts: same?.alerts ?? restored?.alerts ?? new Map(),
          series: same?.series ?? new Map(),
          health: same?.health ?? 'unknown',
          lastError: same?.lastError ?? '',
          lastEvaluationMs: same?.lastEvaluationMs ?? restored?.lastEvaluationMs,
          evaluationSeconds: same?.evaluationSeconds ?? 0,
        };
      }),
      abort: new AbortController(),
      cancelTick: () => {},
      running: undefined,
      lastTickMs: undefined,
      lastEvaluationMs: undefined,
      evaluationSeconds: 0,
      evaluations: 0,
      failures: 0,
      missedIterations: 0,
    };
    runs.set(key, run);
    if (!stopped) scheduleTick(run);
  }

  function scheduleTick(run: GroupRun): void {
    const offsetMs = hashText(`${run.namespace};${run.group.name}`) % run.intervalMs;
    const lastTickAt = (timeMs: number) =>
      timeMs - ((((timeMs - offsetMs) % run.intervalMs) + run.intervalMs) % run.intervalMs);
    const now = nowMs();
    const nextMs = lastTickAt(now) + run.intervalMs;
    run.cancelTick = clock.after(nextMs - now, () => {
      // A timer may come late by any time, and the wall clock may have been set: what counts is the tick that is due now.
      const tickMs = Math.max(nextMs, lastTickAt(nowMs()));
      run.missedIterations += (tickMs - nextMs) / run.intervalMs;
      scheduleTick(run);
      if (run.running !== undefined) {
        run.missedIterations++;
        return;
      }
      run.running = evaluateGroup(run, tickMs).finally(() => {
        run.running = undefined;
      });
    });
  }

  async function evaluateGroup(run: GroupRun, tickMs: number): Promise<void> {
    const startedMs = clock.monotonicMs();
    run.lastTickMs = tickMs;
    for (const rule of run.rules) {
      if (run.abort.signal.aborted) return;
      const ruleStartedMs = clock.monotonicMs();
      run.evaluations++;
      try {
        const samples = await options.query(run.tenant, rule.rule.expression, tickMs, run.abort.signal);
        const error =
          rule.rule.kind === 'alerting'
            ? await applyAlert(run, rule, rule.rule, samples, tickMs)
            : applyRecord(run, rule, rule.rule, samples, tickMs);
        rule.health = error === undefined ? 'ok' : 'err';
        rule.lastError = error ?? '';
      } catch (error) {
        if (run.abort.signal.aborted) return;
        rule.health = 'err';
        rule.lastError = (error as Error).message;
      }
      if (rule.health === 'err') {
        run.failures++;
        log('warn', 'rule failed', {
          tenant: run.tenant,
          group: run.group.name,
          rule: rule.rule.name,
          error: rule.lastError,
        });
      }
      rule.lastEvaluationMs = tickMs;
      rule.evaluationSeconds = (clock.monotonicMs() - ruleStartedMs) / 1000;
    }
    run.lastEvaluationMs = tickMs;
    run.evaluationSeconds = (clock.monotonicMs() - startedMs) / 1000;
    await options.stateFile?.save(() => stateOf(runs.values()));
  }

  async function applyAlert(
    run: GroupRun,
    state: RuleRun,
    rule: AlertingRule,
    samples: readonly Sample[],
    tickMs: number,
  ): Promise<string | undefined> {
    const found = usesLines(rule.annotations) ? await linesFor(run, rule, samples, tickMs) : undefined;
    const expand: ExpandTemplate = (name, text, data, timeMs) =>
      options.expand(name, text, { ...data, ...found?.get(printLabels(data.labels)) }, timeMs);
    const evaluation = evaluateAlertingRule(rule, state.alerts, samples, tickMs, run.group.limit, expand);
    const { toSend, alerts } = selectAlertsToSend(evaluation.alerts, tickMs, run.intervalMs, options.resendDelayMs);
    state.alerts = alerts;
    if (toSend.length > 0) options.notify(run.tenant, toSend, rule.expression);
    writeSeries(run.tenant, state, alertSeries(alerts), tickMs);
    return evaluation.error;
  }

  /** By the text of the sample's labels. An alert without its lines is better than none, so failures are logged only. */
  async function linesFor(
    run: GroupRun,
    rule: AlertingRule,
    samples: readonly Sample[],
    tickMs: number,
  ): Promise<Map<string, Pick<TemplateData, 'lines' | 'exploreLink'>>> {
    const found = new Map<string, Pick<TemplateData, 'lines' | 'exploreLink'>>();
    for (const sample of samples.slice(0, sampledAlertsMax)) {
      const labels = sample.labels.filter(({ name }) => name !== '__name__');
      const sampled = sampleQuery(rule.expression, labels);
      if (sampled === undefined) continue;
      const { query, fromAgoMs, untilAgoMs } = sampled;
      const range = { startMs: tickMs - fromAgoMs, endMs: tickMs - untilAgoMs, limit: sampleLinesMax };
      try {
        const lines = (await options.queryLines?.(run.tenant, query, range, run.abort.signal)) ?? [];
        found.set(printLabels(labels), {
          lines: redactedLines(lines),
          exploreLink: options.exploreLink?.(query) ?? '',
        });
      } catch (error) {
        if (run.abort.signal.aborted) break;
        const { message } = error as Error;
        log('warn', 'an alert goes out without its lines', { tenant: run.tenant, rule: rule.name, error: message });
      }
    }
    return found;
  }

  function applyRecord(
    run: GroupRun,
    state: RuleRun,
    rule: RecordingRule,
    samples: readonly Sample[],
    tickMs: number,
  ): string | undefined {
    const series = samples.map((sample) => ({
      labels: createLabels([
        ...sample.labels.map(({ name, value }) => [name, value] as const),
        ...Object.entries(rule.labels),
        ['__name__', rule.name],
      ]).filter((label) => label.value !== ''),
      value: sample.value,
    }));
    if (new Set(series.map(({ labels }) => printLabels(labels))).size < series.length) {
      return 'vector contains metrics with the same labelset after applying rule labels';
    }
    if (run.group.limit > 0 && series.length > run.group.limit) {
      return `exceeded limit of ${run.group.limit} with ${series.length} series`;
    }
    writeSeries(run.tenant, state, series, tickMs);
    return undefined;
  }

  function writeSeries(tenant: Tenant, state: RuleRun, series: readonly Sample[], tickMs: number): void {
    const now = new Map(series.map(({ labels }) => [printLabels(labels), labels] as const));
    const samples: RecordedSample[] = series.map(({ labels, value }) => ({
      labels,
      value,
      timestampMs: tickMs,
      stale: false,
    }));
    for (const [key, labels] of state.series) {
      if (!now.has(key)) samples.push({ labels, value: Number.NaN, timestampMs: tickMs, stale: true });
    }
    state.series = now;
    if (samples.length > 0) options.record(tenant, samples);
  }

  /** A removed or changed rule's series end now, not five minutes later. */
  function endSeries(run: GroupRun, kept: readonly Rule[]): void {
    for (const state of run.rules) {
      if (kept.some((rule) => JSON.stringify(rule) === JSON.stringify(state.rule))) continue;
      const samples = [...state.series.values()].map((labels) => ({
        labels,
        value: Number.NaN,
        timestampMs: nowMs(),
        stale: true,
      }));
      if (samples.length > 0) options.record(run.tenant, samples);
    }
  }

  function stopRun(run: GroupRun): void {
    run.cancelTick();
    run.abort.abort();
  }

  function poll(): void {
    cancelPoll = clock.after(options.pollIntervalMs, () => {
      void ruler.reload().finally(() => {
        if (!stopped) poll();
      });
    });
  }

  const sortedRuns = () =>
    [...runs.values()].sort((a, b) => compareText(a.namespace, b.namespace) || compareText(a.group.name, b.group.name));

  const ruler: Ruler = {
    store,
    groups: (tenant) =>
      sortedRuns()
        .filter((run) => run.tenant === tenant)
        .map(groupStatus),
    allGroups: () => sortedRuns().map(groupStatus),
    alerts: (tenant) =>
      sortedRuns()
        .filter((run) => run.tenant === tenant)
        .flatMap((run) => run.rules.flatMap((rule) => activeOf(rule.alerts))),
    diagnostics: () => diagnostics,
    reload() {
      reloading = reloading
        .then(load)
        .catch((error) => log('error', 'rules cannot be read', { error: (error as Error).message }));
      return reloading;
    },
    async start() {
      stopped = false;
      await options.stateFile?.open();
      await ruler.reload();
      poll();
    },
    async stop() {
      if (stopped) return;
      stopped = true;
      cancelPoll();
      for (const run of runs.values()) stopRun(run);
      await Promise.all([...runs.values()].map((run) => run.running));
      await options.stateFile?.save(() => stateOf(runs.values()), { now: true });
    },
  };
  return ruler;
}

export interface SavedAlerts {
  readonly tenant: string;
  readonly namespace: string;
  readonly group: string;
  readonly index: number;
  readonly rule: Rule;
  readonly lastEvaluationMs: number;
  readonly alerts: readonly ActiveAlert[];
}

function stateOf(runs: Iterable<GroupRun>): SavedAlerts[] {
  return [...runs].flatMap((run) =>
    run.rules.flatMap((state, index) =>
      state.alerts.size > 0 && state.lastEvaluationMs !== undefined
        ? [
            {
              tenant: run.tenant,
              namespace: run.namespace,
              group: run.group.name,
              index,
              rule: state.rule,
              lastEvaluationMs: state.lastEvaluationMs,
              alerts: [...state.alerts.values()],
            },
          ]
        : [],
    ),
  );
}

function groupStatus(run: GroupRun): GroupStatus {
  return {
    tenant: run.tenant,
    namespace: run.namespace,
    name: run.group.name,
    intervalMs: run.intervalMs,
    limit: run.group.limit,
    rules: run.rules.map((state) => ({
      rule: state.rule,
      query: state.query,
      state: ruleState(state.alerts),
      alerts: activeOf(state.alerts),
      health: state.health,
      lastError: state.lastError,
      lastEvaluationMs: state.lastEvaluationMs,
      evaluationSeconds: state.evaluationSeconds,
    })),
    lastEvaluationMs: run.lastEvaluationMs,
    evaluationSeconds: run.evaluationSeconds,
    evaluations: run.evaluations,
    failures: run.failures,
    missedIterations: run.missedIterations,
  };
}

function activeOf(alerts: ActiveAlerts): ActiveAlert[] {
  return [...alerts.values()].filter((alert) => alert.state !== 'resolved');
}

/** FNV-1a, 32 bits: spreads groups over their interval. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
