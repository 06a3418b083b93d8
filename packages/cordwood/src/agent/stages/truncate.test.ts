import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeLine } from '../log-entry.ts';
import { runStages, stageErrors } from '../test/run-stages.ts';

const stages = (...rules: string[]) =>
  `stage.json {\n expressions = { e = "" }\n}\nstage.truncate {\n${rules.map((rule) => `rule {\n${rule}\n}`).join('\n')}\n}\nstage.labels {\n values = { cut = "truncated", e = "" }\n}`;

test('what is too long is cut, the suffix counts; what was cut is told', async () => {
  const { out } = await runStages(stages('limit = "10B"\n suffix = "..."'), ['{"e":"abcdefgh"}', '{"e":"a"}']);
  assert.deepEqual(
    out.map(({ line, labels }) => [line, labels['cut']]),
    [
      ['{"e":"a...', 'line'],
      ['{"e":"a"}', undefined],
    ],
  );
});

test('labels, extracted values and metadata, by name', async () => {
  const { out, metrics } = await runStages(
    stages(
      'limit = "3B"\n source_type = "label"\n sources = ["long"]',
      'limit = "2B"\n source_type = "extracted"\n sources = ["e"]',
    ),
    ['{"e":"xyz"}'],
    {
      labels: { long: 'abcdef', other: 'abcdef' },
    },
  );
  assert.deepEqual(out[0]!.labels, { cut: 'extracted,label', e: 'xy', long: 'abc', other: 'abcdef' });
  assert.equal(metrics.find('loki_process_truncated_fields_total')!.value({ field: 'label' }), 1);
});

test('bytes are counted, not characters', async () => {
  const { out } = await runStages(stages('limit = "3B"'), ['éé']);
  assert.deepEqual(encodeLine(out[0]!.line), Buffer.from('éé').subarray(0, 3));
});

test('bad rules are refused', () => {
  assert.deepEqual(stageErrors('stage.truncate { }'), ['truncate stage must contain at least one rule']);
  assert.deepEqual(stageErrors(stages('limit = "0B"')), ['limit must be greater than 0']);
  assert.deepEqual(stageErrors(stages('limit = "2B"\n suffix = "..."')), ['suffix length must be less than the limit']);
  assert.deepEqual(stageErrors(stages('limit = "9B"\n sources = ["a"]')), [
    "sources cannot be set when source_type is 'line'",
  ]);
});
