import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { runCaptured } from '../test/run-captured.ts';

const folder = mkdtempSync(join(tmpdir(), 'cordwood-init-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Render, lint and test what is in a folder. */
async function isSound(path: string, tests: readonly string[], artifactsMin: number): Promise<void> {
  const rendered = await runCaptured(['render', path]);
  assert.equal(rendered.code, 0, rendered.note);
  assert.ok(Number(/^(\d+) files rendered/.exec(rendered.note)?.[1]) >= artifactsMin, rendered.note);
  const linted = await runCaptured(['lint', path, '--strict']);
  assert.equal(linted.code, 0, linted.out);
  const tested = await runCaptured(['test', ...tests.map((name) => join(path, 'tests', name))]);
  assert.equal(tested.code, 0, tested.out + tested.note);
  assert.equal((await runCaptured(['render', path, '--check'])).code, 0);
}

describe('cordwood init', () => {
  test('for a laptop: renders, passes the lint without a warning, its alerts are tested', async () => {
    const path = join(folder, 'acme');
    const { code, out } = await runCaptured([
      'init',
      path,
      '-y',
      '--namespaces',
      'shop,pay',
      '--services',
      'web,check-out',
    ]);
    assert.equal(code, 0);
    assert.deepEqual(
      out.trim().split('\n'),
      ['platform.ts', 'tests/alerts.test.yaml', '.gitignore'].map((name) => join(path, name)),
    );
    await isSound(path, ['alerts.test.yaml'], 10);
  });

  test('with an AWS account: production too', async () => {
    const path = join(folder, 'prod');
    const { code } = await runCaptured([
      'init',
      path,
      '-y',
      '--name',
      'acme',
      '--account',
      '111122223333',
      '--oidc-provider',
      'oidc.eks.eu-central-1.amazonaws.com/id/AB',
    ]);
    assert.equal(code, 0);
    await isSound(path, ['alerts.test.yaml'], 50);
    assert.match(readFileSync(join(path, 'deployment/helm/loki/values-prod.yaml'), 'utf8'), /role\/acme-loki-prod/);
  });

  test('nothing is overwritten', async () => {
    const { code, note } = await runCaptured(['init', join(folder, 'acme'), '-y']);
    assert.equal(code, 2);
    assert.match(note, /platform\.ts is already there/);
  });

  test('what does not fit is refused with the name of the option', async () => {
    for (const [option, value] of [
      ['--name', 'Acme!'],
      ['--namespaces', ','],
      ['--services', 'a b'],
      ['--retention', 'a month'],
      ['--account', '12'],
    ] as const) {
      const { code, note } = await runCaptured(['init', join(folder, 'refused'), '-y', option, value]);
      assert.equal(code, 2);
      assert.ok(note.includes(option), note);
    }
  });
});

test('the example: another company renders, passes the lint, and its rules are tested', async () => {
  const path = join(folder, 'nordwind');
  cpSync(join(import.meta.dirname, '../../../../../examples/nordwind'), path, {
    recursive: true,
    filter: (source) => !source.includes('deployment'),
  });
  await isSound(path, ['freight.test.yaml', 'customs.test.yaml', 'pipeline.test.yaml'], 50);
  const values = readFileSync(join(path, 'deployment/helm/loki/values-live.yaml'), 'utf8');
  assert.match(values, /topologySpreadConstraints:[\s\S]*component: gateway/);
});
