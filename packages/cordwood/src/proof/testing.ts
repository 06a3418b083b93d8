/**
 * `cordwood/testing`: tests of rules and pipelines in `node --test`, vitest, or whatever has a function that takes a name and a
 * function.
 *
 *     import { test } from 'node:test';
 *     import { defineTests, openRules } from 'cordwood/testing';
 *
 *     defineTests(test, new URL('./alerts.test.yaml', import.meta.url));
 *
 *     test('errors alert after two minutes', async () => {
 *       await using rules = await openRules({ folder: import.meta.dirname, ruleFiles: ['rules/*.yaml'] });
 *       await rules.push('{app="web"}', [{ at: '1m', line: 'error' }]);
 *       await rules.advance('3m');
 *       assert.equal(rules.alerts('Errors')[0]?.state, 'firing');
 *     });
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { parseLabels } from '../extract/labels-parser.ts';
import { createLabels, type Labels, labelsObject, overlayLabels } from '../model/labels.ts';
import type { Tenant } from '../model/tenant.ts';
import { createAlertTemplates } from '../rules/alert-template.ts';
import { type AlertNotification, exploreLink, notificationOf } from '../rules/alertmanager-notifier.ts';
import { parseRuleDurationMs } from '../rules/prometheus-duration.ts';
import { startGroupRuler } from './group-ruler.ts';
import { type LoadedTestFile, loadTestFile, loadTestText } from './load-test-file.ts';
import { humanReport } from './reports/human.ts';
import { plainStyle } from './reports/report.ts';
import { runOneTest, testsOf } from './run-test-file.ts';
import type { TestFileInput } from './test-file-input.ts';
import { openTestStack } from './test-stack.ts';

export type * from './test-file-input.ts';

/** What node:test and vitest call `test`. */
export type DefineTest = (name: string, run: () => Promise<void>) => unknown;

/**
 * Defines a test for each test of a file: a path, a file: URL, or the same content as an object, whose paths are relative to
 * `folder`. A broken file is one test that fails with every problem.
 */
export function defineTests(test: DefineTest, file: string | URL | TestFileInput, folder = process.cwd()): void {
  const isPath = typeof file === 'string' || file instanceof URL;
  const name = isPath ? (typeof file === 'string' ? file : fileURLToPath(file)) : join(folder, 'tests.yaml');
  const { loaded, findings } = isPath ? loadTestFile(name) : loadTestText(stringify(file), name);
  if (loaded === undefined) {
    test(name, async () => {
      throw new Error(humanReport({ files: [{ file: name, cases: [], findings }] }, plainStyle));
    });
    return;
  }
  for (const one of testsOf(loaded)) {
    test(one.name, async () => {
      const { failures, timelines, diagnostics } = await runOneTest(one, loaded, {});
      if (failures.length === 0) return;
      const result = { name: one.name, place: one.place, durationMs: 0, failures, timelines };
      const problems = diagnostics.map((diagnostic) => ({ diagnostic, source: undefined }));
      throw new Error(humanReport({ files: [{ file: name, cases: [result], findings: problems }] }, plainStyle));
    });
  }
}

export interface OpenRulesOptions {
  /** What paths are relative to. */
  readonly folder: string;
  /** Paths and globs. */
  readonly ruleFiles: readonly string[];
  /** Of lines and rules; default fake. */
  readonly tenant?: string;
  readonly lokiConfig?: string;
  readonly overrides?: string;
  /** Of groups that have none; default 1m. */
  readonly evaluationInterval?: string;
  readonly externalLabels?: Readonly<Record<string, string>>;
  readonly externalUrl?: string;
}

export interface PushedLine {
  readonly line: string;
  /** When it happened; default now. */
  readonly at?: string;
  readonly structuredMetadata?: Readonly<Record<string, string>>;
}

export interface AlertView {
  readonly name: string;
  readonly state: 'pending' | 'firing';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface SampleView {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Rules on a simulated clock that starts at 0s, fed and looked at step by step. */
export interface OpenedRules extends AsyncDisposable {
  /** Lines of one stream, taken now. Throws with Loki's text when a limit refuses them. */
  push(labels: string | Readonly<Record<string, string>>, lines: readonly (string | PushedLine)[]): Promise<void>;
  /** Lets time pass up to `until`, counted from the start, and evaluates what is due, groups in the order of their files. */
  advance(until: string): Promise<void>;
  /** Pending and firing alerts, of one rule or of all. */
  alerts(name?: string): readonly AlertView[];
  /** Everything that an Alertmanager was sent, oldest first; times count from 1970. */
  notifications(): readonly AlertNotification[];
  /** What a recording rule wrote at its last evaluation. */
  recorded(name: string): readonly SampleView[];
  /** A metric query, now. */
  query(logql: string): Promise<readonly SampleView[]>;
}

/** Throws with every problem of the files when they cannot be used. */
export async function openRules(options: OpenRulesOptions): Promise<OpenedRules> {
  const { testFile, groups, limitsFor } = loadRules(options);
  const tenant = (options.tenant ?? 'fake') as Tenant;
  const externalUrl = options.externalUrl ?? '';
  const externalLabels = options.externalLabels ?? {};
  const { expand } = createAlertTemplates({ externalUrl, externalLabels, lines: true });
  const stack = await openTestStack(0, limitsFor);
  const rulers = await Promise.all(
    groups.map(({ group }) =>
      startGroupRuler({
        group,
        tenant,
        evaluationIntervalMs: testFile.evaluationIntervalMs,
        expand,
        query: stack.querySamples,
        queryLogs: stack.queryLogs,
        exploreLink: (query) => exploreLink({ externalUrl, datasourceUid: '' }, query),
      }),
    ),
  );
  let nowMs = 0;
  let evaluatedMs = -1;
  const alerts = new Map<string, AlertView[]>();
  const recorded = new Map<string, SampleView[]>();
  const notifications: AlertNotification[] = [];

  async function evaluate(atMs: number): Promise<void> {
    for (const [index, ruler] of rulers.entries()) {
      if (atMs % ruler.intervalMs !== 0) continue;
      const evaluation = await ruler.evaluate(atMs);
      for (const [position, { rule, alerts: active, lastError, health }] of evaluation.rules.entries()) {
        if (health === 'err') throw new Error(`rule ${rule.name} failed: ${lastError}`);
        if (rule.kind === 'alerting')
          alerts.set(
            `${index}.${position}`,
            active.map(({ state, labels, annotations, value }) => ({
              name: rule.name,
              state: state === 'pending' ? 'pending' : 'firing',
              labels: labelsObject(labels),
              annotations: labelsObject(annotations),
              value,
            })),
          );
        else
          recorded.set(
            rule.name,
            samplesOf(
              evaluation.recorded.filter(({ stale }) => !stale),
              rule.name,
            ),
          );
      }
      for (const { alert, expression } of evaluation.notified)
        notifications.push(
          notificationOf(
            alert,
            overlayLabels(createLabels(externalLabels), alert.labels),
            exploreLink({ externalUrl, datasourceUid: '' }, expression),
          ),
        );
    }
  }

  return {
    async push(labels, lines) {
      const rows = lines.map((one) => {
        const { line, at, structuredMetadata = {} } = typeof one === 'string' ? { line: one } : one;
        return {
          atMs: at === undefined ? nowMs : durationOf(at),
          line,
          structuredMetadata: createLabels(structuredMetadata),
        };
      });
      const refused = await stack.push(tenant, labelsOf(labels), rows);
      if (refused !== undefined) throw new Error(refused);
    },
    async advance(until) {
      const endMs = durationOf(until);
      if (endMs < nowMs) throw new Error(`advance('${until}'): it is already later`);
      const times = new Set<number>();
      for (const { intervalMs } of rulers)
        for (let atMs = Math.ceil((evaluatedMs + 1) / intervalMs) * intervalMs; atMs <= endMs; atMs += intervalMs)
          times.add(atMs);
      for (const atMs of [...times].sort((a, b) => a - b)) {
        await stack.advanceTo(atMs);
        await evaluate(atMs);
      }
      await stack.advanceTo(endMs);
      nowMs = endMs;
      evaluatedMs = endMs;
    },
    alerts: (name) => [...alerts.values()].flat().filter((alert) => (name ?? alert.name) === alert.name),
    notifications: () => notifications,
    recorded: (name) => recorded.get(name) ?? [],
    async query(logql) {
      const samples = await stack.querySamples(tenant, logql, nowMs);
      return samples.map(({ labels, value }) => ({ labels: labelsObject(labels), value }));
    },
    async [Symbol.asyncDispose]() {
      for (const ruler of rulers) await ruler.stop();
      await stack.close();
    },
  };
}

function loadRules(options: OpenRulesOptions): LoadedTestFile {
  const { folder, ruleFiles, lokiConfig, overrides, evaluationInterval } = options;
  const input = {
    rule_files: ruleFiles,
    ...(lokiConfig === undefined ? {} : { loki_config: lokiConfig }),
    ...(overrides === undefined ? {} : { overrides }),
    ...(evaluationInterval === undefined ? {} : { evaluation_interval: evaluationInterval }),
    // The reader refuses a file without tests.
    tests: [{ logql_expr_test: [{ expr: 'vector(1)', eval_time: '0', exp_samples: [] }] }],
  };
  const file = join(folder, 'rules');
  const { loaded, findings } = loadTestText(stringify(input), file);
  if (loaded === undefined) throw new Error(humanReport({ files: [{ file, cases: [], findings }] }, plainStyle));
  return loaded;
}

function samplesOf(samples: readonly { labels: Labels; value: number }[], name: string): SampleView[] {
  return samples
    .map(({ labels, value }) => ({ labels: labelsObject(labels), value }))
    .filter(({ labels }) => labels['__name__'] === name);
}

function labelsOf(labels: string | Readonly<Record<string, string>>): Labels {
  if (typeof labels !== 'string') return createLabels(labels);
  const parsed = parseLabels(labels);
  if (parsed.labels === undefined) throw new Error(parsed.error);
  return parsed.labels;
}

function durationOf(text: string): number {
  const durationMs = parseRuleDurationMs(text);
  if (durationMs === undefined) throw new Error(`'${text}' is not a duration like 90s, 5m, 1h30m`);
  return durationMs;
}
