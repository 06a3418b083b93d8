import { defineCommand, exitCode, UsageError } from '../command.ts';

export const test = defineCommand({
  name: 'test',
  summary: 'Test alerting and recording rules and Alloy pipelines, offline.',
  operands: 'FILE...',
  operandCount: [1, 1000],
  describe:
    'Test files are YAML: the format of promtool for rules carried over to Loki, and pipeline_tests for config.alloy. See docs/guide/testing.md.\nExit code 0: all passed, 1: a test failed, 2: a file is broken.',
  options: {
    format: { type: 'string', value: 'FORM', short: 'f', default: 'human', describe: 'human, json or junit' },
    run: { type: 'string', value: 'REGEX', short: 'r', describe: 'only tests whose name matches' },
  },
  examples: [
    ['cordwood test tests/*.test.yaml', 'every test, with a diff and a timeline where one fails'],
    ['cordwood test tests/alerts.test.yaml --format junit > report.xml', 'for a CI system'],
  ],
  async run({ options, positionals, terminal, signal }) {
    // Loaded here, so that `query` and the other small commands start without the store, the engine and the agent.
    const { runTestFile } = await import('../../proof/run-test-file.ts');
    const { reports } = await import('../../proof/reports/registry.ts');
    const report = reports.get(options.format);
    if (report === undefined)
      throw new UsageError(`--format is ${[...reports.keys()].join(', ')}, not '${options.format}'`);
    const only = options.run === undefined ? undefined : compileName(options.run);
    const results = [];
    for (const file of positionals) {
      if (signal.aborted) break;
      results.push(await runTestFile(file, only === undefined ? {} : { only }));
    }
    await terminal.out(report(results, terminal.styleOut));
    if (results.some(({ findings }) => findings.some(({ diagnostic }) => diagnostic.severity === 'error')))
      return exitCode.usage;
    const cases = results.flatMap((result) => result.cases);
    if (cases.length === 0) throw new UsageError(`no test has a name that matches --run '${options.run}'`);
    return cases.some(({ failures }) => failures.length > 0) ? exitCode.failed : exitCode.ok;
  },
});

function compileName(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new UsageError(`--run: ${(error as Error).message}`);
  }
}
