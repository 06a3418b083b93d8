import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runCaptured } from '../cli/test/run-captured.ts';
import { findProgram } from '../rules/test/real-process.ts';

const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url));
const options =
  findProgram('promtool') === undefined ? { skip: 'skipped: needs promtool (apt-get install prometheus)' } : {};

test('a recording rule of Loki feeds an alert of Prometheus, which promtool evaluates', options, async () => {
  const { code, out } = await runCaptured(['test', `${fixtures}chain.test.yaml`]);
  assert.equal(code, 0, out);
});

test('what promtool finds is shown', options, async () => {
  const { code, out } = await runCaptured(['test', `${fixtures}chain-failing.test.yaml`]);
  assert.equal(code, 1);
  assert.match(out, /ManyLines at 4m, in Prometheus: other alerts than expected/);
  assert.match(out, /got:\[\s+0:\s+Labels:{alertname="ManyLines", app="web"}/);
});
