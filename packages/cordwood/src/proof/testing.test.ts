import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DefineTest, defineTests, openRules } from 'cordwood/testing';

const fixtures = new URL('./fixtures/', import.meta.url);
const folder = import.meta.dirname;

// In earnest: these are tests of this run.
defineTests(test, new URL('end-to-end.test.yaml', fixtures));
defineTests(
  test,
  {
    rule_files: ['fixtures/end-to-end-rules.yaml'],
    tests: [
      {
        name: 'an object says the same as a file',
        input_streams: [
          { labels: { app: 'web', level: 'error' }, lines: [{ at: '10s', repeat: '20 lines over 20s', line: 'x' }] },
        ],
        alert_timeline_test: [
          { alertname: 'Errors', until: '10m', exp_timeline: ['pending at 1m', 'firing at 3m', 'resolved at 6m'] },
        ],
      },
    ],
  },
  folder,
);

/** The names of the tests that are defined, each with the first lines of what it fails with. */
async function outcomes(define: (test: DefineTest) => void): Promise<Record<string, string>> {
  const defined: [string, () => Promise<void>][] = [];
  define((name, run) => defined.push([name, run]));
  const out: Record<string, string> = {};
  for (const [name, run] of defined)
    out[name] = await run().then(
      () => 'passes',
      (error: Error) => error.message,
    );
  return out;
}

test('a test that fails says what was expected and what came', async () => {
  const found = await outcomes((define) => defineTests(define, new URL('failing.test.yaml', fixtures)));
  assert.ok(Object.keys(found).length > 1);
  assert.equal(Object.entries(found).find(([name]) => name.startsWith('passes'))?.[1], 'passes');
  assert.match(Object.values(found).join('\n'), / {9}- .*\n {9}\+ /);
});

test('a broken file is one failing test', async () => {
  const found = Object.values(await outcomes((define) => defineTests(define, new URL('broken.test.yaml', fixtures))));
  assert.equal(found.length, 1);
  assert.match(found[0]!, /unknown key evaluation_intervall/);
});

test('rules step by step', async () => {
  await using rules = await openRules({
    folder,
    ruleFiles: ['fixtures/end-to-end-rules.yaml', 'fixtures/recording-rules.yaml'],
    externalLabels: { cluster: 'eu' },
  });
  await rules.push('{app="web", level="error"}', ['one']);
  await rules.advance('50s');
  await rules.push(
    { app: 'web', level: 'error' },
    Array.from({ length: 20 }, (_, i) => ({ at: `${30 + i}s`, line: 'x' })),
  );
  assert.deepEqual(rules.alerts(), []);
  await rules.advance('1m');
  assert.deepEqual(
    rules.alerts('Errors').map(({ state, value, labels }) => [state, value, labels['app']]),
    [['pending', 21, 'web']],
  );
  await rules.advance('3m');
  assert.equal(rules.alerts()[0]?.state, 'firing');
  assert.deepEqual(rules.notifications()[0]?.labels, { alertname: 'Errors', app: 'web', cluster: 'eu' });
  assert.deepEqual(rules.recorded('app:lines'), [{ labels: { __name__: 'app:lines', app: 'web' }, value: 21 }]);
  assert.deepEqual(await rules.query('sum(count_over_time({app="web"}[5m]))'), [{ labels: {}, value: 21 }]);
  await rules.advance('10m');
  assert.deepEqual(rules.alerts(), []);
  await assert.rejects(rules.advance('5m'), /already later/);
  await assert.rejects(openRules({ folder, ruleFiles: ['fixtures/bad-rules.yaml'] }), /field fro not found/);
});
