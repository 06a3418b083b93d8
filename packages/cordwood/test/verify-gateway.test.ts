import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { User } from '@cordwood/platform';
import greenlang from '../../../greenlang/platform.ts';
import { nginxConfig } from '../../platform/src/gateway/nginx-config.ts';
import { findProgram, freePort, startProcess, temporaryFolder } from '../src/rules/test/real-process.ts';
import { startPlatform } from './platform-under-test.ts';

// `cordwood verify` behind the gateway as it ships, run by the real nginx: with the users of production it is green, and red when the
// gateway's table gives somebody a tenant that is not theirs.

const nginx = findProgram('nginx');
const users = greenlang.users.filter(({ environments }) => environments.includes('prod'));
const password = (user: string) => `password of ${user}`;

async function judgedBehind(allowed: readonly User[]) {
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
    // The last --addr counts: not the engine, its gateway.
    return await platform.verify('3,9', '--addr', url, '--env', 'prod', ...credentials);
  } finally {
    // Not killed: the workers would stay behind.
    await gateway.stop('SIGTERM');
  }
}

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

/** As `htpasswd -s` with a salt: what nginx knows everywhere. */
function salted(text: string): string {
  const salt = 'salt';
  const digest = createHash('sha1').update(text).update(salt).digest();
  return `{SSHA}${Buffer.concat([digest, Buffer.from(salt)]).toString('base64')}`;
}
