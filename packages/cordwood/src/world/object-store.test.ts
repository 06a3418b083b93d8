import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { WorldError } from '../model/failure.ts';
import { FaultyObjectStore } from './faulty-object-store.ts';
import { MemoryObjectStore } from './memory-object-store.ts';
import type { ObjectStore } from './object-store.ts';
import { seededRandom } from './random.ts';
import { RetryingObjectStore } from './retrying-object-store.ts';
import { S3ObjectStore } from './s3-object-store.ts';
import type { S3Settings } from './s3-settings.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { openS3Server, type TestS3Server } from './test/s3-server.ts';

let server: TestS3Server;
let strictServer: TestS3Server;
const directory = mkdtempSync(join(tmpdir(), 'cordwood-s3-'));
before(async () => {
  server = await openS3Server(directory, ['logs']);
  strictServer = await openS3Server(directory, ['logs'], { strict: true });
});
after(async () => {
  await server.close();
  await strictServer.close();
  rmSync(directory, { recursive: true });
});

const stores: [name: string, open: () => ObjectStore][] = [
  ['in memory', () => new MemoryObjectStore({ pageKeys: 7 })],
  ['a real S3 server', () => new S3ObjectStore(server.settings('logs', 'team/'))],
];

for (const [name, open] of stores) {
  test(`${name}: objects come back as they were put, until they are deleted`, async () => {
    const objects = open();
    assert.equal(await objects.get('none'), undefined);
    await objects.delete('none');
    for (const bytes of [new Uint8Array(0), Uint8Array.of(0, 255, 10), new Uint8Array(300_000).fill(7)]) {
      await objects.put('a/key', bytes);
      assert.deepEqual(new Uint8Array((await objects.get('a/key'))!), bytes);
    }
    await objects.delete('a/key');
    assert.equal(await objects.get('a/key'), undefined);
  });

  test(`${name}: a list of many keys, in order, by prefix`, async () => {
    const objects = open();
    const keys = Array.from({ length: 25 }, (_, i) => `list/${String(i).padStart(4, '0')}=e2`);
    for (const key of [...keys, 'lisu', 'li']) await objects.put(key, Uint8Array.of(1));
    const found: string[] = [];
    for await (const page of objects.list('list/')) found.push(...page);
    assert.deepEqual(found, keys);
    for await (const page of objects.list('nothing')) assert.equal(page.length, 0);
  });

  test(`${name}: an object of many parts`, async () => {
    const objects = open();
    const bytes = Buffer.alloc(20 * 1024 * 1024 + 5);
    for (let i = 0; i < bytes.length; i += 4093) bytes[i] = i % 251;
    await objects.put('large', bytes);
    assert.ok(bytes.equals((await objects.get('large'))!));
    await objects.delete('large');
  });
}

test('requests are signed as S3 asks for', async () => {
  const objects = new S3ObjectStore(strictServer.settings('logs', 'signed/'));
  await objects.put('a=2f/b', Uint8Array.of(1));
  assert.deepEqual(new Uint8Array((await objects.get('a=2f/b'))!), Uint8Array.of(1));
  await objects.delete('a=2f/b');
  objects.close();
});

// The server of the other tests cannot page (it enciphers its tokens with DES, which OpenSSL 3 has no more).
test('a list of S3 goes on where its pages end', async () => {
  const asked: URLSearchParams[] = [];
  const http = createServer((request, response) => {
    const parameters = new URL(request.url!, 'http://x').searchParams;
    asked.push(parameters);
    const first = parameters.get('continuation-token') === null;
    const [key, more] = first ? ['p/one', '<NextContinuationToken>a+b/=</NextContinuationToken>'] : ['p/two', ''];
    response.setHeader('content-type', 'application/xml');
    response.end(`<ListBucketResult><IsTruncated>${first}</IsTruncated>${more}
      <Contents><Key>${key}</Key><Size>1</Size></Contents></ListBucketResult>`);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as { port: number };
  const settings = { ...server.settings('logs', 'p/'), endpoint: `http://127.0.0.1:${port}` };
  const objects = new S3ObjectStore(settings);
  const pages: (readonly string[])[] = [];
  for await (const page of objects.list('')) pages.push(page);
  assert.deepEqual(pages, [['one'], ['two']]);
  assert.deepEqual(
    asked.map((one) => [one.get('prefix'), one.get('continuation-token')]),
    [
      ['p/', null],
      ['p/', 'a+b/='],
    ],
  );
  objects.close();
  http.close();
  http.closeAllConnections();
});

const failures: [name: string, settings: (own: S3Settings) => S3Settings, code: string][] = [
  ['a bucket that is not there', (own) => ({ ...own, bucket: 'nowhere' }), 'OBJECT_STORE_REFUSED'],
  [
    'a wrong secret',
    (own) => ({ ...own, credentials: { ...own.credentials!, secretAccessKey: 'no' } }),
    'OBJECT_STORE_REFUSED',
  ],
  ['no server', (own) => ({ ...own, endpoint: 'http://127.0.0.1:1' }), 'OBJECT_STORE_UNAVAILABLE'],
];
for (const [name, change, code] of failures) {
  test(`S3: ${name}`, async () => {
    const objects = new S3ObjectStore(change(strictServer.settings('logs', '')));
    await assert.rejects(objects.put('k', Uint8Array.of(1)), { name: 'WorldError', code, path: 'k' });
    objects.close();
  });
}

const answers: [status: number, error: string, code: string][] = [
  [403, 'InvalidObjectState', 'OBJECT_ARCHIVED'],
  [403, 'AccessDenied', 'OBJECT_STORE_REFUSED'],
  [503, 'SlowDown', 'OBJECT_STORE_UNAVAILABLE'],
  [500, 'InternalError', 'OBJECT_STORE_UNAVAILABLE'],
  [400, 'RequestTimeout', 'OBJECT_STORE_UNAVAILABLE'],
];
for (const [status, error, code] of answers) {
  test(`S3 answers ${status} ${error}: ${code}`, async () => {
    const seen: Record<string, unknown>[] = [];
    const http = createServer((request, response) => {
      seen.push(request.headers);
      request.resume().on('end', () => {
        response.writeHead(status, { 'content-type': 'application/xml' });
        response.end(`<Error><Code>${error}</Code><Message>m</Message></Error>`);
      });
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const { port } = http.address() as { port: number };
    const objects = new S3ObjectStore({
      ...server.settings('logs', ''),
      endpoint: `http://127.0.0.1:${port}`,
      storageClass: 'STANDARD_IA',
      sse: { type: 'SSE-KMS', kmsKeyId: 'alias/logs', kmsEncryptionContext: '{"a":"b"}' },
    });
    await assert.rejects(objects.get('k'), { code });
    await assert.rejects(objects.put('k', Uint8Array.of(1)), { code });
    const put = seen.at(-1)!;
    assert.equal(put['x-amz-storage-class'], 'STANDARD_IA');
    assert.equal(put['x-amz-server-side-encryption'], 'aws:kms');
    assert.equal(put['x-amz-server-side-encryption-aws-kms-key-id'], 'alias/logs');
    assert.equal(Buffer.from(String(put['x-amz-server-side-encryption-context']), 'base64').toString(), '{"a":"b"}');
    assert.equal(seen.length, 2, 'the client does not retry by itself');
    objects.close();
    http.close();
    http.closeAllConnections();
  });
}

test('credentials of a web identity (IRSA) are what the SDK asks for', async () => {
  const asked: string[] = [];
  const sts = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      asked.push(body);
      response.end(`<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials>
        <AccessKeyId>${server.accessKeyId}</AccessKeyId><SecretAccessKey>${server.secretAccessKey}</SecretAccessKey><SessionToken>t</SessionToken>
        <Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`);
    });
  });
  await new Promise<void>((resolve) => sts.listen(0, '127.0.0.1', resolve));
  const { port } = sts.address() as { port: number };
  const token = join(directory, 'token');
  const { writeFileSync } = await import('node:fs');
  writeFileSync(token, 'the-token-of-the-pod');
  const given = {
    AWS_WEB_IDENTITY_TOKEN_FILE: token,
    AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/loki',
    AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${port}`,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_REGION: 'eu-central-1',
  };
  const previous = { ...process.env };
  Object.assign(process.env, given);
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE']) delete process.env[name];
  try {
    const objects = new S3ObjectStore({ ...server.settings('logs', ''), credentials: undefined });
    await objects.put('irsa', Uint8Array.of(9));
    assert.deepEqual(new Uint8Array((await objects.get('irsa'))!), Uint8Array.of(9));
    assert.match(asked[0]!, /the-token-of-the-pod/);
    assert.match(asked[0]!, /role%2Floki/);
  } finally {
    for (const name of Object.keys(given)) delete process.env[name];
    Object.assign(process.env, previous);
    sts.close();
    sts.closeAllConnections();
  }
});

test('what failed is tried again, with waits, until the deadline', async () => {
  const clock = new SimulatedClock(0n);
  const inner = new MemoryObjectStore();
  const faulty = new FaultyObjectStore(inner, { seed: 1, clock });
  const attempts: boolean[] = [];
  const objects = new RetryingObjectStore(faulty, {
    clock,
    random: seededRandom(1),
    policy: { maxRetries: 4, deadlineMs: 60_000 },
    observe: (_, failed) => attempts.push(failed),
  });
  let left = 3;
  faulty.beforeRequest = () => {
    if (left-- > 0) throw new WorldError('OBJECT_STORE_UNAVAILABLE', 'away');
  };
  const putting = objects.put('k', Uint8Array.of(1));
  await clock.advance(10_000);
  await putting;
  assert.deepEqual(attempts, [true, true, true, false]);
  faulty.isDown = true;
  const getting = objects.get('k').then(
    () => undefined,
    (error: WorldError) => error.code,
  );
  await clock.advance(60_000);
  assert.equal(await getting, 'OBJECT_STORE_UNAVAILABLE');
  assert.equal(attempts.length, 4 + 5);
  faulty.isDown = false;
  faulty.archived.add('k');
  await assert.rejects(objects.get('k'), { code: 'OBJECT_ARCHIVED' });
  assert.equal(attempts.length, 10, 'what cannot get better is not tried again');
});

test('a request without an answer ends at its deadline', async () => {
  const clock = new SimulatedClock(0n);
  const silent: ObjectStore = Object.assign(new MemoryObjectStore(), { get: () => new Promise<never>(() => {}) });
  const policy = { attemptTimeoutMs: 1000, maxRetries: 10, deadlineMs: 5000 };
  const objects = new RetryingObjectStore(silent, { clock, random: () => 0.5, policy });
  const getting = objects.get('k').then(
    () => undefined,
    (error: WorldError) => error.code,
  );
  await clock.advance(5000);
  assert.equal(await getting, 'OBJECT_STORE_UNAVAILABLE');
});
