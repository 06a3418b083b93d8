import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import WebSocket from 'ws';
import nordwind from '../../../examples/nordwind/platform.ts';
import greenlang from '../../../greenlang/platform.ts';
import { nowNs, openTestApi, type TestApi } from '../../cordwood/src/api/test/test-api.ts';
import { findProgram, freePort, type RealProcess, startProcess } from '../../cordwood/src/rules/test/real-process.ts';
import { endpoints } from '../src/gateway/endpoint.ts';
import { gatewayConfig } from '../src/gateway/gateway-config.ts';
import { nginxConfig } from '../src/gateway/nginx-config.ts';
import { clusters, usersOf } from '../src/platform.ts';
import { runProgram } from './run-program.ts';

/**
 * The gateway as it ships, run by the real nginx in front of Cordwood's engine: every user asks every endpoint as every tenant.
 * What must come out is written down here by hand, apart from the tables that the configuration is made of.
 */

const nginx = findProgram('nginx');
const options = nginx === undefined ? { skip: 'skipped: needs nginx (apt-get install nginx-light)' } : {};

const tenants = [
  'greenlang-prod',
  'greenlang-staging',
  'greenlang-dev',
  'compliance-audit',
  'platform',
  'self-monitoring',
];
const users: Readonly<Record<string, { readonly tenants: readonly string[]; readonly may: readonly string[] }>> = {
  alloy: { tenants: tenants.slice(0, 5), may: ['push'] },
  grafana: { tenants: tenants.filter((tenant) => tenant !== 'compliance-audit'), may: ['read', 'see rules'] },
  'grafana-audit': { tenants: ['compliance-audit'], may: ['read', 'see rules'] },
  'rule-sync': { tenants: tenants.slice(0, 4), may: ['see rules', 'change rules'] },
  // The canary: the chart has it log in under the name of its tenant.
  'self-monitoring': { tenants: ['self-monitoring'], may: ['push', 'read'] },
};
const password = (user: string) => `password of ${user}`;

interface Ask {
  readonly needs: string;
  readonly method: string;
  readonly path: string;
  readonly body?: string | undefined;
  readonly type?: string;
}
const range = `start=${nowNs - 1_000_000_000n}&end=${nowNs + 1_000_000_000n}`;
const query = encodeURIComponent('{app="a"}');
const asks: readonly Ask[] = [
  { needs: 'push', method: 'POST', path: '/loki/api/v1/push', type: 'application/json', body: pushBody() },
  { needs: 'push', method: 'POST', path: '/otlp/v1/logs', type: 'application/json', body: otlpBody() },
  { needs: 'read', method: 'GET', path: `/loki/api/v1/query_range?query=${query}&${range}` },
  {
    needs: 'read',
    method: 'POST',
    path: '/loki/api/v1/query_range',
    type: 'application/x-www-form-urlencoded',
    body: `query=${query}&${range}`,
  },
  { needs: 'read', method: 'GET', path: '/loki/api/v1/query?query=vector(1)%2Bvector(1)' },
  { needs: 'read', method: 'GET', path: `/loki/api/v1/labels?${range}` },
  { needs: 'read', method: 'GET', path: `/loki/api/v1/label/app/values?${range}` },
  { needs: 'read', method: 'GET', path: `/loki/api/v1/series?match[]=${query}&${range}` },
  { needs: 'read', method: 'GET', path: `/loki/api/v1/index/stats?query=${query}&${range}` },
  { needs: 'read', method: 'GET', path: `/loki/api/v1/index/volume?query=${query}&${range}` },
  { needs: 'read', method: 'GET', path: '/loki/api/v1/status/buildinfo' },
  { needs: 'see rules', method: 'GET', path: '/prometheus/api/v1/rules' },
  { needs: 'see rules', method: 'GET', path: '/prometheus/api/v1/alerts' },
  {
    needs: 'change rules',
    method: 'POST',
    path: '/loki/api/v1/rules/space',
    type: 'application/yaml',
    body: 'name: g\nrules: []\n',
  },
  { needs: 'see rules', method: 'GET', path: '/loki/api/v1/rules/space' },
  { needs: 'change rules', method: 'DELETE', path: '/loki/api/v1/rules/space/g' },
];
/** What nobody may ask, whoever it is. */
const closed: readonly (readonly [string, string])[] = [
  ['POST', '/loki/api/v1/delete?query={app="a"}&start=1'],
  ['GET', '/loki/api/v1/delete'],
  ['POST', '/flush'],
  ['POST', '/ingester/shutdown'],
  ['POST', '/ingester/prepare_shutdown'],
  ['GET', '/config'],
  ['GET', '/ring'],
  ['GET', '/memberlist'],
  ['GET', '/metrics'],
  ['GET', '/services'],
  ['GET', '/ready'],
  ['POST', '/log_level?log_level=debug'],
  ['GET', '/api/prom/query?query={app="a"}'],
  ['GET', '/_may_push'],
  ['GET', '/_may_read'],
];

function pushBody(line = 'x', atNs = nowNs): string {
  return JSON.stringify({ streams: [{ stream: { app: 'a' }, values: [[String(atNs), line]] }] });
}

function otlpBody(): string {
  const record = { timeUnixNano: String(nowNs), body: { stringValue: 'otlp' } };
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'a' } }] };
  return JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record] }] }] });
}

test('what the charts get is accepted by nginx', options, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cordwood-gateway-'));
  try {
    for (const [platform, environment] of [greenlang, nordwind].flatMap((each) =>
      clusters(each).map((one) => [each, one] as const),
    )) {
      const file = join(folder, `${platform.name}-${environment.name}.conf`);
      // The name of kube-dns exists in clusters only, and `-t` looks it up.
      const text = gatewayConfig(platform, environment)
        .replace(/resolver \S+/, 'resolver 127.0.0.1')
        .replaceAll('/tmp', folder)
        .replace('/dev/stdout', join(folder, 'access.log'));
      assert.doesNotMatch(text, /\{\{|\}\}/, "Helm's tpl would take this for a template");
      await writeFile(file, text);
      const { code, text: said } = await runProgram(nginx!, ['-t', '-c', file]);
      assert.equal(code, 0, said);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

describe('the gateway in front of the engine', options, () => {
  let folder: string;
  let api: TestApi;
  let gateway: RealProcess;
  let address: string;

  before(async () => {
    api = await openTestApi();
    await api.app.listen({ port: 0, host: '127.0.0.1' });
    const backend = `127.0.0.1:${(api.app.server.address() as AddressInfo).port}`;
    folder = await mkdtemp(join(tmpdir(), 'cordwood-gateway-'));
    // The workers are another user, and read the passwords.
    await chmod(folder, 0o755);
    const port = await freePort();
    address = `127.0.0.1:${port}`;
    const prod = clusters(greenlang).find(({ name }) => name === 'prod')!;
    await writeFile(
      join(folder, 'passwords'),
      Object.keys(users)
        .map((user) => `${user}:${ssha(password(user))}\n`)
        .join(''),
    );
    await writeFile(
      join(folder, 'nginx.conf'),
      nginxConfig({
        listenPort: port,
        users: usersOf(greenlang, prod),
        passwordFile: join(folder, 'passwords'),
        backends: { write: backend, read: backend, tail: backend, backend },
        resolver: undefined,
        maxBodyMb: 1,
        readTimeoutSeconds: 60,
        temporaryFolder: folder,
        accessLog: join(folder, 'access.log'),
      }),
    );
    gateway = await startProcess(nginx!, ['-c', join(folder, 'nginx.conf'), '-g', 'daemon off;'], `http://${address}/`);
    for (const tenant of tenants) await api.pushLines({ app: 'a' }, [`a line of ${tenant}`], tenant);
  });
  after(async () => {
    // Not killed: the workers would stay behind.
    await gateway?.stop('SIGTERM');
    await api?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  interface Answer {
    readonly status: number;
    readonly text: string;
  }
  async function send(
    ask: Pick<Ask, 'method' | 'path' | 'body' | 'type'>,
    headers: Record<string, string>,
  ): Promise<Answer> {
    const answer = await fetch(`http://${address}${ask.path}`, {
      method: ask.method,
      headers: { ...(ask.type ? { 'content-type': ask.type } : {}), ...headers },
      ...(ask.body === undefined ? {} : { body: ask.body }),
    });
    return { status: answer.status, text: await answer.text() };
  }
  const credentials = (user: string, secret = password(user)) => ({
    authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`,
  });
  const claim = (tenant: string | undefined): Record<string, string> =>
    tenant === undefined ? {} : { 'x-scope-orgid': tenant };

  test('user × tenant × endpoint', async () => {
    const wrong: string[] = [];
    let asked = 0;
    for (const [user, { tenants: own, may }] of Object.entries(users))
      for (const tenant of [...tenants, undefined, 'nobody', 'greenlang-prod|greenlang-dev', 'fake'])
        for (const ask of asks) {
          const bound = tenant === undefined ? own.length === 1 : own.includes(tenant);
          const allowed = bound && may.includes(ask.needs);
          const { status, text } = await send(ask, { ...credentials(user), ...claim(tenant) });
          asked++;
          // Nothing is filed under this name of a rule group for most tenants: Loki's own 404 is an answer of Loki.
          const answered = status < 300 || (status === 404 && !text.includes('nginx'));
          if (allowed ? !answered : status !== 403)
            wrong.push(`${user} as ${tenant}: ${ask.method} ${ask.path.split('?')[0]}: ${status} ${text.slice(0, 80)}`);
        }
    assert.deepEqual(wrong, []);
    assert.equal(asked, 5 * 10 * asks.length);
  });

  test('a user reads the lines of the tenant that the gateway chose', async () => {
    const ask = asks.find(({ path }) => path.includes('query_range'))!;
    for (const tenant of users['grafana']!.tenants) {
      const { text } = await send(ask, { ...credentials('grafana'), ...claim(tenant) });
      assert.deepEqual([...new Set(text.match(/a line of [\w-]+/g))], [`a line of ${tenant}`]);
    }
    const { text } = await send(ask, credentials('grafana-audit'));
    assert.deepEqual(text.match(/a line of [\w-]+/g), ['a line of compliance-audit']);
  });

  test('without credentials, or with wrong ones, the answer is 401, whatever the tenant', async () => {
    for (const ask of asks)
      for (const headers of [{}, credentials('grafana', 'guess'), credentials('nobody')])
        for (const tenant of [undefined, 'greenlang-prod', 'compliance-audit'])
          assert.equal((await send(ask, { ...headers, ...claim(tenant) })).status, 401);
  });

  test('administration is closed to everybody', async () => {
    for (const user of Object.keys(users))
      for (const [method, path] of closed) {
        const { status, text } = await send(
          { method, path },
          { ...credentials(user), ...claim(users[user]!.tenants[0]) },
        );
        assert.equal(status, 404, `${user}: ${method} ${path}`);
        assert.match(text, /nginx/, 'the gateway answers, not Loki');
      }
  });

  test('other methods of an endpoint are refused', async () => {
    const own = { ...credentials('grafana'), ...claim('greenlang-prod') };
    for (const method of ['DELETE', 'PUT', 'PATCH'])
      assert.equal((await send({ method, path: '/loki/api/v1/query' }, own)).status, 403);
    assert.equal(
      (await send({ method: 'GET', path: '/loki/api/v1/push' }, { ...credentials('alloy'), ...claim('platform') }))
        .status,
      403,
    );
  });

  test('paths that Loki would read differently are refused', async () => {
    const own = { ...credentials('grafana'), ...claim('greenlang-prod') };
    for (const path of [
      '/loki/api/v1/query/../delete',
      '/loki/api/v1/delete/../query',
      '//loki/api/v1/query',
      '/loki/api/v1/%2e%2e/v1/query',
      '/loki/api/v1/labels/%2E%2e/delete',
    ])
      assert.ok([400, 404].includes(await rawStatus(address, path, own)), path);
  });

  test('two headers for the tenant never reach another one', async () => {
    const own = credentials('grafana');
    const status = await rawStatus(address, '/loki/api/v1/labels', own, ['greenlang-prod', 'compliance-audit']);
    // nginx before 1.23 takes the first, later ones join them to a value that is in no row.
    assert.ok([200, 403].includes(status));
    assert.equal(await rawStatus(address, '/loki/api/v1/labels', own, ['compliance-audit', 'greenlang-prod']), 403);
  });

  test('a body above the limit is refused', async () => {
    const body = pushBody('x'.repeat(2 * 2 ** 20));
    const ask = { method: 'POST', path: '/loki/api/v1/push', type: 'application/json', body };
    assert.equal((await send(ask, { ...credentials('alloy'), ...claim('platform') })).status, 413);
  });

  test('live tail passes as a WebSocket, for readers of the tenant only', async () => {
    const open = (headers: Record<string, string>) =>
      new Promise<number>((resolve, reject) => {
        const socket = new WebSocket(`ws://${address}/loki/api/v1/tail?query=${query}`, { headers });
        socket.on('open', () => {
          socket.terminate();
          resolve(101);
        });
        socket.on('unexpected-response', (_, answer) => {
          answer.resume();
          resolve(answer.statusCode!);
        });
        socket.on('error', reject);
      });
    assert.equal(await open({ ...credentials('grafana'), ...claim('greenlang-prod') }), 101);
    assert.equal(await open({ ...credentials('grafana'), ...claim('compliance-audit') }), 403);
    assert.equal(await open({ ...credentials('alloy'), ...claim('greenlang-prod') }), 403);
    assert.equal(await open(claim('greenlang-prod')), 401);
  });

  test('the access log says who asked as whom, without what was searched for', async () => {
    const log = await readFile(join(folder, 'access.log'), 'utf8');
    const lines = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.ok(lines.some(({ user, tenant, status }) => user === 'grafana' && tenant === 'platform' && status === 200));
    assert.doesNotMatch(log, /vector\(1\)|app=/);
  });
});

test('every user and every endpoint of the gateway is asked for', () => {
  assert.deepEqual(Object.keys(users).sort(), greenlang.users.map(({ name }) => name).sort());
  const paths = asks.map(({ path }) => path.split('?')[0]!);
  const missing = endpoints.filter(
    ({ path }) => !paths.some((asked) => (path.startsWith('^') ? new RegExp(path).test(asked) : path === asked)),
  );
  assert.deepEqual(
    missing.map(({ path }) => path),
    ['/loki/api/v1/tail'],
  );
});

/** A salted hash as nginx reads it everywhere; bcrypt would cost as much time as the request. */
function ssha(secret: string): string {
  const salt = Buffer.from('12345678');
  const digest = createHash('sha1').update(secret).update(salt).digest();
  return `{SSHA}${Buffer.concat([digest, salt]).toString('base64')}`;
}

/** The status of a request whose path and headers are sent as they are. */
async function rawStatus(
  address: string,
  path: string,
  headers: Record<string, string>,
  tenants: readonly string[] = [],
): Promise<number> {
  const { connect } = await import('node:net');
  const [host, port] = address.split(':') as [string, string];
  const socket = connect(Number(port), host);
  const lines = [
    `GET ${path} HTTP/1.1`,
    'Host: gateway',
    'Connection: close',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...tenants.map((tenant) => `X-Scope-OrgID: ${tenant}`),
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  await once(socket, 'close');
  return Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]);
}
