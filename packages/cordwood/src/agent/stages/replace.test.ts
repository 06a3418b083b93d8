import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeLine, encodeLine } from '../log-entry.ts';
import { linesAfter, runStages } from '../test/run-stages.ts';

const replaces = (expression: string, replacement: string, line: string, expected: string) =>
  test(`${expression} by ${replacement} in ${line}`, async () => {
    const stages = `stage.replace {\n expression = ${JSON.stringify(expression)}\n replace = ${JSON.stringify(replacement)}\n}`;
    assert.deepEqual(await linesAfter(stages, [line]), [expected]);
  });

replaces('password=(\\S+)', '***', 'password=x password=y', 'password=*** password=***');
replaces('secret', '***', 'secret', 'secret');
replaces('(a)(b)', '<{{ .Value }}>', 'ab ab', '<a><b> <a><b>');
replaces('(a(b)c)', 'x', 'abc', 'x');
replaces('(é+)', '{{ len .Value }}', 'éé ascii', '4 ascii');
replaces('x(y)?', '-', 'x xy', 'x x-');
replaces('(\\w+)@(\\w+)', '{{ Sha2Hash "s" .Value | trunc 4 }}', 'a@b', '4cf6@b831');
replaces('()', '.', 'ab', '.a.b.');

test('bytes that are no UTF-8 stay as they are around what is replaced', async () => {
  const escaped = Buffer.from([0x61, 0xff, 0x62, 0x31]);
  const { out } = await runStages('stage.replace {\n expression = "([0-9])"\n replace = "#"\n}', [
    decodeLine(escaped, 0, 4),
  ]);
  assert.deepEqual(encodeLine(out[0]!.line), Buffer.from([0x61, 0xff, 0x62, 0x23]));
});
