import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCaptured } from '../src/cli/test/run-captured.ts';
import { createLokiClient } from '../src/client/loki-client.ts';
import { encodePushRequest } from '../src/codec/push-request.ts';
import { compressSnappy } from '../src/codec/snappy.ts';
import { createEntryColumns } from '../src/model/entry.ts';
import { createLabels } from '../src/model/labels.ts';
import { freePort, temporaryFolder } from '../src/rules/test/real-process.ts';
import { generousLokiYaml, ServerProcess } from './cordwood-process.ts';
import { startPlatform } from './platform-under-test.ts';

// `cordwood verify` on a platform with nothing broken: everything that can be judged is green, and while Alloy writes to the old
// Loki too, both hold the same lines, until one of them has another.

/** The pipeline without its end also sends to the Loki that is to be replaced. */
function dualWrite(text: string): string {
  return `${text.replace('forward_to = [loki.write.default.receiver]', 'forward_to = [loki.write.default.receiver, loki.write.old.receiver]')}
loki.write "old" {
	endpoint {
		url        = sys.env("OLD_LOKI") + "/loki/api/v1/push"
		batch_wait = "100ms"
		tenant_id  = "fake"
	}
}
`;
}

test('green: all that can be judged; red: a line more in the old Loki', async () => {
  await using folder = await temporaryFolder();
  const directory = join(folder.path, 'old');
  mkdirSync(directory);
  const port = await freePort();
  const old = new ServerProcess(directory, port, generousLokiYaml(port));
  await old.start();
  try {
    await using platform = await startPlatform({ alloy: dualWrite, env: { OLD_LOKI: old.url } });
    await platform.lines();
    const all = ['--otlp', platform.otlp, '--pods', platform.pods, '--old-loki', old.url, '--settle', '2s'];
    const load = [
      '--probe-limits',
      '--ingest-rate',
      '2MB',
      '--ingest-for',
      '5s',
      '--own-tenant',
      'greenlang-staging',
      '--query-volume',
      '1KB',
    ];
    const { code, states, evidence } = await platform.verify('1,2,3,5,6,7,9,10,11,12,13,14', ...all, ...load);
    assert.equal(code, 0, evidence);
    const judged = Object.entries(states).filter(([, state]) => state !== 'not judged');
    assert.deepEqual(
      judged.map(([number, state]) => `${number} ${state}`),
      [2, 3, 5, 6, 9, 10, 11, 13].map((number) => `${number} passed`),
      evidence,
    );
    assert.match(evidence, /not judged: Loki runs as the chart deploys it: needs a Loki that Helm deployed/);
    assert.match(evidence, /passed: every line of it is there once: \d+ of \d+ lines/);
    assert.match(
      evidence,
      /not judged: it takes the load .*: needs --ingest-rate 20MB: less was asked for, and sustained/,
    );
    assert.match(evidence, /not judged: their series are in Prometheus: needs --prometheus/);

    const labels = createLabels({ namespace: 'greenlang-prod', service: 'csrd-agent' });
    const entry = {
      timestampNs: BigInt(Date.now() - 3000) * 1_000_000n,
      line: 'not in the new one',
      structuredMetadata: [],
    };
    const body = compressSnappy(encodePushRequest([{ labels, entries: createEntryColumns([entry]) }]));
    assert.equal((await createLokiClient({ url: old.url, tenant: undefined }).push(body)).status, 204);
    const lost = await platform.verify('13', ...all);
    assert.equal(lost.states[13], 'failed', lost.evidence);
    assert.match(lost.failures, /greenlang-prod: .*1 missing, 0 extra, 0 changed/);
  } finally {
    await old.kill();
  }
});

test('what it wrote is deleted where the tenant allows it', async () => {
  await using platform = await startPlatform();
  const { states } = await platform.verify('3');
  assert.equal(states[3], 'passed');
  const seen = async (tenant: string) => {
    const query = new URLSearchParams({ query: '{cordwood_verify=~".+"}' });
    const answer = await fetch(`${platform.url}/loki/api/v1/query_range?${query}`, {
      headers: { 'x-scope-orgid': tenant },
    });
    return (await answer.text()).includes('isolation_marker');
  };
  assert.equal(await seen('greenlang-dev'), false);
  assert.equal(await seen('compliance-audit'), true, 'nothing is deleted from the audit trail');
});

for (const [name, args, says] of [
  ['an unknown criterion', ['--only', '3,99'], /no criterion '99'; there are 1 to 14/],
  ['an unknown environment', ['--env', 'moon'], /no environment 'moon'; there are laptop, dev, staging, prod/],
  ['an unknown user', ['--user', 'nobody=x'], /no user 'nobody'; it has alloy, grafana/],
  ['an unknown form', ['-f', 'pdf'], /--format is table, json, junit, markdown/],
] as const) {
  test(`usage: ${name}`, async () => {
    const platform = join(import.meta.dirname, '../../../greenlang/platform.ts');
    const { code, note } = await runCaptured(['verify', '--platform', platform, ...args]);
    assert.equal(code, 2, note);
    assert.match(note, says);
  });
}

test('a stack that does not answer is red, and says so', async () => {
  const platform = join(import.meta.dirname, '../../../greenlang/platform.ts');
  const { code, out } = await runCaptured([
    'verify',
    '--addr',
    'http://127.0.0.1:1',
    '--platform',
    platform,
    '--only',
    '3,11',
  ]);
  assert.equal(code, 1);
  assert.match(out, /FAIL +3 .*\n.*the stack answers: no answer from http:\/\/127\.0\.0\.1:1/);
});
