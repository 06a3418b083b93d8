import { dirname, resolve } from 'node:path';
import type { Diagnostic } from '@cordwood/alloy';
import type { StageObserver } from '../agent/pipeline.ts';
import { createLabels, type Labels, labelValue, overlayLabels } from '../model/labels.ts';
import type { LimitsFor } from '../model/limits.ts';
import type { Tenant } from '../model/tenant.ts';
import { createAlertTemplates } from '../rules/alert-template.ts';
import type { Sample } from '../rules/alerting-rule.ts';
import { type AlertNotification, exploreLink, notificationOf } from '../rules/alertmanager-notifier.ts';
import { printRuleDuration } from '../rules/prometheus-duration.ts';
import type { RuleGroup } from '../rules/rule-group.ts';
import { seededRandom } from '../world/random.ts';
import type { AlertHistory } from './alert-history.ts';
import { type Failure, UnusableTest } from './case-result.ts';
import { checkExpression } from './check-expression.ts';
import { checkRuleTest } from './check-rule-test.ts';
import { type Evaluation, type GroupRuler, startGroupRuler } from './group-ruler.ts';
import { expandLines, type ScriptedLine } from './line-script.ts';
import type { readPipelineConfig } from './pipeline-config.ts';
import { openPipelineStack } from './pipeline-stack.ts';
import { checkPrometheusAlerts } from './prometheus-chain.ts';
import type { InputStream, RuleTest } from './test-file.ts';
import type { OpenTestStack, TestStack } from './test-stack.ts';
import type { Place } from './yaml-map.ts';

/**
 * Runs one rule test: lines arrive in the store at their time, groups are evaluated at the multiples of their interval from 0
 * on, and what lines and evaluations there are at the same time happens in this order. Raw lines go through their pipeline
 * first, which knows nothing of rules. Then every expectation is compared.
 */
export interface RuleTestContext {
  /** In the order of evaluation. */
  readonly groups: readonly TestedGroup[];
  readonly evaluationIntervalMs: number;
  readonly limitsFor: LimitsFor;
  readonly prometheusRuleFiles: readonly string[];
  readonly openStack: OpenTestStack;
  /** For coverage. */
  readonly observe?: RuleTestObserver;
  readonly configOf: typeof readPipelineConfig;
}

export interface RuleTestObserver {
  evaluated(group: TestedGroup, tenant: Tenant, evaluation: Evaluation, stack: TestStack, atMs: number): Promise<void>;
  stage(configPath: string, componentId: string, ...stage: Parameters<StageObserver>): void;
}

export interface TestedGroup {
  /** Absolute path of its rule file. */
  readonly file: string;
  readonly group: RuleGroup;
  /** Undefined: the test's tenant. */
  readonly tenant: Tenant | undefined;
}

export interface RuleTestOutcome {
  readonly failures: readonly Failure[];
  readonly timelines: readonly string[];
  /** The pipeline's configuration is refused. */
  readonly diagnostics: readonly Diagnostic[];
}

/** All that happened in a test; expectations are compared with it. */
export interface RuleTestRecord {
  readonly histories: readonly AlertHistory[];
  readonly recorded: readonly Recorded[];
  readonly notified: readonly Notified[];
  /** What went into the store. */
  readonly arrivals: readonly Arrival[];
  readonly endMs: number;
}

export interface Recorded {
  readonly name: string;
  readonly tenant: Tenant;
  readonly atMs: number;
  readonly samples: readonly Sample[];
}

export interface Notified {
  readonly alertName: string;
  readonly tenant: Tenant;
  readonly atMs: number;
  readonly status: 'firing' | 'resolved';
  /** Times count from the start of the test. */
  readonly body: AlertNotification;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
}

export interface Arrival extends ScriptedLine {
  readonly tenant: Tenant;
  readonly labels: Labels;
  readonly place: Place;
}

/** More evaluations than this are a mistake in a time. */
const evaluationsMax = 200_000;

export async function runRuleTest(test: RuleTest, context: RuleTestContext): Promise<RuleTestOutcome> {
  const raw = await throughPipeline(test, context);
  if (raw.diagnostics !== undefined) {
    const message = `${test.pipeline!.config.path} is refused`;
    const failures = [{ place: test.pipeline!.config.place, message, diff: [] }];
    return { failures, timelines: [], diagnostics: raw.diagnostics };
  }
  const arrivals = [...arrivalsOf(test), ...raw.arrivals].sort((a, b) => a.arrivesMs - b.arrivesMs);
  const stack = await context.openStack(test.originMs, context.limitsFor);
  const rulers: GroupRuler[] = [];
  try {
    const { expand } = createAlertTemplates({
      externalUrl: test.externalUrl,
      externalLabels: test.externalLabels,
      lines: true,
    });
    const tested = neededGroups(test, context);
    for (const { group, tenant } of tested) {
      rulers.push(
        await startGroupRuler({
          group,
          tenant: tenant ?? test.tenant,
          evaluationIntervalMs: context.evaluationIntervalMs,
          expand,
          query: stack.querySamples,
          queryLogs: stack.queryLogs,
          exploreLink: (query) => exploreLink({ externalUrl: test.externalUrl, datasourceUid: '' }, query),
        }),
      );
    }
    const { failures, record } = await simulate(test, context, { stack, rulers, tested, arrivals });
    const { failures: unmet, timelines } = checkRuleTest(test, record, context.groups);
    const inPrometheus = await checkPrometheusAlerts(
      test,
      context.prometheusRuleFiles,
      record,
      context.evaluationIntervalMs,
    );
    const all = [...failures, ...unmet, ...inPrometheus];
    all.sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
    return { failures: all, timelines, diagnostics: [] };
  } finally {
    for (const ruler of rulers) await ruler.stop();
    await stack.close();
  }
}

interface Simulated {
  readonly stack: TestStack;
  /** One for each of `tested`. */
  readonly rulers: readonly GroupRuler[];
  readonly tested: readonly TestedGroup[];
  readonly arrivals: readonly Arrival[];
}

async function simulate(
  test: RuleTest,
  context: RuleTestContext,
  { stack, rulers, tested, arrivals }: Simulated,
): Promise<{ failures: Failure[]; record: RuleTestRecord }> {
  const failures: Failure[] = [];
  const histories = new Map<string, AlertHistory>();
  const recorded: Recorded[] = [];
  const notified: Notified[] = [];
  const broken = new Set<string>();
  const endMs = endOf(test);
  let nextArrival = 0;

  function note(index: number, ruler: GroupRuler, evaluation: Evaluation, atMs: number): void {
    for (const [position, { rule, alerts, health, lastError }] of evaluation.rules.entries()) {
      const key = `${index}.${position}`;
      if (health === 'err' && !broken.has(key)) {
        broken.add(key);
        const at = printRuleDuration(atMs);
        failures.push({ place: test.place, message: `rule ${rule.name} failed at ${at}: ${lastError}`, diff: [] });
      }
      if (rule.kind === 'recording') {
        const own = evaluation.recorded.filter(
          (sample) => !sample.stale && labelValue(sample.labels, '__name__') === rule.name,
        );
        recorded.push({ name: rule.name, tenant: ruler.tenant, atMs, samples: own });
        continue;
      }
      let history = histories.get(key);
      if (history === undefined) {
        history = { alertName: rule.name, tenant: ruler.tenant, snapshots: [] };
        histories.set(key, history);
      }
      history.snapshots.push({ atMs, alerts });
    }
    notified.push(...notifications(test, ruler.tenant, evaluation, atMs));
  }

  for (const atMs of eventTimes(test, rulers, endMs)) {
    const due: Arrival[] = [];
    while (nextArrival < arrivals.length && arrivals[nextArrival]!.arrivesMs <= atMs)
      due.push(arrivals[nextArrival++]!);
    failures.push(...(await arrive(stack, due)));
    await stack.advanceTo(atMs);
    for (const [index, ruler] of rulers.entries()) {
      if (atMs % ruler.intervalMs !== 0) continue;
      const evaluation = await ruler.evaluate(atMs);
      note(index, ruler, evaluation, atMs);
      await context.observe?.evaluated(tested[index]!, ruler.tenant, evaluation, stack, atMs);
    }
    for (const expression of test.expressionTests)
      if (expression.evalTimeMs === atMs) failures.push(...(await checkExpression(expression, stack)));
  }
  return {
    failures,
    record: { histories: [...histories.values()], recorded, notified, arrivals: arrivals.slice(0, nextArrival), endMs },
  };
}

function endOf(test: RuleTest): number {
  const evaluated = [
    ...test.alertTests,
    ...test.recordingTests,
    ...test.expressionTests,
    ...test.notificationTests,
    ...test.prometheusTests,
  ];
  return Math.max(
    0,
    ...evaluated.map(({ evalTimeMs }) => evalTimeMs),
    ...test.timelineTests.map(({ untilMs }) => untilMs),
  );
}

/** As the notifier of production would send them, external labels and link included. */
function notifications(test: RuleTest, tenant: Tenant, { notified }: Evaluation, atMs: number): Notified[] {
  const external = createLabels(test.externalLabels);
  return notified.map(({ alert, expression }) => {
    const link = exploreLink({ externalUrl: test.externalUrl, datasourceUid: '' }, expression);
    return {
      alertName: labelValue(alert.labels, 'alertname'),
      tenant,
      atMs,
      status: alert.state === 'resolved' ? 'resolved' : 'firing',
      body: notificationOf(alert, overlayLabels(external, alert.labels), link),
      startsAtMs: alert.firedAtMs ?? alert.activeAtMs,
      endsAtMs: alert.resolvedAtMs ?? alert.validUntilMs ?? alert.activeAtMs,
    };
  });
}

/**
 * Rules cannot see what other rules record, so groups that the test does not ask about need no time. Without an alert's name a
 * notification test asks about all of them.
 */
function neededGroups(test: RuleTest, { groups }: RuleTestContext): TestedGroup[] {
  if (test.notificationTests.some(({ alertName }) => alertName === undefined)) return [...groups];
  const names = new Set([
    ...[...test.alertTests, ...test.timelineTests, ...test.notificationTests].map(({ alertName }) => alertName),
    ...test.recordingTests.map(({ record }) => record),
  ]);
  // Which recorded series an alert of Prometheus looks at is for Prometheus to know.
  const allRecorded = test.prometheusTests.length > 0;
  return groups.filter(({ group }) =>
    group.rules.some(({ name, kind }) => names.has(name) || (allRecorded && kind === 'recording')),
  );
}

function linesOf(test: RuleTest, streams: readonly InputStream[]): Arrival[] {
  const random = seededRandom(test.seed);
  return streams.flatMap(({ lines, labels, tenant, structuredMetadata, place }) =>
    expandLines(lines, test.intervalMs, random, test.originMs).map((line) => ({
      ...line,
      structuredMetadata: overlayLabels(structuredMetadata, line.structuredMetadata),
      labels,
      tenant,
      place,
    })),
  );
}

const arrivalsOf = (test: RuleTest): Arrival[] => linesOf(test, test.inputStreams);

type PipelineOutcome =
  | { readonly arrivals: readonly Arrival[]; readonly diagnostics?: undefined }
  | { readonly diagnostics: readonly Diagnostic[]; readonly arrivals?: undefined };

/** The raw lines as the store gets them: labels, time, tenant and arrival are what the pipeline makes of them. */
async function throughPipeline(test: RuleTest, context: RuleTestContext): Promise<PipelineOutcome> {
  const { pipeline } = test;
  if (pipeline === undefined) return { arrivals: [] };
  const path = resolve(dirname(test.place.file), pipeline.config.path);
  const read = context.configOf(path, pipeline.config.path, pipeline.environment);
  if (read.problem !== undefined) throw new UnusableTest(read.problem);
  const { observe } = context;
  const startNs = BigInt(test.originMs) * 1_000_000n;
  const opened = await openPipelineStack({
    config: read.config,
    component: pipeline.component,
    environment: pipeline.environment,
    startNs,
    ...(observe === undefined ? {} : { observe: (id, ...stage) => observe.stage(path, id, ...stage) }),
  });
  if (opened.problem !== undefined) throw new UnusableTest(opened.problem);
  if (opened.stack === undefined) return { diagnostics: opened.diagnostics };
  const { stack } = opened;
  const lines = linesOf(test, test.rawInput).sort((a, b) => a.arrivesMs - b.arrivesMs);
  for (const line of lines) {
    const dueNs = startNs + BigInt(Math.round(line.arrivesMs * 1e6));
    if (dueNs > stack.clock.nowNs()) await stack.clock.advance(Number(dueNs - stack.clock.nowNs()) / 1e6);
    await stack.send({ ...line, timestampNs: startNs + BigInt(Math.round(line.atMs * 1e6)) });
  }
  await stack.close();
  const arrivals = stack.take().map((entry) => ({
    atMs: Number(entry.timestampNs - startNs) / 1e6,
    arrivesMs: Number(entry.arrivedNs - startNs) / 1e6,
    line: entry.line,
    labels: entry.labels,
    structuredMetadata: entry.structuredMetadata,
    tenant: entry.tenant === '' ? test.tenant : (entry.tenant as Tenant),
    place: lines[entry.index]!.place,
  }));
  return { arrivals };
}

function eventTimes({ expressionTests }: RuleTest, rulers: readonly GroupRuler[], endMs: number): number[] {
  const times = new Set(expressionTests.map(({ evalTimeMs }) => evalTimeMs));
  let evaluations = 0;
  for (const { intervalMs, group } of rulers) {
    evaluations += endMs / intervalMs;
    if (evaluations > evaluationsMax)
      throw new UnusableTest(
        `the test asks for more than ${evaluationsMax} evaluations (group ${group.name}): shorten it`,
      );
    for (let atMs = 0; atMs <= endMs; atMs += intervalMs) times.add(atMs);
  }
  return [...times].sort((a, b) => a - b);
}

/** One push per stream, as an agent would send them. */
async function arrive(stack: TestStack, lines: readonly Arrival[]): Promise<Failure[]> {
  const streams = new Map<string, Arrival[]>();
  for (const line of lines) {
    const key = JSON.stringify([line.tenant, line.labels, line.place]);
    const rows = streams.get(key);
    if (rows === undefined) streams.set(key, [line]);
    else rows.push(line);
  }
  const failures: Failure[] = [];
  for (const rows of streams.values()) {
    const { tenant, labels, place } = rows[0]!;
    await stack.advanceTo(rows[0]!.arrivesMs);
    const refused = await stack.push(tenant, labels, rows);
    if (refused !== undefined)
      failures.push({ place, message: `lines of ${tenant} were refused: ${refused}`, diff: [] });
  }
  return failures;
}
