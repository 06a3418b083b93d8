import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runStages } from '../test/run-stages.ts';

const stages = (more = '') =>
  `stage.json {\n expressions = { message = "", User = "" }\n}\nstage.eventlogmessage {\n${more}\n}\nstage.labels {\n values = { User = "", User_extracted = "", Logon_Type = "" }\n}`;

test('fields get names that labels may have; a name that is taken gets a suffix', async () => {
  const message = JSON.stringify({ message: 'User: ann\r\nLogon Type: 3\r\nno field', User: 'bob' });
  const { out } = await runStages(stages(), [message]);
  assert.deepEqual(out[0]!.labels, { Logon_Type: '3', User: 'bob', User_extracted: 'ann' });
  const overwritten = await runStages(stages('overwrite_existing = true\n drop_invalid_labels = true'), [message]);
  assert.deepEqual(overwritten.out[0]!.labels, { User: 'ann' });
});

test('a message without text ends the entry, and is counted', async () => {
  const { out, dropped } = await runStages(stages(), ['{"message":null}', 'no json']);
  assert.deepEqual(
    out.map((entry) => entry.line),
    ['no json'],
  );
  assert.deepEqual(dropped, { eventlogmessage_stage: 1 });
});
