import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseInvocation } from '../../cli/command.ts';
import { commands } from '../../cli/commands/registry.ts';
import { loadPlatform } from '../../cli/platform-file.ts';
import { parseTenantRules } from '../copy/tenant-rules.ts';
import { planMigration } from './plan-migration.ts';
import { printRunbook } from './runbook.ts';

const root = join(import.meta.dirname, '../../../../..');
const { platform } = await loadPlatform(join(root, 'greenlang/platform.ts'));

function planOf(name: string) {
  return planMigration({
    platform,
    environment: platform.environments.find((environment) => environment.name === name)!,
    platformFile: 'greenlang/platform.ts',
    artifacts: 'deployment',
    old: {
      url: 'http://loki.monitoring.svc.cluster.local:3100',
      tenant: 'fake',
      namespace: 'monitoring',
      statefulSet: 'loki',
      daemonSet: 'promtail',
      retention: '720h',
      promtailConfig: 'greenlang/migration/promtail.yaml',
      acceptedDifferences: 'greenlang/migration/accept.yaml',
    },
  });
}

/** Every command that the runbook tells somebody to type. */
function commandsOf(name: string): string[] {
  return planOf(name).phases.flatMap(({ steps }) =>
    steps.flatMap(({ commands: own, checks, rollback }) => [
      ...own,
      ...checks.map(({ command }) => command),
      ...rollback,
    ]),
  );
}

/** The words of a shell command; quotes are taken off. */
function words(command: string): string[] {
  return [...command.replaceAll('\\\n', ' ').matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
    word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'),
  );
}

for (const name of ['staging', 'prod']) {
  test(`${name}: every cordwood command of the runbook is one that exists, with options that it has`, () => {
    const own = commandsOf(name)
      .flatMap((command) => command.split(/&&/))
      .map((text) => words(text.trim()))
      .filter(([first]) => first === 'cordwood');
    assert.ok(own.length > 12, `${own.length}`);
    for (const [, ...args] of own) {
      const entry = commands.find((candidate) => candidate.name === args[0]);
      assert.ok(entry, args.join(' '));
      const command = 'commands' in entry ? entry.commands.find((one) => one.name === `${args[0]} ${args[1]}`) : entry;
      assert.ok(command, args.join(' '));
      const { options } = parseInvocation(command, args.slice('commands' in entry ? 2 : 1), {});
      const { rule } = options as { rule?: string[] };
      if (rule !== undefined) assert.equal(parseTenantRules(rule).error, undefined);
    }
  });

  test(`${name}: the files that it names are there`, () => {
    const files = new Set(
      commandsOf(name).flatMap(
        (command) =>
          command.match(
            /(?:greenlang\/migration|deployment\/(?:helm|kubernetes|local|monitoring|terraform))\/[\w./-]+/g,
          ) ?? [],
      ),
    );
    assert.ok(files.size > 6, [...files].join(' '));
    assert.deepEqual(
      [...files].filter((file) => !existsSync(join(root, file.replace(/\/files\/$/, '')))),
      [],
    );
  });
}

test('three phases; every step that changes something can be taken back and is checked', () => {
  const { phases } = planOf('prod');
  assert.equal(phases.length, 3);
  for (const { title, steps, commands: _ } of phases.flatMap((phase) => ({ ...phase, commands: [] }))) {
    for (const step of steps) {
      assert.ok(step.checks.length > 0, `${title}: ${step.title}`);
      const changes = step.commands.some((command) =>
        /kubectl (?:apply|delete|label|patch)|helm |terraform.*apply/.test(command),
      );
      if (changes) assert.ok(step.rollback.length > 0, `${title}: ${step.title} has no rollback`);
    }
  }
});

test('the switch of dual-write is the one that the definition has', () => {
  const text = printRunbook(planOf('prod'));
  assert.match(text, /dualWrite: \{\n {4}environments: \['prod'\],\n {4}url: 'http:\/\/loki\.monitoring/);
  assert.match(
    readFileSync(join(root, 'packages/platform/src/platform-definition.ts'), 'utf8'),
    /readonly dualWrite\?: DualWrite/,
  );
});

test("GreenLang's runbook is the one that its definition gives", () => {
  const file = join(root, 'greenlang/migration/runbook-prod.md');
  const text = printRunbook(planOf('prod'));
  if (process.env['UPDATE_GOLDEN']) writeFileSync(file, text);
  assert.equal(readFileSync(file, 'utf8'), text, 'UPDATE_GOLDEN=1 writes it');
});
