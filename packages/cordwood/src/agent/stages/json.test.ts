import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesAfter, runStages } from '../test/run-stages.ts';

const labels = (expressions: string, names: string) =>
  `stage.json {\n expressions = { ${expressions} }\n}\nstage.labels {\n values = { ${names} }\n}`;

test('names, paths, functions; objects as text; a missing key overwrites', async () => {
  const stages = `${labels('a = "", b = "x.y", n = "length(list)", o = "x"', 'a = "", b = "", n = "", o = ""')}`;
  const { out } = await runStages(stages, ['{"a":1e3,"x":{"y":true},"list":[1,2]}', '{"a":null}', 'text'], {
    labels: { a: 'old' },
  });
  assert.deepEqual(
    out.map((entry) => entry.labels),
    [{ a: '1000', b: 'true', n: '2', o: '{"y":true}' }, { a: 'old' }, { a: 'old' }],
  );
});

test('a key like __proto__ is a key', async () => {
  const { out } = await runStages(labels('p = "__proto__", c = "constructor"', 'p = "", c = ""'), [
    '{"__proto__":"x"}',
    '{}',
  ]);
  assert.deepEqual(
    out.map((entry) => entry.labels),
    [{ p: 'x' }, {}],
  );
});

test('keys by a pattern', async () => {
  const { out } = await runStages(
    'stage.json {\n regex = "^k"\n}\nstage.labels {\n values = { k1 = "", k2 = "", x = "" }\n}',
    ['{"k1":"a","k2":2,"x":"no"}'],
  );
  assert.deepEqual(out[0]!.labels, { k1: 'a', k2: '2' });
});

test('malformed lines go when that is wanted', async () => {
  assert.deepEqual(
    await linesAfter('stage.json {\n expressions = { a = "" }\n drop_malformed = true\n}', [
      '{"a":1}',
      '{"a":',
      '[]',
      'null',
    ]),
    ['{"a":1}', 'null'],
  );
});
