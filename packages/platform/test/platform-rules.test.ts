import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, parseAllDocuments, stringify } from 'yaml';
import greenlang from '../../../greenlang/platform.ts';
import { findProgram } from '../../cordwood/src/rules/test/real-process.ts';
import { objectProblems } from '../src/kubernetes/object-problems.ts';
import { renderPlatform } from '../src/render/render-platform.ts';
import { renderedFolder } from './rendered-folder.ts';
import { runProgram } from './run-program.ts';

const promtool = findProgram('promtool');
const artifact = renderPlatform(greenlang).find(({ path }) => path === 'monitoring/alerts/loki-platform-alerts.yaml')!;
const { spec } = parse(artifact.text) as {
  spec: { groups: { rules: { alert: string; labels: Record<string, string> }[] }[] };
};

test("the platform's alerts are what Prometheus takes", {
  skip: promtool ? false : 'skipped: needs promtool',
}, async () => {
  await using folder = await renderedFolder([{ path: 'rules.yaml', text: stringify(spec) }]);
  const { code, text } = await runProgram(promtool!, ['check', 'rules', 'rules.yaml'], { cwd: folder.path });
  assert.equal(code, 0, text);
  const [, rules] = /SUCCESS: (\d+) rules found/.exec(text) ?? [];
  assert.ok(Number(rules) >= 20, text);
});

test('lost pushes alert, a quiet hour does not', { skip: promtool ? false : 'skipped: needs promtool' }, async () => {
  const series = (name: string, labels: string, values: string) => ({
    series: `${name}{namespace="loki", ${labels}}`,
    values,
  });
  const push = 'job="loki/loki-write", route="loki_api_v1_push", status_code=';
  const exp = (alertname: string, evalTime: string, fires: boolean) => ({
    alertname,
    eval_time: evalTime,
    exp_alerts: fires ? undefined : [],
  });
  const tests = {
    rule_files: ['rules.yaml'],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: [
          series('loki_request_duration_seconds_count', `${push}"204"`, '0+600x60'),
          series('loki_request_duration_seconds_count', `${push}"500"`, '0+0x60'),
          series('loki_panic_total', 'job="loki/loki-write"', '0+0x60'),
          series('loki_discarded_samples_total', 'tenant="greenlang-prod", reason="rate_limited"', '0+0x60'),
          series('loki_runtime_config_last_reload_successful', 'pod="loki-write-0"', '1+0x60'),
        ],
        alert_rule_test: [
          'LogPushErrors',
          'LokiRequestErrors',
          'LokiRequestPanics',
          'LogIngestionFailures',
          'LokiRuntimeConfigNotLoaded',
        ].map((name) => exp(name, '50m', false)),
      },
    ],
  };
  await using folder = await renderedFolder([
    { path: 'rules.yaml', text: stringify(spec) },
    { path: 'tests.yaml', text: stringify(tests) },
  ]);
  const quiet = await runProgram(promtool!, ['test', 'rules', 'tests.yaml'], { cwd: folder.path });
  assert.equal(quiet.code, 0, quiet.text);
  // The same questions over failing pushes must be answered otherwise.
  const failing = stringify(tests)
    .replaceAll('values: 0+0x60', 'values: 0+60x60')
    .replaceAll('values: 1+0x60', 'values: 0+0x60');
  await using second = await renderedFolder([
    { path: 'rules.yaml', text: stringify(spec) },
    { path: 'tests.yaml', text: failing },
  ]);
  const loud = await runProgram(promtool!, ['test', 'rules', 'tests.yaml'], { cwd: second.path });
  for (const name of ['LogPushErrors', 'LokiRequestPanics', 'LogIngestionFailures', 'LokiRuntimeConfigNotLoaded'])
    assert.match(loud.text, new RegExp(`alertname: ?${name}|${name}`), loud.text);
  assert.notEqual(loud.code, 0);
});

test('every alert has a severity, a team, a summary and a runbook', () => {
  for (const { rules } of spec.groups)
    for (const rule of rules as unknown as { labels: object; annotations: object }[]) {
      assert.deepEqual(Object.keys(rule.labels).slice(0, 2), ['severity', 'team']);
      assert.deepEqual(Object.keys(rule.annotations), ['summary', 'runbook']);
    }
});

test('the files of monitoring/alerts are objects of Kubernetes, valid to the last field, each with rules', () => {
  const files = renderPlatform(greenlang).filter(({ path }) => path.startsWith('monitoring/alerts/'));
  assert.deepEqual(
    files.map(({ path }) => path.split('/').at(-1)),
    ['loki-log-alerts.yaml', 'loki-platform-alerts.yaml', 'loki-recording-rules.yaml'],
  );
  for (const { text } of files)
    for (const document of parseAllDocuments(text)) {
      const object = document.toJS() as { data?: Record<string, string>; spec?: { groups: unknown[] } };
      assert.deepEqual(objectProblems(object), []);
      const groups = object.spec?.groups ?? Object.values(object.data ?? {}).flatMap((each) => parse(each).groups);
      assert.ok(groups.length > 0);
    }
});
