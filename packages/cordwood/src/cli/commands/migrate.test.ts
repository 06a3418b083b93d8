import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCaptured } from '../test/run-captured.ts';
import { migrate } from './migrate.ts';

test('every sub-command carries the name of its group', () => {
  for (const command of migrate.commands) assert.match(command.name, /^migrate [a-z-]+$/);
});

for (const args of [
  ['migrate', '--help'],
  ['help', 'migrate'],
]) {
  test(`cordwood ${args.join(' ')} lists the sub-commands`, async () => {
    const { code, out } = await runCaptured(args);
    assert.equal(code, 0);
    for (const command of migrate.commands) assert.ok(out.includes(`  ${command.name} `), command.name);
  });
}

for (const command of migrate.commands) {
  test(`cordwood ${command.name} --help has examples`, async () => {
    const { code, out } = await runCaptured([...command.name.split(' '), '--help']);
    assert.equal(code, 0);
    assert.ok(out.startsWith(`Usage: cordwood ${command.name} `));
    assert.match(out, /Examples:\n {2}cordwood migrate /);
  });
}

test('without a sub-command the help is shown and it is wrong usage', async () => {
  const { code, note } = await runCaptured(['migrate']);
  assert.equal(code, 2);
  assert.match(note, /Usage: cordwood migrate COMMAND/);
});

test('an unknown sub-command is wrong usage', async () => {
  const { code, note } = await runCaptured(['migrate', 'nonsense']);
  assert.equal(code, 2);
  assert.match(note, /no command 'migrate nonsense'/);
});
