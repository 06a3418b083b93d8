import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Clock } from '../../world/clock.ts';
import { systemClock } from '../../world/system-clock.ts';
import { type PlainEntry, runReceiver } from '../test/run-receiver.ts';

/** Made up for the test, from its parts: no secret stands in the repository. */
const token = `ghp_${'aB3dE6gH9jK2mN5pQ8sT'.repeat(2).slice(0, 36)}`;

const filter = (args: string, entries: readonly PlainEntry[], clock?: Clock) =>
  runReceiver(
    'loki.secretfilter.s',
    `loki.secretfilter "s" {\n  forward_to = [test.sink.out.receiver]\n${args}\n}`,
    entries,
    clock,
  );

function redacts(name: string, args: string, line: string, expected: string): void {
  test(name, async () => {
    const { out } = await filter(args, [{ line }]);
    assert.deepEqual(
      out.map((entry) => entry.line),
      [expected],
    );
  });
}

redacts('a line without secrets', '', 'nothing here', 'nothing here');
redacts('the first fifth stays', '', `token ${token} end`, `token ${token.slice(0, 8)}... end`);
redacts('all of it', 'redact_percent = 100', `a ${token} b ${token}`, 'a REDACTED b REDACTED');
redacts('half', 'redact_percent = 50', token, `${token.slice(0, 20)}...`);
redacts(
  'a text with name and hash',
  'redact_with = "<$SECRET_NAME:$SECRET_HASH>"',
  `x=${token}`,
  `x=<github-pat:${createHash('sha1').update(token).digest('hex')}>`,
);
redacts('gitleaks:allow lets a line pass', '', `${token} # gitleaks:allow`, `${token} # gitleaks:allow`);

test('labels and structured metadata only when asked', async () => {
  const entry = { line: 'x', labels: { app: 'a', key: token }, metadata: { key: token } };
  assert.deepEqual((await filter('', [entry])).out, [entry]);
  const { out, samples } = await filter(
    'redact_with = "<$SECRET_NAME>"\nscan_labels = true\nscan_structured_metadata = true\norigin_label = "app"',
    [entry],
  );
  assert.deepEqual(out, [{ line: 'x', labels: { app: 'a', key: '<github-pat>' }, metadata: { key: '<github-pat>' } }]);
  assert.ok(samples.includes('loki_secretfilter_secrets_redacted_total 2'), samples.join('\n'));
  assert.ok(
    samples.some((line) => /by_category_total\{.*origin="a",rule="github-pat"\} 2$/.test(line)),
    samples.join('\n'),
  );
});

test('rate lets a part pass unseen, and counts it', async () => {
  const { out, samples } = await filter(
    'rate = 0.5',
    Array.from({ length: 200 }, () => ({ line: token })),
  );
  const untouched = out.filter(({ line }) => line === token).length;
  assert.ok(untouched > 60 && untouched < 140, `${untouched}`);
  assert.ok(
    samples.some(
      (line) => line.startsWith('loki_secretfilter_entries_bypassed_total') && line.endsWith(` ${untouched}`),
    ),
  );
});

/** A clock on which every look takes 20 ms. */
function slowClock(): Clock {
  let nowMs = 0;
  return { nowNs: () => 0n, monotonicMs: () => (nowMs += 20), after: () => () => {} };
}

test('a line that takes too long is labelled or dropped, and redacted in any case', async () => {
  const labelled = await filter('processing_timeout = "10ms"\nlabel_timed_out = true', [{ line: token }], slowClock());
  assert.deepEqual(labelled.out[0]!.labels, { secretfilter_timed_out: 'true' });
  assert.notEqual(labelled.out[0]!.line, token);
  const dropped = await filter('processing_timeout = "10ms"\ndrop_on_timeout = true', [{ line: token }], slowClock());
  assert.deepEqual(dropped.out, []);
  assert.ok(dropped.samples.some((line) => /lines_dropped_total.* 1$/.test(line)));
});

test('a line of 1 MB takes bounded time, whatever is in it', async () => {
  const parts = [
    'a'.repeat(1_000_000),
    'api_key = '.repeat(100_000),
    'secret="'.repeat(125_000),
    `${'-----BEGIN PRIVATE KEY-----'.repeat(37_000)}`,
    `${'x '.repeat(500_000)}${token}`,
  ];
  for (const line of parts) {
    const before = process.cpuUsage();
    await filter('', [{ line }], systemClock);
    const { user } = process.cpuUsage(before);
    assert.ok(user < 20e6, `${line.slice(0, 20)}: ${user / 1e6} s`);
  }
});

const folder = mkdtempSync(join(tmpdir(), 'cordwood-secrets-'));
after(() => rmSync(folder, { recursive: true }));
const toml = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return `gitleaks_config = "${path}"\nredact_with = "<$SECRET_NAME>"`;
};

redacts(
  'rules of a file',
  toml('own.toml', '[[rules]]\nid = "staff"\nregex = "staff-([0-9]{4})"\nkeywords = ["STAFF-"]\n'),
  `staff-1234 ${token}`,
  `staff-<staff> ${token}`,
);
redacts(
  'rules of a file beside the default ones',
  toml('more.toml', '[extend]\nuseDefault = true\n[[rules]]\nid = "staff"\nregex = "staff-[0-9]{4}"\n'),
  `staff-1234 ${token}`,
  '<staff> <github-pat>',
);
redacts(
  'allowlists of a file',
  toml(
    'allow.toml',
    '[allowlist]\nregexes = ["-0000$"]\n[[rules]]\nid = "staff"\nregex = "staff-[0-9]{4}"\n[[rules.allowlists]]\nstopwords = ["1111"]\n',
  ),
  'staff-0000 staff-1111 staff-2222',
  'staff-0000 staff-1111 <staff>',
);

function refusesFile(name: string, text: string, expected: RegExp): void {
  test(`refuses ${name}`, async () => {
    await assert.rejects(filter(toml(`${name.replaceAll(' ', '-')}.toml`, text), []), expected);
  });
}
refusesFile('broken toml', '[[rules]\n', /line 1/);
refusesFile('an unknown key', '[[rules]]\nid = "a"\nregex = "a"\npath = "x"\n', /rule a: path is not supported/);
refusesFile('a bad expression', '[[rules]]\nid = "a"\nregex = "("\n', /rule a: .*missing closing/);
refusesFile('no rules', 'title = "x"\n', /there are no rules/);
