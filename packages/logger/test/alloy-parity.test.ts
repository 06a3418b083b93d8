import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCase } from '../../cordwood/src/agent/test/run-case.ts';
import { createRedaction, type Redaction } from '../src/redaction/policy.ts';
import { cleanLines, createRandom, plantedLines } from './redaction-corpus.ts';

/** The lines after the policy's `stage.replace` blocks, run by the agent's real stages. */
async function throughAgent(policy: Redaction, lines: readonly string[]): Promise<string[]> {
  const alloy = `loki.process "case" {\n\tforward_to = [loki.write.capture.receiver]\n\n${policy.toAlloy()}}\n`;
  const outcome = await runCase({
    id: 'parity',
    area: 'redaction',
    alloy,
    input: lines,
    labels: { job: 'x' },
    expected: [],
    note: '',
  });
  assert.deepEqual(outcome.refused, undefined);
  return outcome.entries.map((entry) => entry.line ?? Buffer.from(entry.line_b64 ?? '', 'base64').toString('latin1'));
}

async function agree(policy: Redaction, lines: readonly string[]): Promise<void> {
  const there = await throughAgent(policy, lines);
  assert.equal(there.length, lines.length);
  let changed = 0;
  for (const [i, line] of lines.entries()) {
    const here = policy.text(line);
    if (here !== line) changed++;
    assert.equal(there[i], here, `of ${JSON.stringify(line)}`);
  }
  assert.ok(changed > 0, 'nothing was redacted at all');
}

test('logger and collector redact the same: planted secrets and clean lines', async () => {
  const lines = [...plantedLines(1, 20).map(({ line }) => line), ...cleanLines(1, 300)];
  await agree(createRedaction({ ipAddresses: true }), [...lines, '::1', '::', '::a']);
});

test("also with rules of one's own", async () => {
  const policy = createRedaction({
    keys: ['tax_id', { keys: ['geo_*'], tag: '[REDACTED_GEO]' }],
    allowKeys: ['contact_email'],
    custom: [
      { name: 'employee', expression: '(E-[0-9]{5})|staff ([a-z]+)', tag: '[REDACTED_EMPLOYEE]' },
      { name: 'empty', expression: '^<([a-z]*)>', tag: '[REDACTED_EMPTY]' },
    ],
  });
  await agree(policy, [
    '{"tax_id":"DE 7","geo_lat":52.5,"geoLon":"13","contact_email":"x","a":"E-12345"}',
    '{"body":"{\\"tax_id\\":\\"a \\\\\\"b\\\\\\" c\\",\\"x\\":1}"}',
    '{"body":"{\\"password\\":\\"\\"}","password":""}',
    'staff bob and E-99999, `tick`',
    '{"taxId": -1.5e3, "TAX-ID" : "unterminated',
    'contact_email=bob@x.org',
    '<b>',
    '<> empty',
    '<abc> full',
  ]);
});

test('property: they agree on texts made of the pieces that the patterns are about', async () => {
  const seed = Number(process.env['SEED'] ?? 42);
  const random = createRandom(seed);
  const pieces = [
    '4111111111111111',
    '4111 1111 1111 1111',
    '378282246310005',
    '4',
    '1',
    ' ',
    '-',
    '.',
    ':',
    '=',
    '"',
    '\\',
    '\\n',
    '\\"',
    '\\u0041',
    '"pan":',
    '"span_id":"',
    '{',
    '}',
    '[',
    ']',
    ',',
    '@',
    '%40',
    'bob',
    'x.org',
    'é',
    '日本',
    '𝒳',
    'K',
    'ſ',
    'Bearer ',
    'authorization',
    'password',
    'PASSWORD',
    'token',
    'secret',
    'api_key',
    'abc123def456',
    'eyJhbGciOiJIUzI1NiJ9',
    'sk_live_',
    'gh',
    'p_',
    'AKIA',
    'DE89370400440532013000',
    'DE89 3704 0044 0532 0130 00',
    'GB82',
    '://',
    '/',
    '10.0.0.1',
    '::',
    'fe80',
    '-----BEGIN RSA PRIVATE KEY-----',
    '-----END RSA PRIVATE KEY-----',
    '\t',
    'a',
    'Z',
  ];
  const lines = Array.from({ length: 1_500 }, () =>
    Array.from({ length: 1 + random.below(14) }, () => random.pick(pieces)).join(''),
  );
  try {
    await agree(createRedaction({ ipAddresses: true }), lines);
  } catch (failure) {
    throw new Error(`seed ${seed}`, { cause: failure });
  }
});
