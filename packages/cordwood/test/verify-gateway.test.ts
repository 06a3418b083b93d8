import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { User } from '@cordwood/platform';
import greenlang from '../../../greenlang/platform.ts';
import { nginxConfig } from '../../platform/src/gateway/nginx-config.ts';
import { runCaptured } from '../src/cli/test/run-captured.ts';
import { findProgram, freePort, startProcess, temporaryFolder } from '../src/rules/test/real-process.ts';
import { type PlatformUnderTest, startPlatform } from './platform-under-test.ts';

// `cordwood verify` behind the gateway as it ships, run by the real nginx: with the users of production it is green, and red when the
// gateway's table gives somebody a tenant that is not theirs.

const nginx = findProgram('nginx');
const users = greenlang.users.filter(({ environments }) => environments.includes('prod'));
const password = (user: string) => `password of ${user}`;

/** Starts the platform and its gateway, and asks. */
async function behindGateway<T>(
  allowed: readonly User[],
  ask: (url: string, platform: PlatformUnderTest, credentials: readonly string[]) => Promise<T>,
): Promise<T> {
  await using platform = await startPlatform();
  await using folder = await temporaryFolder();
  // The workers are another user, and read the passwords.
  chmodSync(folder.path, 0o755);
  const backend = new URL(platform.url).host;
  const port = await freePort();
  const passwordFile = join(folder.path, 'passwords');
  writeFileSync(passwordFile, users.map(({ name }) => `${name}:${salted(password(name))}\n`).join(''));
  const file = join(folder.path, 'nginx.conf');
  const text = nginxConfig({
    listenPort: port,
    users: allowed,
    passwordFile,
    backends: { write: backend, read: backend, tail: backend, backend },
    resolver: undefined,
    maxBodyMb: 20,
    readTimeoutSeconds: 60,
    temporaryFolder: folder.path,
    accessLog: join(folder.path, 'access.log'),
  });
  writeFileSync(file, text);
  const url = `http://127.0.0.1:${port}`;
  const gateway = await startProcess(nginx!, ['-c', file, '-g', 'daemon off;'], `${url}/`);
  try {
    const credentials = users.flatMap(({ name }) => ['--user', `${name}=${password(name)}`]);
    return await ask(url, platform, credentials);
  } finally {
    // Not killed: the workers would stay behind.
    await gateway.stop('SIGTERM');
  }
}

/** Criteria 3 and 9 behind a gateway that lets these users in. */
const judgedBehind = (allowed: readonly User[]) =>
  behindGateway(allowed, (url, platform, credentials) =>
    // The last --addr counts: not the engine, its gateway.
    platform.verify('3,9', '--addr', url, '--env', 'prod', ...credentials),
  );

const options = { skip: nginx === undefined ? 'skipped: needs nginx' : false };

test('green: isolation through the gateway, each tenant read and written by those who may', options, async () => {
  const { states, evidence } = await judgedBehind(users);
  assert.equal(states[3], 'passed', evidence);
  assert.match(evidence, /passed: a user of the gateway reads no tenant that is not theirs: \d+ requests refused/);
  // The gateway shows no configuration: what cannot be seen is not green.
  assert.equal(states[9], 'not judged', evidence);
});

test("red: the gateway's table gives Grafana the audit trail", options, async () => {
  const generous = users.map((user) =>
    user.name === 'grafana' ? { ...user, tenants: [...user.tenants, 'compliance-audit'] } : user,
  );
  const { states, failures } = await judgedBehind(generous);
  assert.equal(states[3], 'failed');
  assert.match(failures, /grafana reads compliance-audit: 200/);
});

test('migrate copy and compare through the gateway: each tenant as the user who may', options, async () => {
  await behindGateway(users, async (url, platform, credentials) => {
    await platform.lines();
    await using folder = await temporaryFolder();
    const definition = ['--platform', join(import.meta.dirname, '../../../greenlang/platform.ts'), '--env', 'prod'];
    const sides = ['--from', platform.url, '--to', url, ...definition, ...credentials];
    const range = [
      '--since',
      '1h',
      '--end',
      new Date().toISOString(),
      '-t',
      'greenlang-prod',
      '-t',
      'compliance-audit',
    ];
    // Onto itself: every push is one of what is there already.
    const copy = await runCaptured([
      'migrate',
      'copy',
      ...sides,
      ...range,
      '--state',
      join(folder.path, 'state'),
      '-f',
      'json',
    ]);
    assert.equal(copy.code, 0, copy.note);
    assert.ok(JSON.parse(copy.out).entries > 2, copy.out);
    const compare = await runCaptured(['migrate', 'compare', ...sides, ...range, '-f', 'json']);
    assert.equal(compare.code, 0, compare.note + compare.out);
  });
});

/** As `htpasswd -s` with a salt: what nginx knows everywhere. */
function salted(text: string): string {
  const salt = 'salt';
  const digest = createHash('sha1').update(text).update(salt).digest();
  return `{SSHA}${Buffer.concat([digest, Buffer.from(salt)]).toString('base64')}`;
}
