import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runStages } from '../test/run-stages.ts';

const stages =
  'stage.json {\n expressions = { t = "", n = "" }\n}\nstage.structured_metadata {\n values = { trace = "t", n = "" }\n}';

test('values move; a label wins and goes', async () => {
  const { out } = await runStages(stages, ['{"t":"a","n":5}', '{}'], { labels: { n: 'label', k: 'v' } });
  assert.deepEqual(
    out.map(({ labels, metadata }) => [labels, metadata]),
    [
      [{ k: 'v' }, { n: 'label', trace: 'a' }],
      [{ k: 'v' }, { n: 'label' }],
    ],
  );
});

test('names by a pattern', async () => {
  const { out } = await runStages('stage.logfmt {\n regex = "."\n}\nstage.structured_metadata {\n regex = "_id$"\n}', [
    'a_id=1 b=2 c_id=3',
  ]);
  assert.deepEqual(out[0]!.metadata, { a_id: '1', c_id: '3' });
});
