import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runStages } from '../test/run-stages.ts';

test('description, sections, and values that go on', async () => {
  const message =
    'An account was logged on.\r\n\r\nSubject:\r\n\tSecurity ID:\t\tS-1-5\r\n\tAccount Name:\t\tANN\r\n\r\nPrivileges:\t\tSeTcb\r\n';
  const stages =
    'stage.json {\n expressions = { message = "" }\n}\nstage.windowsevent { }\nstage.labels {\n values = { d = "Description", s = "Subject_SecurityID", a = "Subject_AccountName", p = "Privileges" }\n}';
  const { out } = await runStages(stages, [JSON.stringify({ message })]);
  assert.deepEqual(out[0]!.labels, { d: 'An account was logged on.', s: 'S-1-5', a: 'ANN', p: 'SeTcb' });
});
