import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCommand } from '../main.ts';
import { migrate } from './migrate.ts';

async function run(...args: string[]) {
  const shown = { code: 0, out: '', notes: '' };
  const terminal = {
    out: async (text: string) => {
      shown.out += text;
    },
    note: (text: string) => {
      shown.notes += `${text}\n`;
    },
    interactive: false,
    columns: 100,
    style: (_: string, text: string) => text,
    styleOut: (_: string, text: string) => text,
  };
  shown.code = await runCommand(args, terminal, {}, new AbortController().signal);
  return shown;
}

test('every sub-command carries the name of its group', () => {
  for (const command of migrate.commands) assert.match(command.name, /^migrate [a-z-]+$/);
});

for (const args of [
  ['migrate', '--help'],
  ['help', 'migrate'],
]) {
  test(`cordwood ${args.join(' ')} lists the sub-commands`, async () => {
    const { code, out } = await run(...args);
    assert.equal(code, 0);
    for (const command of migrate.commands) assert.ok(out.includes(`  ${command.name} `), command.name);
  });
}

test('a sub-command has its own help', async () => {
  const { code, out } = await run('migrate', 'positions', '--help');
  assert.equal(code, 0);
  assert.match(out, /^Usage: cordwood migrate positions POSITIONS \[options\]/);
});

test('without a sub-command the help is shown and it is wrong usage', async () => {
  const { code, notes } = await run('migrate');
  assert.equal(code, 2);
  assert.match(notes, /Usage: cordwood migrate COMMAND/);
});

test('an unknown sub-command is wrong usage', async () => {
  const { code, notes } = await run('migrate', 'nonsense');
  assert.equal(code, 2);
  assert.match(notes, /no command 'migrate nonsense'/);
});
