import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runStages } from '../test/run-stages.ts';

test('pairs, quoted values, a syntax error in between', async () => {
  const stages = 'stage.logfmt {\n mapping = { a = "", q = "msg" }\n}\nstage.labels {\n values = { a = "", q = "" }\n}';
  const { out } = await runStages(stages, ['a=1 msg="x \\"y\\""', 'a=2 "broken" msg=z', 'msg']);
  assert.deepEqual(
    out.map((entry) => entry.labels),
    [{ a: '1', q: 'x "y"' }, { a: '2' }, { q: '' }],
  );
});

test('keys by a pattern', async () => {
  const { out } = await runStages(
    'stage.logfmt {\n regex = "^k"\n}\nstage.labels {\n values = { k1 = "", x = "" }\n}',
    ['k1=a x=b'],
  );
  assert.deepEqual(out[0]!.labels, { k1: 'a' });
});
