import { resolve } from 'node:path';
import type { TestRun } from '../../proof/reports/report.ts';
import type { OpenTestStack } from '../../proof/test-stack.ts';
import { backtestOptions, isBacktest, lokiTarget, runBacktest } from '../backtest.ts';
import { defineCommand, exitCode, type OptionValues, UsageError } from '../command.ts';
import type { Terminal } from '../terminal.ts';
import { fileChange } from '../watch-files.ts';
import { positiveInteger } from './query.ts';

const testOptions = {
  format: { type: 'string', value: 'FORM', short: 'f', default: 'human', describe: 'human, json, junit or github' },
  run: { type: 'string', value: 'REGEX', short: 'r', describe: 'only tests whose name matches' },
  coverage: { type: 'boolean', describe: 'which rules, branches of expressions and stages no test reaches' },
  'coverage-min': { type: 'string', value: 'PERCENT', describe: 'exit 1 below this share of all of them' },
  mutate: {
    type: 'boolean',
    describe: 'change rules and pipelines in one place at a time: which changes does no test notice?',
  },
  'mutate-min': { type: 'string', value: 'PERCENT', describe: 'exit 1 below this share of noticed changes' },
  watch: { type: 'boolean', short: 'w', describe: 'run again when a file changes' },
  engine: {
    type: 'string',
    value: 'NAME',
    default: 'embedded',
    describe: 'embedded, or loki: lines and queries go to --url, in tenants of their own',
  },
  url: { type: 'string', value: 'URL', env: 'LOKI_ADDR', describe: 'a Loki, for --engine loki and --since' },
  ...backtestOptions,
} as const;
type TestOptions = OptionValues<typeof testOptions>;

export const test = defineCommand({
  name: 'test',
  summary: 'Test alerting and recording rules and pipelines, offline.',
  operands: 'FILE...',
  operandCount: [1, 1000],
  describe:
    "Test files are YAML: the format of promtool for rules carried over to Loki, pipeline_tests for Alloy and Promtail, and Alloy's own pipeline tests. See docs/guide/testing.md.\nExit code 0: all passed, 1: a test failed or a share is too low, 2: a file is broken.",
  options: testOptions,
  examples: [
    ['cordwood test tests/*.test.yaml', 'every test, with a diff and a timeline where one fails'],
    ['cordwood test tests/alerts.test.yaml --format junit > report.xml', 'for a CI system'],
    ['cordwood test tests/*.test.yaml --coverage --mutate', 'how good are the tests?'],
    ['cordwood test rules/ --replay logs.jsonl', 'when would the rules have fired on these logs?'],
    ['cordwood test rules/ --url http://loki:3100 -t prod --since 7d', 'and in the last week?'],
    ['cordwood test tests/*.test.yaml --engine loki --url http://loki:3100', 'the same tests against a real Loki'],
  ],
  async run({ options, positionals, terminal, signal }) {
    // Loaded here, so that `query` and the other small commands start without the store, the engine and the agent.
    const { reports } = await import('../../proof/reports/registry.ts');
    const report = reports.get(options.format);
    if (report === undefined)
      throw new UsageError(`--format is ${[...reports.keys()].join(', ')}, not '${options.format}'`);
    if (isBacktest(options)) return runBacktest(positionals, options, terminal, signal);
    if (!options.watch) {
      const run = await runAll(positionals, options, terminal, signal);
      await terminal.out(report(run, terminal.styleOut));
      return judge(run, options);
    }
    while (!signal.aborted) {
      const run = await runAll(positionals, options, terminal, signal);
      await terminal.out(`${terminal.interactive ? '\u001b[2J\u001b[H' : ''}${report(run, terminal.styleOut)}`);
      terminal.note(terminal.style('dim', 'waiting for a change; Ctrl-C ends'));
      await fileChange(await filesOf(positionals), signal);
    }
    return exitCode.ok;
  },
});

async function runAll(
  paths: readonly string[],
  options: TestOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<TestRun> {
  const { loadTestFile } = await import('../../proof/load-test-file.ts');
  const { runLoadedFile } = await import('../../proof/run-test-file.ts');
  const only = options.run === undefined ? {} : { only: compileName(options.run) };
  const read = paths.map((file) => ({ file, ...loadTestFile(file) }));
  const loaded = read.flatMap((one) => one.loaded ?? []);
  const recorder = wantsCoverage(options)
    ? (await import('../../proof/coverage/coverage.ts')).recordCoverage(loaded)
    : undefined;
  const openStack = await stackOf(options);
  const files: TestRun['files'][number][] = [];
  for (const one of read) {
    if (signal.aborted) break;
    if (one.loaded === undefined) files.push({ file: one.file, cases: [], findings: one.findings });
    else
      files.push(
        await runLoadedFile(one.loaded, one.findings, {
          ...only,
          ...openStack,
          ...(recorder ? { observe: recorder.observer } : {}),
        }),
      );
  }
  const failed = files.some(({ cases, findings }) => cases.some(isFailed) || findings.some(isError));
  if (!wantsMutation(options) || signal.aborted) return { files, coverage: recorder?.result() };
  if (failed) {
    terminal.note('mutants are made when all tests pass');
    return { files, coverage: recorder?.result() };
  }
  const { runMutation } = await import('../../proof/mutation/run-mutation.ts');
  const progress = (done: number) => {
    if (terminal.interactive && done % 10 === 0) process.stderr.write(`\r${done} changes tried`);
  };
  const mutation = await runMutation(loaded, progress, signal);
  if (terminal.interactive) process.stderr.write('\r\u001b[K');
  return { files, coverage: recorder?.result(), mutation };
}

async function stackOf(options: TestOptions): Promise<{ openStack?: OpenTestStack }> {
  if (options.engine === 'embedded') return {};
  if (options.engine !== 'loki') throw new UsageError(`--engine is embedded or loki, not '${options.engine}'`);
  if (options.url === undefined) throw new UsageError('--engine loki needs --url');
  if (wantsMutation(options)) throw new UsageError('--mutate runs on the embedded engine only');
  const { openLokiStack } = await import('../../proof/loki-stack.ts');
  return { openStack: openLokiStack(lokiTarget(options, options.url)) };
}

const wantsCoverage = (options: TestOptions) => options.coverage || options['coverage-min'] !== undefined;
const wantsMutation = (options: TestOptions) => options.mutate || options['mutate-min'] !== undefined;
const isFailed = ({ failures }: { readonly failures: readonly unknown[] }) => failures.length > 0;
const isError = ({ diagnostic }: TestRun['files'][number]['findings'][number]) => diagnostic.severity === 'error';

async function judge({ files, coverage, mutation }: TestRun, options: TestOptions): Promise<number> {
  if (files.some(({ findings }) => findings.some(isError))) return exitCode.usage;
  const cases = files.flatMap((result) => result.cases);
  if (cases.length === 0) throw new UsageError(`no test has a name that matches --run '${options.run}'`);
  if (cases.some(isFailed)) return exitCode.failed;
  if (coverage !== undefined && options['coverage-min'] !== undefined) {
    const { points } = coverage;
    const share = points.length === 0 ? 100 : (100 * points.filter(({ reached }) => reached).length) / points.length;
    if (share < positiveInteger(options['coverage-min'], '--coverage-min', 0)) return exitCode.failed;
  }
  if (mutation !== undefined && options['mutate-min'] !== undefined) {
    const { mutationScore } = await import('../../proof/mutation/run-mutation.ts');
    if (mutationScore(mutation) < positiveInteger(options['mutate-min'], '--mutate-min', 0)) return exitCode.failed;
  }
  return exitCode.ok;
}

/** What the tests are made of: test files, rule files, configurations. */
async function filesOf(paths: readonly string[]): Promise<string[]> {
  const { loadTestFile } = await import('../../proof/load-test-file.ts');
  const { namedFiles } = await import('../../proof/named-files.ts');
  return paths.flatMap((path) => {
    const { loaded } = loadTestFile(path);
    return [resolve(path), ...(loaded === undefined ? [] : namedFiles(loaded))];
  });
}

function compileName(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new UsageError(`--run: ${(error as Error).message}`);
  }
}
