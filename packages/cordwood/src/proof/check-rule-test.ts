import { createLabels, type Labels, labelsObject, overlayLabels, printLabels } from '../model/labels.ts';
import type { Tenant } from '../model/tenant.ts';
import type { ActiveAlert } from '../rules/alerting-rule.ts';
import { printRuleDuration } from '../rules/prometheus-duration.ts';
import {
  type AlertHistory,
  alertLives,
  alertsAt,
  drawTimeline,
  hasLabels,
  printTransition,
  transitionsOf,
} from './alert-history.ts';
import { diffSequences, diffSets, type Failure } from './case-result.ts';
import { diffSamples } from './diff-samples.ts';
import type { Notified, Recorded, RuleTestRecord, TestedGroup } from './run-rule-test.ts';
import type {
  AbsentText,
  AlertTest,
  ExpectedNotification,
  NotificationTest,
  RuleTest,
  SampleTest,
  TimelineTest,
} from './test-file.ts';

/** Compares everything that a rule test expects with what happened. Where an alert is not as expected its timeline is drawn. */
export function checkRuleTest(
  test: RuleTest,
  record: RuleTestRecord,
  groups: readonly TestedGroup[],
): { readonly failures: readonly Failure[]; readonly timelines: readonly string[] } {
  const { histories, recorded, notified, endMs } = record;
  const failures: Failure[] = [];
  const missed = new Set<string>();
  for (const alertTest of test.alertTests) {
    const found = checkAlerts(alertTest, histories, groups);
    if (found.length > 0) missed.add(alertTest.alertName);
    failures.push(...found);
  }
  for (const timeline of test.timelineTests) {
    const found = checkTimeline(timeline, histories, groups);
    if (found.length > 0) missed.add(timeline.alertName);
    failures.push(...found);
  }
  for (const recording of test.recordingTests) failures.push(...checkRecorded(recording, recorded, groups));
  for (const notification of test.notificationTests) {
    const found = checkNotified(notification, notified);
    if (found.length > 0 && notification.alertName !== undefined) missed.add(notification.alertName);
    failures.push(...found);
  }
  for (const absent of test.absentTexts) failures.push(...checkAbsent(absent, record, test.pipeline !== undefined));
  const timelines = histories
    .filter(({ alertName }) => missed.has(alertName))
    .flatMap((history) => drawTimeline(history.alertName, history, endMs));
  return { failures, timelines };
}

function ofName(histories: readonly AlertHistory[], { alertName, tenant }: AlertTest | TimelineTest): AlertHistory[] {
  return histories.filter(
    (history) => history.alertName === alertName && (tenant === undefined || history.tenant === tenant),
  );
}

function checkAlerts(test: AlertTest, histories: readonly AlertHistory[], groups: readonly TestedGroup[]): Failure[] {
  const own = ofName(histories, test);
  if (own.length === 0)
    return [{ place: test.place, message: noRule('alerting', test.alertName, test.tenant, groups), diff: [] }];
  const wantsPending = test.expected.some(({ state }) => state === 'pending');
  // As in promtool, pending alerts are left out until a test asks for one.
  const actual = own
    .flatMap((history) => alertsAt(history, test.evalTimeMs))
    .filter(({ state }) => state === 'firing' || wantsPending || (test.expected.length === 0 && state !== 'pending'));
  const rest = [...actual];
  const expectedTexts: string[] = [];
  const actualTexts: string[] = [];
  for (const expected of test.expected) {
    const labels = overlayLabels(expected.labels, createLabels({ alertname: test.alertName }));
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

function noRule(
  kind: 'alerting' | 'recording',
  name: string,
  tenant: Tenant | undefined,
  groups: readonly TestedGroup[],
): string {
  const rules = groups.flatMap(({ group }) => group.rules.filter((rule) => rule.kind === kind));
  const names = [...new Set(rules.map((rule) => rule.name))].sort();
  if (tenant !== undefined && names.includes(name)) return `the rule ${name} does not run as tenant ${tenant}`;
  return `no ${kind} rule has the name ${name}; there ${names.length === 0 ? 'are none' : `are ${names.join(', ')}`}`;
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

function checkTimeline(
  test: TimelineTest,
  histories: readonly AlertHistory[],
  groups: readonly TestedGroup[],
): Failure[] {
  const own = ofName(histories, test);
  if (own.length === 0)
    return [{ place: test.place, message: noRule('alerting', test.alertName, test.tenant, groups), diff: [] }];
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

function checkRecorded(test: SampleTest, recorded: readonly Recorded[], groups: readonly TestedGroup[]): Failure[] {
  const own = recorded.filter(({ name, tenant }) => name === test.record && (test.tenant ?? tenant) === tenant);
  if (own.length === 0)
    return [{ place: test.place, message: noRule('recording', test.record, test.tenant, groups), diff: [] }];
  const atMs = Math.max(...own.map((one) => (one.atMs <= test.evalTimeMs ? one.atMs : -1)));
  const samples = own.filter((one) => one.atMs === atMs).flatMap((one) => one.samples);
  // The name needs not be repeated in exp_samples.
  const expected = test.expected.map(({ labels, value }) => ({
    labels: overlayLabels(createLabels({ __name__: test.record }), labels),
    value,
  }));
  const diff = diffSamples(expected, samples);
  const message = `${test.record} at ${printRuleDuration(test.evalTimeMs)}: other samples than expected`;
  return diff.length === 0 ? [] : [{ place: test.place, message, diff }];
}

function checkNotified(test: NotificationTest, notified: readonly Notified[]): Failure[] {
  const own = notified.filter(
    ({ atMs, tenant, alertName }) =>
      atMs === test.evalTimeMs && (test.tenant ?? tenant) === tenant && (test.alertName ?? alertName) === alertName,
  );
  const rest = [...own];
  const expectedTexts: string[] = [];
  const actualTexts: string[] = [];
  for (const expected of test.expected) {
    const text = printNotification(expected);
    expectedTexts.push(text);
    const at = rest.findIndex((one) => printNotification(asExpected(one, expected)) === text);
    if (at >= 0) {
      rest.splice(at, 1);
      actualTexts.push(text);
    }
  }
  actualTexts.push(...rest.map((one) => printNotification(asExpected(one, undefined))));
  const diff = diffSets(expectedTexts, actualTexts);
  const message = `notifications at ${printRuleDuration(test.evalTimeMs)}: ${test.expected.length} expected, ${own.length} sent`;
  return diff.length === 0 ? [] : [{ place: test.place, message, diff }];
}

/** Of a notification only what the expectation speaks of; everything where there is none. */
function asExpected(one: Notified, expected: ExpectedNotification | undefined): ExpectedNotification {
  const wants = (key: keyof ExpectedNotification) => expected === undefined || expected[key] !== undefined;
  return {
    status: one.status,
    labels: wants('labels') ? createLabels(one.body.labels) : undefined,
    annotations: wants('annotations') ? createLabels(one.body.annotations) : undefined,
    startsAtMs: wants('startsAtMs') ? one.startsAtMs : undefined,
    endsAtMs: wants('endsAtMs') ? one.endsAtMs : undefined,
    generatorUrl: expected?.generatorUrl === undefined ? undefined : one.body.generatorURL,
  };
}

function printNotification(one: ExpectedNotification): string {
  const parts = [
    one.status,
    one.labels && printLabels(one.labels),
    one.annotations && `annotations ${printLabels(one.annotations)}`,
    one.startsAtMs !== undefined && `starts at ${printRuleDuration(one.startsAtMs)}`,
    one.endsAtMs !== undefined && `ends at ${printRuleDuration(one.endsAtMs)}`,
    one.generatorUrl,
  ];
  return parts.filter(Boolean).join(' ');
}

/** Looks for a text in all that leaves: alerts, notifications, recorded series, and behind a pipeline what is stored. */
function checkAbsent({ text, place }: AbsentText, record: RuleTestRecord, pipeline: boolean): Failure[] {
  const found = [...placesOf(record, pipeline)].find(([, content]) => content.includes(text));
  if (found === undefined) return [];
  const message = `"${text}" may be nowhere, and is in ${found[0]}`;
  return [{ place, message, diff: [{ sign: '+', text: found[1] }] }];
}

function* placesOf(record: RuleTestRecord, pipeline: boolean): Generator<readonly [where: string, content: string]> {
  for (const { alertName, snapshots } of record.histories)
    for (const { atMs, alerts } of snapshots)
      for (const { labels, annotations } of alerts)
        yield [
          `alert ${alertName} at ${printRuleDuration(atMs)}`,
          `${printLabels(labels)} ${printLabels(annotations)}`,
        ];
  for (const { alertName, atMs, body } of record.notified)
    yield [`the notification of ${alertName} at ${printRuleDuration(atMs)}`, JSON.stringify(body)];
  for (const { name, samples } of record.recorded)
    for (const { labels } of samples) yield [`the series ${name}`, printLabels(labels)];
  if (!pipeline) return;
  for (const { line, labels, structuredMetadata } of record.arrivals)
    yield ['a stored entry', `${printLabels(labels)} ${line} ${JSON.stringify(labelsObject(structuredMetadata))}`];
}
