import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { labelsObject, printLabels } from '../model/labels.ts';
import { printRuleDuration } from '../rules/prometheus-duration.ts';
import { type Failure, UnusableTest } from './case-result.ts';
import type { Recorded, RuleTestRecord } from './run-rule-test.ts';
import type { AlertTest, RuleTest } from './test-file.ts';

/**
 * Alerts on recorded series. Loki's ruler writes them to Prometheus, and the alert is PromQL there: so what the recording rules
 * wrote in the test becomes the input of Prometheus' own `promtool test rules`, with the rule files of Prometheus.
 */
export async function checkPrometheusAlerts(
  test: RuleTest,
  ruleFiles: readonly string[],
  record: RuleTestRecord,
  evaluationIntervalMs: number,
): Promise<Failure[]> {
  const failures: Failure[] = [];
  for (const alertTest of test.prometheusTests) {
    const text = stringify({
      rule_files: ruleFiles.map((path) => resolve(dirname(test.place.file), path)),
      evaluation_interval: printRuleDuration(evaluationIntervalMs),
      tests: [promtoolTest(test, alertTest, record)],
    });
    const output = await runPromtool(text);
    if (output === undefined) continue;
    const message = `${alertTest.alertName} at ${printRuleDuration(alertTest.evalTimeMs)}, in Prometheus: other alerts than expected`;
    const diff = output.map((line) => ({ sign: ' ' as const, text: line }));
    failures.push({ place: alertTest.place, message, diff });
  }
  return failures;
}

function promtoolTest(test: RuleTest, { alertName, evalTimeMs, expected }: AlertTest, record: RuleTestRecord) {
  const stepMs = commonStep(record.recorded);
  return {
    interval: printRuleDuration(stepMs),
    external_labels: test.externalLabels,
    input_series: inputSeries(record.recorded, stepMs),
    alert_rule_test: [
      {
        alertname: alertName,
        eval_time: printRuleDuration(evalTimeMs),
        exp_alerts: expected.map(({ labels, annotations }) => ({
          exp_labels: labelsObject(labels),
          ...(annotations === undefined ? {} : { exp_annotations: labelsObject(annotations) }),
        })),
      },
    ],
  };
}

/** The longest step of which all evaluations are multiples. */
function commonStep(recorded: readonly Recorded[]): number {
  let step = 0;
  for (const { atMs } of recorded) {
    let [a, b] = [step, atMs];
    while (b !== 0) [a, b] = [b, a % b];
    step = a;
  }
  return step === 0 ? 60_000 : step;
}

/** promtool's notation: a value for each step, `_` where there is none, `stale` where the series ends. */
function inputSeries(recorded: readonly Recorded[], stepMs: number): { series: string; values: string }[] {
  const series = new Map<string, Map<number, string>>();
  for (const { atMs, samples } of recorded) {
    for (const { labels, value } of samples) {
      const key = printLabels(labels);
      const values = series.get(key) ?? new Map<number, string>();
      values.set(atMs / stepMs, String(value));
      series.set(key, values);
    }
  }
  for (const { name, atMs, samples } of recorded) {
    const now = new Set(samples.map(({ labels }) => printLabels(labels)));
    for (const [key, values] of series) {
      const step = atMs / stepMs;
      // Marked at the evaluation that no longer found it, as the ruler does.
      if (key.includes(`__name__="${name}"`) && !now.has(key) && hasBefore(values, step)) values.set(step, 'stale');
    }
  }
  return [...series].map(([key, values]) => ({
    series: key,
    values: Array.from({ length: Math.max(...values.keys()) + 1 }, (_, step) => values.get(step) ?? '_').join(' '),
  }));
}

function hasBefore(values: ReadonlyMap<number, string>, step: number): boolean {
  const before = [...values.keys()].filter((known) => known < step);
  return before.length > 0 && values.get(Math.max(...before)) !== 'stale' && !values.has(step);
}

/** The lines in which promtool says what is wrong; undefined when the test passes. */
async function runPromtool(text: string): Promise<string[] | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'cordwood-promtool-'));
  try {
    const file = join(folder, 'tests.yml');
    await writeFile(file, text);
    const { code, output } = await new Promise<{ code: string | number | null | undefined; output: string }>((done) =>
      execFile('promtool', ['test', 'rules', file], (error, stdout, stderr) =>
        done({ code: error === null ? 0 : error.code, output: stdout + stderr }),
      ),
    );
    if (code === 'ENOENT')
      throw new UnusableTest('prometheus_alert_test needs promtool in the PATH (Debian: apt-get install prometheus)');
    if (code === 0) return undefined;
    return output
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.includes(folder))
      .map((line) => line.trimEnd());
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
