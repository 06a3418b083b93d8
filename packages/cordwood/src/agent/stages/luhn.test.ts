import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesAfter } from '../test/run-stages.ts';

const redacts = (arguments_: string, line: string, expected: string) =>
  test(`luhn { ${arguments_.replaceAll('\n', ' ')} } on ${line}`, async () => {
    assert.deepEqual(await linesAfter(`stage.luhn {\n${arguments_}\n}`, [line]), [expected]);
  });

redacts('', 'card 4111111111111111 ok', 'card **REDACTED** ok');
redacts('', 'card 4111111111111112 no', 'card 4111111111111112 no');
redacts('', 'short 79927398713', 'short 79927398713');
redacts('min_length = 11', 'short 79927398713', 'short **REDACTED**');
redacts('replacement = "[card]"', '4111111111111111 and 5500005555555559', '[card] and [card]');
redacts('', '4111-1111-1111-1111', '4111-1111-1111-1111');
redacts('delimiters = "- "', 'pay 4111-1111 1111-1111, thanks', 'pay **REDACTED**, thanks');
redacts('delimiters = "-"', 'x-4111111111111111-y', 'x-**REDACTED**-y');
redacts('', '0000000000000', '**REDACTED**');
redacts('', '411111111111111141111111111111114111111111111111', '**REDACTED**');
redacts('skip_regex = "id=\\\\d+"', 'id=4111111111111111 4111111111111111', 'id=4111111111111111 **REDACTED**');
redacts('', 'né 4111111111111111', 'né **REDACTED**');

test('with a source its text becomes the line, as in Alloy', async () => {
  const stages = 'stage.json {\n expressions = { m = "" }\n}\nstage.luhn {\n source = "m"\n}';
  assert.deepEqual(
    await linesAfter(stages, ['{"m":"4111111111111111"}', '{"m":"none"}', '{"x":1}', '{"m":4111111111111111}']),
    ['**REDACTED**', 'none', '{"x":1}', '{"m":4111111111111111}'],
  );
});
