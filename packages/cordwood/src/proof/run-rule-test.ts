import { createLabels, type Labels, printLabels } from '../model/labels.ts';
import type { LimitsFor } from '../model/limits.ts';
import type { Tenant } from '../model/tenant.ts';
import { createAlertTemplates } from '../rules/alert-template.ts';
import type { ActiveAlert, Sample } from '../rules/alerting-rule.ts';
import { printRuleDuration } from '../rules/prometheus-duration.ts';
import type { RuleGroup } from '../rules/rule-group.ts';
import { seededRandom } from '../world/random.ts';
import {
  type AlertHistory,
  alertLives,
  alertsAt,
  drawTimeline,
  hasLabels,
  printTransition,
  transitionsOf,
} from './alert-history.ts';
import { type DiffLine, diffSequences, diffSets, type Failure, UnusableTest } from './case-result.ts';
import { type GroupRuler, startGroupRuler } from './group-ruler.ts';
import { expandLines, type ScriptedLine } from './line-script.ts';
import type { AlertTest, ExpectedSample, ExpressionTest, RuleTest, SampleTest, TimelineTest } from './test-file.ts';
import { openTestStack, type TestStack } from './test-stack.ts';
import type { Place } from './yaml-map.ts';

/**
 * Runs one rule test: lines arrive in the store at their time, groups are evaluated at the multiples of their interval from 0
 * on, and what lines and evaluations there are at the same time happens in this order. Then every expectation is compared.
 */
export interface RuleTestContext {
  /** In the order of evaluation. */
  readonly groups: readonly TestedGroup[];
  readonly evaluationIntervalMs: number;
  readonly limitsFor: LimitsFor;
}

export interface TestedGroup {
  readonly group: RuleGroup;
  /** Undefined: the test's tenant. */
  readonly tenant: Tenant | undefined;
}

/** More evaluations than this are a mistake in a time. */
const evaluationsMax = 200_000;
/** Tests count from the epoch, as promtool's do. */
const originMs = 0;

export interface RuleTestOutcome {
  readonly failures: readonly Failure[];
  readonly timelines: readonly string[];
}

interface Arrival extends ScriptedLine {
  readonly tenant: Tenant;
  readonly labels: Labels;
  readonly place: Place;
}

interface Recorded {
  readonly name: string;
  readonly tenant: Tenant;
  readonly atMs: number;
  readonly samples: readonly Sample[];
}

export async function runRuleTest(test: RuleTest, context: RuleTestContext): Promise<RuleTestOutcome> {
  const failures: Failure[] = [];
  const { expand } = createAlertTemplates({ externalUrl: test.externalUrl, externalLabels: test.externalLabels });
  const stack = await openTestStack(originMs, context.limitsFor);
  const rulers: GroupRuler[] = [];
  const histories: AlertHistory[] = [];
  const recorded: Recorded[] = [];
  const broken = new Set<string>();
  try {
    for (const { group, tenant } of neededGroups(test, context)) {
      rulers.push(
        await startGroupRuler({
          group,
          tenant: tenant ?? test.tenant,
          evaluationIntervalMs: context.evaluationIntervalMs,
          expand,
          query: stack.querySamples,
        }),
      );
    }
    const endMs = Math.max(
      0,
      ...[...test.alertTests, ...test.recordingTests, ...test.expressionTests].map(({ evalTimeMs }) => evalTimeMs),
      ...test.timelineTests.map(({ untilMs }) => untilMs),
    );
    const arrivals = arrivalsOf(test);
    let nextArrival = 0;
    const expressionTests = [...test.expressionTests].sort((a, b) => a.evalTimeMs - b.evalTimeMs);
    const byRule = new Map<string, AlertHistory>();
    for (const atMs of eventTimes(rulers, expressionTests, endMs)) {
      const due: Arrival[] = [];
      while (nextArrival < arrivals.length && arrivals[nextArrival]!.arrivesMs <= atMs)
        due.push(arrivals[nextArrival++]!);
      failures.push(...(await arrive(stack, due)));
      await stack.advanceTo(atMs);
      for (const [index, ruler] of rulers.entries()) {
        if (atMs % ruler.intervalMs !== 0) continue;
        const { rules, recorded: samples } = await ruler.evaluate(atMs);
        for (const [position, { rule, alerts, health, lastError }] of rules.entries()) {
          const key = `${index}.${position}`;
          if (health === 'err' && !broken.has(key)) {
            broken.add(key);
            const at = printRuleDuration(atMs);
            failures.push({ place: test.place, message: `rule ${rule.name} failed at ${at}: ${lastError}`, diff: [] });
          }
          if (rule.kind === 'recording') {
            const own = samples.filter((sample) => !sample.stale && printName(sample.labels) === rule.name);
            recorded.push({ name: rule.name, tenant: ruler.tenant, atMs, samples: own });
            continue;
          }
          let history = byRule.get(key);
          if (history === undefined) {
            history = { alertName: rule.name, tenant: ruler.tenant, snapshots: [] };
            byRule.set(key, history);
            histories.push(history);
          }
          history.snapshots.push({ atMs, alerts });
        }
      }
      for (const expression of expressionTests) {
        if (expression.evalTimeMs === atMs) failures.push(...(await checkExpression(expression, stack)));
      }
    }
    const missed = new Set<string>();
    for (const alertTest of test.alertTests) {
      const found = checkAlerts(alertTest, histories, context);
      if (found.length > 0) missed.add(alertTest.alertName);
      failures.push(...found);
    }
    for (const timeline of test.timelineTests) {
      const found = checkTimeline(timeline, histories, context);
      if (found.length > 0) missed.add(timeline.alertName);
      failures.push(...found);
    }
    for (const recording of test.recordingTests) failures.push(...checkRecorded(recording, recorded, context));
    const timelines = histories
      .filter(({ alertName }) => missed.has(alertName))
      .flatMap((history) => drawTimeline(history.alertName, history, endMs));
    failures.sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
    return { failures, timelines };
  } finally {
    for (const ruler of rulers) await ruler.stop();
    await stack.close();
  }
}

/** Rules cannot see what other rules record, so groups that the test does not ask about need no time. */
function neededGroups(test: RuleTest, { groups }: RuleTestContext): TestedGroup[] {
  const names = new Set([
    ...[...test.alertTests, ...test.timelineTests].map(({ alertName }) => alertName),
    ...test.recordingTests.map(({ record }) => record),
  ]);
  return groups.filter(({ group }) => group.rules.some(({ name }) => names.has(name)));
}

function arrivalsOf(test: RuleTest): Arrival[] {
  const random = seededRandom(test.seed);
  const arrivals = test.inputStreams.flatMap(({ lines, labels, tenant, structuredMetadata, place }) =>
    expandLines(lines, test.intervalMs, random).map((line) => ({
      ...line,
      structuredMetadata: mergeLabels(structuredMetadata, line.structuredMetadata),
      labels,
      tenant,
      place,
    })),
  );
  return arrivals.sort((a, b) => a.arrivesMs - b.arrivesMs);
}

function mergeLabels(under: Labels, over: Labels): Labels {
  return createLabels([...under, ...over].map(({ name, value }) => [name, value] as const));
}

function eventTimes(rulers: readonly GroupRuler[], expressions: readonly ExpressionTest[], endMs: number): number[] {
  const times = new Set(expressions.map(({ evalTimeMs }) => evalTimeMs));
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

const printName = (labels: Labels): string => labels.find(({ name }) => name === '__name__')?.value ?? '';

function ofName(histories: readonly AlertHistory[], { alertName, tenant }: AlertTest | TimelineTest): AlertHistory[] {
  return histories.filter(
    (history) => history.alertName === alertName && (tenant === undefined || history.tenant === tenant),
  );
}

function checkAlerts(test: AlertTest, histories: readonly AlertHistory[], context: RuleTestContext): Failure[] {
  const own = ofName(histories, test);
  if (own.length === 0) return [{ place: test.place, message: noRule('alerting', test.alertName, context), diff: [] }];
  const wantsPending = test.expected.some(({ state }) => state === 'pending');
  // As in promtool, pending alerts are left out until a test asks for one.
  const actual = own
    .flatMap((history) => alertsAt(history, test.evalTimeMs))
    .filter(({ state }) => state === 'firing' || wantsPending || (test.expected.length === 0 && state !== 'pending'));
  const rest = [...actual];
  const expectedTexts: string[] = [];
  const actualTexts: string[] = [];
  for (const expected of test.expected) {
    const labels = mergeLabels(expected.labels, createLabels({ alertname: test.alertName }));
    const text = printAlert(expected.state, labels, expected.annotations);
    expectedTexts.push(text);
    const at = rest.findIndex((alert) => printActive(alert, expected.annotations !== undefined) === text);
    if (at >= 0) {
      rest.splice(at, 1);
      actualTexts.push(text);
    }
  }
  actualTexts.push(...rest.map((alert) => printActive(alert, true)));
  const diff = diffSets(expectedTexts, actualTexts);
  const message = `${test.alertName} at ${printRuleDuration(test.evalTimeMs)}: ${countText(test.expected.length, 'alert')} expected, ${actual.length} found`;
  return diff.length === 0 ? [] : [{ place: test.place, message, diff }];
}

const countText = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

function noRule(kind: 'alerting' | 'recording', name: string, { groups }: RuleTestContext): string {
  const rules = groups.flatMap(({ group }) => group.rules.filter((rule) => rule.kind === kind));
  const names = [...new Set(rules.map((rule) => rule.name))].sort().join(', ');
  return `no ${kind} rule has the name ${name}; there ${names === '' ? 'are none' : `are ${names}`}`;
}

function printActive(alert: ActiveAlert, withAnnotations: boolean): string {
  return printAlert(
    alert.state === 'pending' ? 'pending' : 'firing',
    alert.labels,
    withAnnotations ? alert.annotations : undefined,
  );
}

function printAlert(state: 'pending' | 'firing', labels: Labels, annotations: Labels | undefined): string {
  return `${state} ${printLabels(labels)}${annotations === undefined ? '' : ` annotations ${printLabels(annotations)}`}`;
}

function checkTimeline(test: TimelineTest, histories: readonly AlertHistory[], context: RuleTestContext): Failure[] {
  const own = ofName(histories, test);
  if (own.length === 0) return [{ place: test.place, message: noRule('alerting', test.alertName, context), diff: [] }];
  const lives = own
    .flatMap((history) => alertLives(history, test.untilMs))
    .filter((life) => hasLabels(life.labels, test.labels));
  if (lives.length > 1) {
    const message = `${test.alertName}: ${lives.length} alerts have the labels ${printLabels(test.labels)}; name more labels`;
    return [{ place: test.place, message, diff: lives.map((life) => ({ sign: '+', text: printLabels(life.labels) })) }];
  }
  const actual = lives.flatMap(transitionsOf).map(printTransition);
  const expected = test.expected.map(printTransition);
  const diff = diffSequences(expected, actual, (i) => expected[i] === actual[i]);
  const message = `${test.alertName} ${printLabels(test.labels)} until ${printRuleDuration(test.untilMs)}: other changes than expected`;
  return diff.length === 0 ? [] : [{ place: test.place, message, diff }];
}

function checkRecorded(test: SampleTest, recorded: readonly Recorded[], context: RuleTestContext): Failure[] {
  const own = recorded.filter(({ name, tenant }) => name === test.record && (test.tenant ?? tenant) === tenant);
  if (own.length === 0) return [{ place: test.place, message: noRule('recording', test.record, context), diff: [] }];
  const atMs = Math.max(...own.map((one) => (one.atMs <= test.evalTimeMs ? one.atMs : -1)));
  const samples = own.filter((one) => one.atMs === atMs).flatMap((one) => one.samples);
  // The name needs not be repeated in exp_samples.
  const expected = test.expected.map(({ labels, value }) => ({
    labels: mergeLabels(createLabels({ __name__: test.record }), labels),
    value,
  }));
  const diff = diffSamples(expected, samples);
  const message = `${test.record} at ${printRuleDuration(test.evalTimeMs)}: other samples than expected`;
  return diff.length === 0 ? [] : [{ place: test.place, message, diff }];
}

/** Sums of floats differ in their last digits by the order in which they are taken. */
function close(a: number, b: number): boolean {
  return Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}

const printSample = ({ labels, value }: Sample): string => `${printLabels(labels)} ${value}`;

function diffSamples(expected: readonly ExpectedSample[], actual: readonly Sample[]): DiffLine[] {
  const expectedTexts = expected.map((sample) => {
    const match = actual.find(
      (one) => printLabels(one.labels) === printLabels(sample.labels) && close(one.value, sample.value),
    );
    return printSample(match ?? sample);
  });
  return diffSets(expectedTexts, actual.map(printSample));
}

async function checkExpression(test: ExpressionTest, stack: TestStack): Promise<Failure[]> {
  const message = `${test.expression.trim().replace(/\s+/g, ' ')} at ${printRuleDuration(test.evalTimeMs)}: other ${test.expected.kind} than expected`;
  try {
    if (test.expected.kind === 'samples') {
      const actual = await stack.querySamples(test.tenant, test.expression, test.evalTimeMs);
      const diff = diffSamples(test.expected.samples, actual);
      return diff.length === 0 ? [] : [{ place: test.place, message, diff }];
    }
    const streams = await stack.queryLogs(test.tenant, test.expression, test.evalTimeMs);
    const actual = streams
      .flatMap(({ labels, entries }) => entries.map(({ line, timestampNs }) => ({ line, labels, timestampNs })))
      .sort((a, b) => (a.timestampNs < b.timestampNs ? -1 : a.timestampNs > b.timestampNs ? 1 : 0));
    const { logs } = test.expected;
    const diff = diffSequences(
      logs.map(({ line, labels, atMs }) => printLog(atMs, labels, line)),
      actual.map(({ line, labels, timestampNs }, i) =>
        printLog(
          logs[i] !== undefined && logs[i].atMs === undefined ? undefined : Number(timestampNs / 1_000_000n) - originMs,
          logs[i] !== undefined && logs[i].labels === undefined ? undefined : labels,
          line,
        ),
      ),
      (i) =>
        logs[i]!.line === actual[i]!.line &&
        (logs[i]!.labels === undefined || printLabels(logs[i]!.labels) === printLabels(actual[i]!.labels)) &&
        (logs[i]!.atMs === undefined ||
          BigInt(Math.round((logs[i]!.atMs + originMs) * 1e6)) === actual[i]!.timestampNs),
    );
    return diff.length === 0 ? [] : [{ place: test.place, message, diff }];
  } catch (error) {
    return [{ place: test.place, message: `${test.expression} failed: ${(error as Error).message}`, diff: [] }];
  }
}

function printLog(atMs: number | undefined, labels: Labels | undefined, line: string): string {
  return [
    atMs === undefined ? '' : printRuleDuration(atMs),
    labels === undefined ? '' : printLabels(labels),
    JSON.stringify(line),
  ]
    .filter((part) => part !== '')
    .join(' ');
}
