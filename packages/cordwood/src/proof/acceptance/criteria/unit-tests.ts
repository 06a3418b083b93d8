import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Criterion, judged, notJudged } from '../criterion.ts';

const leastCoverage = 85;

export const unitTests: Criterion = {
  number: 14,
  title: 'All unit tests pass with 85%+ coverage on the logging framework',
  async judge({ endpoints, signal }) {
    const what = 'the tests of packages/logger pass';
    const { repository } = endpoints;
    if (repository === undefined || !existsSync(join(repository, 'packages/logger/src')))
      return [notJudged(what, '--repository: a checkout with packages/logger')];
    const { code, out } = await runTests(repository, signal);
    const count = (name: string) => Number(new RegExp(`^ℹ ${name} (\\d+)`, 'm').exec(out)?.[1] ?? Number.NaN);
    const coverage = Number(/^ℹ all files\s*\|\s*([\d.]+)/m.exec(out)?.[1] ?? Number.NaN);
    return [
      judged(code === 0 || count('fail') === 0, what, `${count('pass')} passed, ${count('fail')} failed`),
      judged(coverage >= leastCoverage, `they cover at least ${leastCoverage} % of its lines`, `${coverage} %`),
    ];
  },
};

async function runTests(cwd: string, signal: AbortSignal): Promise<{ code: number | null; out: string }> {
  const child = spawn(
    process.execPath,
    [
      '--test',
      '--test-reporter=spec',
      '--experimental-test-coverage',
      '--test-coverage-include=packages/logger/src/**/*.ts',
      '--test-coverage-exclude=**/*.test.ts',
      'packages/logger/**/*.test.ts',
    ],
    // A test process that is itself started by node --test must not report to it.
    { cwd, signal, stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, NODE_TEST_CONTEXT: undefined } },
  );
  let out = '';
  child.stdout.on('data', (chunk) => (out += chunk));
  const [code] = await once(child, 'close');
  return { code, out };
}
