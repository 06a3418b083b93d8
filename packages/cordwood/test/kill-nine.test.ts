import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { pageEntries } from '../src/cli/page-entries.ts';
import { createLokiClient } from '../src/client/loki-client.ts';
import { randomInt, seededRandom } from '../src/world/random.ts';

// The real thing, whole: `cordwood serve` is killed with SIGKILL at seeded moments while `cordwood push` keeps sending. Real
// processes have no simulated clock, so this one test really waits. KILLS=20 npm test ... for the long form.

const kills = Number(process.env['KILLS'] ?? 3);
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const cli = join(import.meta.dirname, '../bin/cordwood.js');

test(`kill -9 ${kills} times under load: every acknowledged line is there exactly once (seed ${seed})`, {
  timeout: 240_000,
}, async () => {
  const random = seededRandom(seed);
  const directory = mkdtempSync(join(tmpdir(), 'cordwood-kill-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  writeFileSync(join(directory, 'loki.yaml'), lokiYaml(port));
  const client = createLokiClient({ url, tenant: 'fake' });
  let server = await serve(directory, url);

  const push = spawn(
    process.execPath,
    [cli, 'push', '-l', 'app=load', '--addr', url, '--batch', '50', '--format', 'json', '--retry-for', '60s'],
    {
      stdio: ['pipe', 'pipe', 'ignore'],
    },
  );
  let acknowledged = 0;
  push.stdout.on('data', (chunk) => {
    for (const line of String(chunk).trim().split('\n')) acknowledged += (JSON.parse(line) as { lines: number }).lines;
  });
  let sent = 0;
  let feeding = true;
  const feeder = (async () => {
    while (feeding) {
      const lines = Array.from(
        { length: 200 },
        () => `line n=${sent++} padding ${'x'.repeat(randomInt(random, 200))}\n`,
      );
      if (!push.stdin.write(lines.join(''))) await once(push.stdin, 'drain');
      await delay(5);
    }
    push.stdin.end();
  })();

  try {
    for (let kill = 0; kill < kills; kill++) {
      await delay(200 + randomInt(random, 600));
      server.kill('SIGKILL');
      await once(server, 'exit');
      server = await serve(directory, url);
    }
    feeding = false;
    await feeder;
    const [code] = await once(push, 'exit');
    assert.equal(code, 0, 'push ended well');
    assert.equal(acknowledged, sent, 'everything was acknowledged in the end');

    const seen = new Map<number, number>();
    const endNs = BigInt(Date.now() + 60_000) * 1_000_000n;
    const pages = pageEntries(
      async (page) => {
        const parameters = {
          query: '{app="load"}',
          start: String(page.startNs),
          end: String(page.endNs),
          limit: String(page.limit),
          direction: 'forward',
        };
        return ((await client.get('/loki/api/v1/query_range', parameters)) as { data: { result: [] } }).data.result;
      },
      { startNs: endNs - 3_600_000_000_000n, endNs },
      'forward',
      Number.MAX_SAFE_INTEGER,
      4000,
    );
    for await (const page of pages) {
      for (const { line } of page) {
        const n = Number(/n=(\d+)/.exec(line)![1]);
        seen.set(n, (seen.get(n) ?? 0) + 1);
      }
    }
    const missing = Array.from({ length: sent }, (_, n) => n).filter((n) => !seen.has(n));
    const repeated = [...seen].filter(([, count]) => count > 1).map(([n]) => n);
    assert.deepEqual(
      { missing, repeated, invented: [...seen.keys()].filter((n) => n >= sent) },
      { missing: [], repeated: [], invented: [] },
    );
    console.log(
      `kill -9: ${kills} kills, ${sent} lines sent and acknowledged, ${seen.size} found, 0 missing, 0 repeated`,
    );
  } finally {
    server.kill('SIGKILL');
    push.kill('SIGKILL');
  }
  rmSync(directory, { recursive: true });
});

async function serve(directory: string, url: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [cli, 'serve', '--config', 'loki.yaml'], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  for (let attempt = 0; attempt < 200; attempt++) {
    const answer = await fetch(`${url}/ready`).catch(() => undefined);
    if (answer?.ok) return child;
    assert.equal(child.exitCode, null, 'serve started');
    await delay(25);
  }
  throw new Error('serve did not become ready');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

function lokiYaml(port: number): string {
  return `auth_enabled: false
server:
  http_listen_address: 127.0.0.1
  http_listen_port: ${port}
common:
  path_prefix: ./data
  replication_factor: 1
  storage:
    filesystem:
      chunks_directory: ./data/chunks
      rules_directory: ./data/rules
schema_config:
  configs:
    - from: "2024-01-01"
      store: tsdb
      object_store: filesystem
      schema: v13
      index:
        prefix: index_
        period: 24h
limits_config:
  ingestion_rate_mb: 64
  ingestion_burst_size_mb: 64
  per_stream_rate_limit: 64MB
  per_stream_rate_limit_burst: 64MB
`;
}
