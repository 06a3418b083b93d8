import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomInt, seededRandom } from '../../world/random.ts';
import { secretRules } from './secret-rules.ts';
import { compileSecretScanner, replaceSecrets, shannonEntropy } from './secret-scanner.ts';

const scanner = compileSecretScanner().scanner!;
const random = seededRandom(20261124);
const letters = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
/** Made up for the test: no secret stands in the repository. */
const chars = (length: number, alphabet = letters) =>
  Array.from({ length }, () => alphabet[randomInt(random, alphabet.length)]).join('');
const hex = (length: number) => chars(length, '0123456789abcdef');
const upper = (length: number) => chars(length, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567');

/** Secrets by rule. */
const planted: Readonly<Record<string, string>> = {
  'aws-access-token': `AKIA${upper(16)}`,
  'github-pat': `ghp_${chars(36)}`,
  'github-fine-grained-pat': `github_pat_${chars(82)}`,
  'github-app-token': `ghs_${chars(36)}`,
  'gitlab-pat': `glpat-${chars(20)}`,
  'slack-token': `xoxb-${chars(12, '0123456789')}-${chars(24)}`,
  'slack-webhook-url': `https://hooks.slack.com/services/T${upper(8)}/B${upper(10)}/${chars(24)}`,
  'stripe-access-token': `sk_live_${chars(24)}`,
  'gcp-api-key': `AIza${chars(35)}`,
  'google-oauth-client-secret': `GOCSPX-${chars(28)}`,
  'azure-ad-client-secret': `${chars(3)}8Q~${chars(34)}`,
  'sendgrid-api-token': `SG.${chars(22)}.${chars(43)}`,
  'npm-access-token': `npm_${chars(36)}`,
  'pypi-upload-token': `pypi-AgEIcHlwaS5vcmc${chars(70)}`,
  jwt: `eyJ${chars(20)}.eyJ${chars(60)}.${chars(43)}`,
  'grafana-service-account-token': `glsa_${chars(32)}_${hex(8)}`,
  'vault-service-token': `hvs.${chars(90)}`,
  'hashicorp-tf-api-token': `${chars(14)}.atlasv1.${chars(64)}`,
  'digitalocean-token': `dop_v1_${hex(64)}`,
  'databricks-api-token': `dapi${hex(32)}`,
  'openai-api-key': `sk-proj-${chars(40)}T3BlbkFJ${chars(40)}`,
  'anthropic-api-key': `sk-ant-api03-${chars(93)}AA`,
  'huggingface-access-token': `hf_${chars(34, 'abcdefghijklmnopqrstuvwxyzABCDEFG')}`,
  'shopify-token': `shpat_${hex(32)}`,
  'telegram-bot-api-token': `${chars(9, '123456789')}:AA${chars(33)}`,
  'postman-api-token': `PMAK-${hex(24)}-${hex(34)}`,
  'age-secret-key': `AGE-SECRET-KEY-1${chars(58, 'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L')}`,
};

for (const [rule, secret] of Object.entries(planted)) {
  test(`finds ${rule} wherever it stands`, () => {
    for (const line of [secret, `{"a":"${secret}"}`, `x=${secret},y=1`, `at ${secret} end ${secret}`, `(${secret})`]) {
      const found = scanner.find(line).filter(({ text }) => text === secret);
      assert.deepEqual(found, [{ ruleId: rule, text: secret }], line);
      const bytes = Buffer.from(line);
      assert.equal(scanner.mayContain(bytes, 0, bytes.length), true);
      assert.ok(!replaceSecrets(line, scanner.find(line), () => '<gone>').includes(secret));
    }
  });
}

test('finds values by what stands before them', () => {
  const finds = (line: string, secret: string) =>
    assert.ok(
      scanner.find(line).some(({ text }) => text === secret),
      line,
    );
  const key = chars(40);
  finds(`aws_secret_access_key = "${key}"`, key);
  finds(`Authorization: Bearer ${key}`, key);
  finds(`authorization=Basic ${key}==`, `${key}==`);
  finds(`postgres://app:${key}@db.internal:5432/x`, key);
  finds(`"client_secret":"${key}"`, key);
  finds(`password=${key}`, key);
  const azure = `${chars(86)}==`;
  finds(`DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${azure};`, azure);
  const pem = `-----BEGIN RSA PRIVATE KEY-----\n${chars(64)}\n${chars(64)}\n-----END RSA PRIVATE KEY-----`;
  finds(`key: ${pem} and more`, pem);
});

test('leaves ordinary lines alone', () => {
  for (const line of [
    'level=info msg="token refreshed" user=ann took=12ms',
    '{"password":"********","token":"<redacted>","secret":null}',
    'GET /api/keys?page=2&token=${TOKEN} 200 AKIAIOSFODNN7EXAMPLE',
    'commit 3f786850e387550fdabcf3c1a2f1d3c2b5a6d7e8 by ann',
    'trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7',
    'https://user:password@host.example/ and https://example.org:8443/path',
    'order 123e4567-e89b-12d3-a456-426614174000 key=F-117',
  ]) {
    assert.deepEqual(scanner.find(line), [], line);
  }
});

test('entropy', () => {
  assert.equal(shannonEntropy(''), 0);
  assert.equal(shannonEntropy('aaaa'), 0);
  assert.equal(shannonEntropy('abcd'), 2);
  assert.ok(shannonEntropy(chars(40)) > 4);
});

test('rules: ids differ, keywords are lower case, expressions compile', () => {
  assert.equal(new Set(secretRules.map(({ id }) => id)).size, secretRules.length);
  for (const { id, keywords } of secretRules) {
    assert.ok(keywords.length > 0, id);
    for (const keyword of keywords) assert.equal(keyword, keyword.toLowerCase(), id);
  }
  assert.deepEqual(compileSecretScanner([{ id: 'mine', description: '', expression: '(', keywords: [] }]), {
    error: 'error parsing regexp: missing closing ): `(`',
    ruleId: 'mine',
  });
});

test('a line of a megabyte takes its time, whatever it holds', () => {
  const size = 1 << 20;
  const hostile = [
    'a'.repeat(size),
    'token='.repeat(size / 6),
    'ey'.repeat(size / 2),
    'eyJ.eyJ.'.repeat(size / 8),
    '-----BEGIN PRIVATE KEY-----'.repeat(size / 27),
    'http://a:'.repeat(size / 9),
    chars(size),
    hex(size),
    ' '.repeat(size),
  ];
  for (const line of hostile) {
    const start = process.threadCpuUsage();
    scanner.find(line);
    const { user, system } = process.threadCpuUsage(start);
    assert.ok((user + system) / 1000 < 2_000, `${line.slice(0, 20)}: ${(user + system) / 1000} ms`);
  }
});
