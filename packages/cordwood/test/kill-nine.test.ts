import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { pageEntries } from '../src/cli/page-entries.ts';
import { createLokiClient } from '../src/client/loki-client.ts';
import { freePort } from '../src/rules/test/real-process.ts';
import { randomInt, seededRandom } from '../src/world/random.ts';
import { cordwood, generousLokiYaml, ServerProcess } from './cordwood-process.ts';

// The real thing, whole: `cordwood serve` is killed with SIGKILL at seeded moments while `cordwood push` keeps sending. Real
// processes have no simulated clock, so this one test really waits. KILLS=20 npm test ... for the long form.

const kills = Number(process.env['KILLS'] ?? 3);
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);

test(`kill -9 ${kills} times under load: every acknowledged line is there exactly once (seed ${seed})`, {
  timeout: 240_000,
}, async () => {
  const random = seededRandom(seed);
  const directory = mkdtempSync(join(tmpdir(), 'cordwood-kill-'));
  const port = await freePort();
  const server = new ServerProcess(directory, port, generousLokiYaml(port));
  const { url } = server;
  const client = createLokiClient({ url, tenant: 'fake' });
  await server.start();

  const push = spawn(
    process.execPath,
    [cordwood, 'push', '-l', 'app=load', '--addr', url, '--batch', '50', '--format', 'json', '--retry-for', '60s'],
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
      await server.kill();
      await server.start();
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
    await server.kill();
    push.kill('SIGKILL');
  }
  rmSync(directory, { recursive: true });
});
