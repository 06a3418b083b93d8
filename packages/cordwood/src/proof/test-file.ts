import { parse } from '@cordwood/logql';
import type { Node } from 'yaml';
import { isScalar } from 'yaml';
import { parseLabels } from '../extract/labels-parser.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { createLabels, type Labels } from '../model/labels.ts';
import { parseTenant, type Tenant } from '../model/tenant.ts';
import { parseRuleDurationMs } from '../rules/prometheus-duration.ts';
import { type AlloyTest, isAlloyTestFile, readAlloyTest } from './alloy-test-file.ts';
import { type LineScript, lineKeys, plainLine, readLine } from './line-script.ts';
import {
  type PipelineTest,
  pipelineStartNs,
  pipelineTestKeys,
  readPipelineTest,
  readTime,
} from './pipeline-test-file.ts';
import {
  type IngestTest,
  type IsolationTest,
  ingestTestKeys,
  isolationTestKeys,
  readIngestTest,
  readIsolationTest,
} from './stack-test-file.ts';
import { type Place, YamlFile, type YamlMap } from './yaml-map.ts';

/**
 * A test file: promtool's `test rules` carried over to Loki (grafana/loki PR 20484), and what goes past it. Everything that an
 * evaluation expects has a place, so that a failure can point at it.
 */
export interface TestFile {
  readonly file: string;
  /** Paths and globs, relative to the test file. */
  readonly ruleFiles: readonly RuleFileReference[];
  readonly lokiConfig: FileReference | undefined;
  readonly overrides: FileReference | undefined;
  readonly evaluationIntervalMs: number;
  readonly groupEvalOrder: readonly string[];
  /** Rules of Prometheus, in PromQL, over what recording rules write. Relative to the test file. */
  readonly prometheusRuleFiles: readonly string[];
  readonly ruleTests: readonly RuleTest[];
  readonly pipelineTests: readonly PipelineTest[];
  readonly alloyTests: readonly AlloyTest[];
  readonly isolationTests: readonly IsolationTest[];
  readonly ingestTests: readonly IngestTest[];
}

export interface FileReference {
  readonly path: string;
  readonly place: Place;
}
export interface RuleFileReference extends FileReference {
  /** Undefined: the rules run as the tenant of each test. */
  readonly tenant: Tenant | undefined;
}

export interface RuleTest {
  readonly kind: 'rules';
  readonly name: string;
  readonly place: Place;
  readonly intervalMs: number;
  readonly tenant: Tenant;
  readonly seed: number;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly externalUrl: string;
  /** What 0s is. */
  readonly originMs: number;
  readonly inputStreams: readonly InputStream[];
  /** Lines as they are written, which go through a pipeline first. */
  readonly pipeline: RulePipeline | undefined;
  readonly rawInput: readonly InputStream[];
  readonly alertTests: readonly AlertTest[];
  readonly timelineTests: readonly TimelineTest[];
  readonly recordingTests: readonly SampleTest[];
  readonly expressionTests: readonly ExpressionTest[];
  readonly notificationTests: readonly NotificationTest[];
  /** Alerts of Prometheus on recorded series. */
  readonly prometheusTests: readonly AlertTest[];
  /** Texts that may be in nothing that the rules give out, nor in what the pipeline stores. */
  readonly absentTexts: readonly AbsentText[];
}

/** The configuration that raw lines go through on their way to the store. */
export interface RulePipeline {
  readonly config: FileReference;
  readonly component: FileReference['path'] | undefined;
  readonly environment: Readonly<Record<string, string>>;
}

export interface AbsentText {
  readonly text: string;
  readonly place: Place;
}

/** What an Alertmanager is sent by the evaluations of one time. */
export interface NotificationTest {
  readonly evalTimeMs: number;
  /** Undefined: of any. */
  readonly tenant: Tenant | undefined;
  readonly alertName: string | undefined;
  readonly expected: readonly ExpectedNotification[];
  readonly place: Place;
}
/** What is undefined is not compared. */
export interface ExpectedNotification {
  readonly status: 'firing' | 'resolved';
  readonly labels: Labels | undefined;
  readonly annotations: Labels | undefined;
  readonly startsAtMs: number | undefined;
  readonly endsAtMs: number | undefined;
  readonly generatorUrl: string | undefined;
}

export interface InputStream {
  readonly labels: Labels;
  readonly tenant: Tenant;
  readonly structuredMetadata: Labels;
  readonly lines: readonly LineScript[];
  readonly place: Place;
}

export interface AlertTest {
  readonly alertName: string;
  /** Undefined: of any tenant. */
  readonly tenant: Tenant | undefined;
  readonly evalTimeMs: number;
  readonly expected: readonly ExpectedAlert[];
  readonly place: Place;
}
export interface ExpectedAlert {
  readonly state: 'pending' | 'firing';
  readonly labels: Labels;
  /** Undefined: not compared. */
  readonly annotations: Labels | undefined;
}

/** When an alert changed its state, over the whole test. */
export interface TimelineTest {
  readonly alertName: string;
  readonly tenant: Tenant | undefined;
  /** Those labels an alert must have to be meant; exactly one alert may have them. */
  readonly labels: Labels;
  readonly untilMs: number;
  readonly expected: readonly Transition[];
  readonly place: Place;
}
export type AlertState = 'pending' | 'firing' | 'resolved' | 'inactive';
export interface Transition {
  readonly atMs: number;
  readonly state: AlertState;
}

export interface ExpectedSample {
  readonly labels: Labels;
  readonly value: number;
}
/** Samples that a recording rule wrote at one evaluation. */
export interface SampleTest {
  readonly record: string;
  readonly tenant: Tenant | undefined;
  readonly evalTimeMs: number;
  readonly expected: readonly ExpectedSample[];
  readonly place: Place;
}

export interface ExpressionTest {
  readonly expression: string;
  readonly evalTimeMs: number;
  readonly tenant: Tenant;
  readonly expected:
    | { readonly kind: 'samples'; readonly samples: readonly ExpectedSample[] }
    | { readonly kind: 'logs'; readonly logs: readonly ExpectedLog[] };
  readonly place: Place;
}
export interface ExpectedLog {
  readonly line: string;
  /** Undefined: not compared. */
  readonly labels: Labels | undefined;
  readonly atMs: number | undefined;
}

/** The tenant of a Loki without multi-tenancy. */
const defaultTenant = 'fake' as Tenant;
const minuteMs = 60_000;

/** The keys of every mapping of a test file; the JSON Schema is held against them. */
export const fileKeys = [
  'rule_files',
  'evaluation_interval',
  'group_eval_order',
  'prometheus_rule_files',
  'tenant',
  'loki_config',
  'overrides',
  'tests',
  'pipeline_tests',
  'isolation_tests',
  'ingest_tests',
];
export const testKeys = [
  'name',
  'interval',
  'tenant',
  'seed',
  'external_labels',
  'external_url',
  'start',
  'input_streams',
  'pipeline',
  'raw_input',
  'alert_rule_test',
  'alert_timeline_test',
  'recording_rule_test',
  'logql_expr_test',
  'notification_test',
  'prometheus_alert_test',
  'absent_text',
];

export const streamKeys = ['labels', 'tenant', 'structured_metadata', 'lines'];
export const pipelineKeys = ['config', 'component', 'env'];
export const alertTestKeys = ['alertname', 'tenant', 'eval_time', 'exp_alerts'];
export const prometheusTestKeys = ['alertname', 'eval_time', 'exp_alerts'];
export const expectedAlertKeys = ['exp_state', 'exp_labels', 'exp_annotations'];
export const timelineTestKeys = ['alertname', 'tenant', 'labels', 'until', 'exp_timeline'];
export const recordingTestKeys = ['record', 'tenant', 'eval_time', 'exp_samples'];
export const expectedSampleKeys = ['labels', 'value'];
export const expressionTestKeys = ['expr', 'eval_time', 'tenant', 'exp_samples', 'exp_logs'];
export const expectedLogKeys = ['line', 'labels', 'at'];
export const notificationTestKeys = ['eval_time', 'alertname', 'tenant', 'exp_notifications'];
export const expectedNotificationKeys = ['status', 'labels', 'annotations', 'starts_at', 'ends_at', 'generator_url'];

/** Reads a test file. `testFile` is absent when there is an error. */
export function readTestFile(text: string, file: string): { testFile?: TestFile; diagnostics: readonly Diagnostic[] } {
  const yaml = new YamlFile(text, file);
  const { diagnostics } = yaml;
  if (diagnostics.length > 0) return { diagnostics };
  if (isAlloyTestFile(yaml)) return readAlloyFile(yaml);
  const root = yaml.map(yaml.root, 'the test file', fileKeys);
  if (root === undefined) return { diagnostics };
  const tenant = readTenant(root) ?? defaultTenant;
  const evaluationIntervalMs = root.durationMs('evaluation_interval') ?? minuteMs;
  if (evaluationIntervalMs <= 0) root.report('evaluation_interval', 'evaluation_interval must be greater than 0');
  const ruleTests = (root.maps('tests', 'a test', testKeys) ?? []).map((map, index) =>
    readRuleTest(yaml, map, index, tenant),
  );
  const pipelineTests = (root.maps('pipeline_tests', 'a pipeline test', pipelineTestKeys) ?? []).map((map, index) =>
    readPipelineTest(yaml, map, index),
  );
  const isolationTests = (root.maps('isolation_tests', 'an isolation test', isolationTestKeys) ?? []).map(
    readIsolationTest,
  );
  const ingestTests = (root.maps('ingest_tests', 'an ingest test', ingestTestKeys) ?? []).map((map, index) =>
    readIngestTest(yaml, map, index, tenant),
  );
  if (ruleTests.length + pipelineTests.length + isolationTests.length + ingestTests.length === 0)
    root.report(undefined, 'the file has no tests', 'add tests: or pipeline_tests:');
  if (isolationTests.length + ingestTests.length > 0 && !root.has('loki_config'))
    root.report(undefined, 'isolation_tests and ingest_tests need loki_config: the limits that hold');
  const testFile: TestFile = {
    file,
    ruleFiles: (root.list('rule_files') ?? []).map((node) => readRuleFileReference(yaml, node)),
    lokiConfig: readReference(root, 'loki_config'),
    overrides: readReference(root, 'overrides'),
    evaluationIntervalMs,
    prometheusRuleFiles: (root.list('prometheus_rule_files') ?? []).map(
      (node) => yaml.textOf(node, 'a rule file') ?? '',
    ),
    groupEvalOrder: (root.list('group_eval_order') ?? []).map((node) => yaml.textOf(node, 'a group name') ?? ''),
    ruleTests,
    pipelineTests,
    alloyTests: [],
    isolationTests,
    ingestTests,
  };
  return diagnostics.length > 0 ? { diagnostics } : { testFile, diagnostics };
}

/** Such a file has one test, and no rules. */
function readAlloyFile(yaml: YamlFile): { testFile?: TestFile; diagnostics: readonly Diagnostic[] } {
  const { diagnostics, file } = yaml;
  const test = readAlloyTest(yaml);
  if (test === undefined || diagnostics.length > 0) return { diagnostics };
  const testFile: TestFile = {
    file,
    ruleFiles: [],
    lokiConfig: undefined,
    overrides: undefined,
    evaluationIntervalMs: minuteMs,
    groupEvalOrder: [],
    prometheusRuleFiles: [],
    ruleTests: [],
    pipelineTests: [],
    alloyTests: [test],
    isolationTests: [],
    ingestTests: [],
  };
  return { testFile, diagnostics };
}

function readReference(map: YamlMap, key: string): FileReference | undefined {
  const path = map.text(key);
  return path === undefined ? undefined : { path, place: map.place(key) };
}

function readRuleFileReference(yaml: YamlFile, node: Node): RuleFileReference {
  if (isScalar(yaml.resolve(node)))
    return { path: yaml.textOf(node, 'a rule file') ?? '', tenant: undefined, place: yaml.place(node) };
  const map = yaml.map(node, 'a rule file', ['path', 'tenant']);
  return { path: map?.requiredText('path') ?? '', tenant: map && readTenant(map), place: yaml.place(node) };
}

export function readTenant(map: YamlMap): Tenant | undefined {
  const text = map.text('tenant');
  if (text === undefined) return undefined;
  const result = parseTenant(text);
  if ('tenant' in result) return result.tenant;
  map.report('tenant', result.error);
  return undefined;
}

function readRuleTest(yaml: YamlFile, map: YamlMap, index: number, fileTenant: Tenant): RuleTest {
  const tenant = readTenant(map) ?? fileTenant;
  const intervalMs = map.durationMs('interval') ?? minuteMs;
  if (intervalMs <= 0) map.report('interval', 'interval must be greater than 0');
  const pipeline = map.has('pipeline') ? yaml.map(map.get('pipeline'), 'pipeline', pipelineKeys) : undefined;
  if (map.has('raw_input') && pipeline === undefined)
    map.report('raw_input', 'raw_input needs pipeline: the configuration that the lines go through');
  // Lines that services wrote carry a date; streams that a test makes up count from the epoch, as promtool's do.
  const startNs = readTime(map, 'start') ?? (pipeline === undefined ? 0n : pipelineStartNs);
  const streams = (key: string) =>
    (map.maps(key, 'an input stream', streamKeys) ?? []).map((stream) => readInputStream(yaml, stream, tenant));
  const test: RuleTest = {
    kind: 'rules',
    name: map.text('name') ?? `test ${index + 1}`,
    place: map.place(),
    intervalMs,
    tenant,
    seed: map.number('seed') ?? 1,
    externalLabels: map.texts('external_labels') ?? {},
    externalUrl: map.text('external_url') ?? '',
    originMs: Number(startNs / 1_000_000n),
    inputStreams: streams('input_streams'),
    pipeline: pipeline && {
      config: { path: pipeline.requiredText('config'), place: pipeline.place('config') },
      component: pipeline.text('component'),
      environment: pipeline.texts('env') ?? {},
    },
    rawInput: streams('raw_input'),
    alertTests: (map.maps('alert_rule_test', 'an alert test', alertTestKeys) ?? []).map(readAlertTest),
    timelineTests: (map.maps('alert_timeline_test', 'a timeline test', timelineTestKeys) ?? []).map((item) =>
      readTimelineTest(yaml, item),
    ),
    recordingTests: (map.maps('recording_rule_test', 'a recording rule test', recordingTestKeys) ?? []).map(
      readRecordingTest,
    ),
    expressionTests: (map.maps('logql_expr_test', 'an expression test', expressionTestKeys) ?? []).map((item) =>
      readExpressionTest(yaml, item, tenant),
    ),
    notificationTests: (map.maps('notification_test', 'a notification test', notificationTestKeys) ?? []).map(
      readNotificationTest,
    ),
    prometheusTests: (map.maps('prometheus_alert_test', 'an alert test', prometheusTestKeys) ?? []).map(readAlertTest),
    absentTexts: (map.list('absent_text') ?? []).map((node) => ({
      text: yaml.textOf(node, 'an absent text') ?? '',
      place: yaml.place(node),
    })),
  };
  const expectations = [
    test.alertTests,
    test.timelineTests,
    test.recordingTests,
    test.expressionTests,
    test.notificationTests,
    test.prometheusTests,
  ];
  if (expectations.every((list) => list.length === 0))
    map.report(
      undefined,
      'the test expects nothing',
      'add alert_rule_test, alert_timeline_test, recording_rule_test, logql_expr_test or notification_test',
    );
  return test;
}

export function readInputStream(yaml: YamlFile, map: YamlMap, testTenant: Tenant): InputStream {
  const lines = map.list('lines');
  if (lines === undefined) map.report(undefined, 'an input stream needs lines');
  return {
    labels: readLabels(map, 'labels') ?? [],
    tenant: readTenant(map) ?? testTenant,
    structuredMetadata: createLabels(map.texts('structured_metadata') ?? {}),
    lines: (lines ?? []).flatMap((node) => {
      if (isScalar(yaml.resolve(node))) return [plainLine(yaml.textOf(node, 'a line') ?? '')];
      const line = yaml.map(node, 'a line', lineKeys);
      return line === undefined ? [] : [readLine(line)];
    }),
    place: map.place(),
  };
}

/** `'{app="x"}'` as the PR writes it, or a mapping. */
function readLabels(map: YamlMap, key: string): Labels | undefined {
  if (!isScalar(map.get(key))) {
    const texts = map.texts(key);
    return texts && createLabels(texts);
  }
  const text = map.text(key);
  if (text === undefined || text === '') return [];
  const { labels, error } = parseLabels(text);
  if (labels !== undefined) return labels;
  map.report(key, error);
  return undefined;
}

const nothingExpected = (map: YamlMap, key: string) =>
  map.report(undefined, `${map.what} expects nothing`, `add ${key}; ${key}: [] says that nothing may be there`);

function readEvalTime(map: YamlMap): number {
  const evalTimeMs = map.durationMs('eval_time');
  if (!map.has('eval_time')) map.report(undefined, `${map.what} needs eval_time`);
  return evalTimeMs ?? 0;
}

function readAlertTest(map: YamlMap): AlertTest {
  if (!map.has('exp_alerts')) nothingExpected(map, 'exp_alerts');
  return {
    alertName: map.requiredText('alertname'),
    tenant: readTenant(map),
    evalTimeMs: readEvalTime(map),
    expected: (map.maps('exp_alerts', 'an expected alert', expectedAlertKeys) ?? []).map((item) => {
      const state = item.text('exp_state') ?? 'firing';
      if (state !== 'firing' && state !== 'pending')
        item.report('exp_state', `exp_state is firing or pending, not "${state}"`);
      const annotations = item.texts('exp_annotations');
      return {
        state: state === 'pending' ? 'pending' : 'firing',
        labels: createLabels(item.texts('exp_labels') ?? {}),
        annotations: annotations && createLabels(annotations),
      };
    }),
    place: map.place(),
  };
}

function readNotificationTest(map: YamlMap): NotificationTest {
  if (!map.has('exp_notifications')) nothingExpected(map, 'exp_notifications');
  return {
    evalTimeMs: readEvalTime(map),
    tenant: readTenant(map),
    alertName: map.text('alertname'),
    expected: (map.maps('exp_notifications', 'an expected notification', expectedNotificationKeys) ?? []).map(
      (item) => {
        const status = item.text('status') ?? 'firing';
        if (status !== 'firing' && status !== 'resolved')
          item.report('status', `status is firing or resolved, not "${status}"`);
        const labels = item.texts('labels');
        const annotations = item.texts('annotations');
        return {
          status: status === 'resolved' ? 'resolved' : 'firing',
          labels: labels && createLabels(labels),
          annotations: annotations && createLabels(annotations),
          startsAtMs: item.durationMs('starts_at'),
          endsAtMs: item.durationMs('ends_at'),
          generatorUrl: item.text('generator_url'),
        };
      },
    ),
    place: map.place(),
  };
}

const states: readonly string[] = ['pending', 'firing', 'resolved', 'inactive'] satisfies AlertState[];

function readTimelineTest(yaml: YamlFile, map: YamlMap): TimelineTest {
  if (!map.has('exp_timeline')) nothingExpected(map, 'exp_timeline');
  if (!map.has('until')) map.report(undefined, 'a timeline test needs until, the end of the time that it looks at');
  const untilMs = map.durationMs('until') ?? 0;
  let lastMs = -1;
  return {
    alertName: map.requiredText('alertname'),
    tenant: readTenant(map),
    labels: readLabels(map, 'labels') ?? [],
    untilMs,
    expected: (map.list('exp_timeline') ?? []).flatMap((node) => {
      const text = yaml.textOf(node, 'a change of state') ?? '';
      const [state = '', at, time = '', ...more] = text.split(/\s+/);
      const atMs = parseRuleDurationMs(time);
      if (at !== 'at' || more.length > 0 || atMs === undefined || !states.includes(state)) {
        yaml.report(node, `cannot read the change "${text}"`, `like 'pending at 5m'; states are ${states.join(', ')}`);
        return [];
      }
      if (atMs <= lastMs || atMs > untilMs) yaml.report(node, `${time} is out of order or after until`);
      lastMs = atMs;
      return [{ atMs, state: state as AlertState }];
    }),
    place: map.place(),
  };
}

function readSamples(map: YamlMap): ExpectedSample[] {
  return (map.maps('exp_samples', 'an expected sample', expectedSampleKeys) ?? []).map((item) => {
    if (!item.has('value')) item.report(undefined, 'an expected sample needs value');
    return { labels: readSampleLabels(item), value: item.number('value') ?? 0 };
  });
}

/** Prometheus writes `name{label="x"}`; the name is the label __name__. */
function readSampleLabels(map: YamlMap): Labels {
  const text = isScalar(map.get('labels')) ? (map.text('labels') ?? '') : undefined;
  const named = text === undefined ? null : /^([a-zA-Z_:][\w:]*)(\{.*\})?$/.exec(text);
  if (named === null) return readLabels(map, 'labels') ?? [];
  const { labels, error } = parseLabels(named[2] ?? '{}');
  if (labels === undefined && named[2] !== undefined && named[2] !== '{}') map.report('labels', error);
  return createLabels([...(labels ?? []).map(({ name, value }) => [name, value] as const), ['__name__', named[1]!]]);
}

function readRecordingTest(map: YamlMap): SampleTest {
  if (!map.has('exp_samples')) nothingExpected(map, 'exp_samples');
  return {
    record: map.requiredText('record'),
    tenant: readTenant(map),
    evalTimeMs: readEvalTime(map),
    expected: readSamples(map),
    place: map.place(),
  };
}

function readExpressionTest(yaml: YamlFile, map: YamlMap, testTenant: Tenant): ExpressionTest {
  const expression = map.requiredText('expr');
  const { expression: tree, error } = parse(expression);
  if (error !== undefined) map.report('expr', error.message);
  const isLog = tree?.kind === 'log';
  const key = isLog ? 'exp_logs' : 'exp_samples';
  if (tree !== undefined && !map.has(key)) nothingExpected(map, key);
  const other = isLog ? 'exp_samples' : 'exp_logs';
  if (tree !== undefined && map.has(other)) map.report(other, `a ${isLog ? 'log' : 'metric'} query gives no ${other}`);
  return {
    expression,
    evalTimeMs: readEvalTime(map),
    tenant: readTenant(map) ?? testTenant,
    expected: isLog
      ? { kind: 'logs', logs: (map.list('exp_logs') ?? []).flatMap((node) => readExpectedLog(yaml, node)) }
      : { kind: 'samples', samples: readSamples(map) },
    place: map.place(),
  };
}

function readExpectedLog(yaml: YamlFile, node: Node): ExpectedLog[] {
  if (isScalar(yaml.resolve(node)))
    return [{ line: yaml.textOf(node, 'a line') ?? '', labels: undefined, atMs: undefined }];
  const map = yaml.map(node, 'an expected line', expectedLogKeys);
  if (map === undefined) return [];
  if (!map.has('line')) map.report(undefined, 'an expected line needs line');
  return [
    {
      line: map.text('line') ?? '',
      labels: map.has('labels') ? readLabels(map, 'labels') : undefined,
      atMs: map.durationMs('at'),
    },
  ];
}
