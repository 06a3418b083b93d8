import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createLokiClient } from '../src/client/loki-client.ts';
import { encodePushRequest } from '../src/codec/push-request.ts';
import { compressSnappy } from '../src/codec/snappy.ts';
import { createEntryColumns, type Entry } from '../src/model/entry.ts';
import { createLabels, type Labels } from '../src/model/labels.ts';
import { freePort } from '../src/rules/test/real-process.ts';
import { randomInt, seededRandom } from '../src/world/random.ts';
import { generousLokiYaml, runCordwood, ServerProcess } from './cordwood-process.ts';

// The real thing, whole: history of a Loki without tenants is copied into one with tenants, while either side and the copier are
// killed with SIGKILL at seeded moments; `compare` proves it; then one line is taken away and one is changed.
// ENTRIES=2000000 KILLS=15 node --test packages/cordwood/test/migrate-copy.test.ts for the long form.

const entries = Number(process.env['ENTRIES'] ?? 30_000);
const kills = Number(process.env['KILLS'] ?? 3);
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
/** Fast enough for the long form, slow enough that the short one is killed in the middle. */
const rate = process.env['ENTRIES'] === undefined ? ['--rate', '1MB'] : [];

const hourNs = 3_600_000_000_000n;
const endNs = ((BigInt(Date.now()) * 1_000_000n) / hourNs) * hourNs - hourNs;
const startNs = endNs - 60n * hourNs;
const pageSize = 1000;
const range = ['--start', String(startNs), '--end', String(endNs)];
const rules = [
  `{namespace="greenlang-prod"}=greenlang-prod`,
  `{namespace=~"greenlang-(dev|staging)"}=greenlang-dev`,
  '{}=other',
];

test(`copy with ${kills} kills, compare, and what was tampered with is found (${entries} entries, seed ${seed})`, {
  timeout: 3_000_000,
}, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'cordwood-copy-'));
  const [from, to] = [await server(directory, 'from'), await server(directory, 'to')];
  const random = seededRandom(seed);
  const log = (text: string) => console.log(`${(performance.now() / 1000).toFixed(1)} s  ${text}`);
  try {
    await Promise.all([from.start(), to.start()]);
    await fill(from.url, random);
    log(`${entries} entries pushed`);

    const command = ['migrate', 'copy', '--from', from.url, '--to', to.url, ...range, ...ruleOptions, ...rate];
    const options = ['--page', String(pageSize), '--state', join(directory, 'state'), '--window', '12h', '-f', 'json'];
    let copier: ChildProcess | undefined;
    let ended = false;
    const killer = (async () => {
      const victims = ['from', 'to', 'copier'] as const;
      for (let kill = 1; kill <= kills; kill++) {
        while (!ended && copied(directory) < (entries * kill) / (kills + 2)) await delay(20);
        if (ended) return kill - 1;
        const victim = victims[randomInt(random, victims.length)]!;
        log(`kill ${kill}: ${victim}, after ${copied(directory)} entries`);
        if (victim === 'copier') copier?.kill('SIGKILL');
        else {
          const side = { from, to }[victim];
          await side.kill();
          await side.start();
        }
      }
      return kills;
    })();
    let copy = await runCordwood([...command, ...options], { onStart: (child) => (copier = child) });
    while (copy.code === null)
      copy = await runCordwood([...command, ...options], { onStart: (child) => (copier = child) });
    ended = true;
    assert.equal(copy.code, 0, copy.notes);
    assert.equal(await killer, kills, 'every kill came while it was copying');
    const totals = JSON.parse(copy.out);
    assert.equal(totals.refused, 0);
    log(`copied: ${copy.out.trim()}`);

    const compare = ['migrate', 'compare', '--from', from.url, '--to', to.url, ...range, ...ruleOptions, '-f', 'json'];
    const clean = await runCordwood([...compare, '--page', String(pageSize)]);
    assert.equal(clean.code, 0, clean.notes || clean.out.slice(0, 3000));
    const { tenants, equal } = JSON.parse(clean.out) as Comparison;
    assert.ok(equal);
    assert.equal(
      tenants.reduce((sum, tenant) => sum + tenant.to.entries, 0),
      entries,
    );
    log(
      `compare: ${tenants.map(({ tenant, to: { entries: count, hash } }) => `${tenant} ${count} ${hash}`).join(', ')}`,
    );

    await tamper(to.url);
    const different = await runCordwood([...compare]);
    assert.equal(different.code, 1, different.notes);
    const found = JSON.parse(different.out) as Comparison;
    const lines = found.differences.flatMap(({ lines: list }) => list);
    assert.deepEqual(
      lines
        .map(({ kind, from: here, to: there }) => [kind, here?.line.split(' ')[0], there?.line.split(' ')[0]])
        .sort(),
      [
        ['changed', `seq=${entries - 3}`, `seq=x${entries - 3}`],
        ['missing', `seq=${Math.floor(entries / 2)}`, undefined],
      ],
    );
    log('one line taken away and one changed: both found, nothing else');
  } finally {
    await Promise.all([from.kill(), to.kill()]);
    rmSync(directory, { recursive: true, force: true });
  }
});

interface Comparison {
  readonly equal: boolean;
  readonly tenants: readonly { tenant: string; to: { entries: number; hash: string } }[];
  readonly differences: readonly {
    readonly lines: readonly { kind: string; from?: { line: string }; to?: { line: string } }[];
  }[];
}

const ruleOptions = rules.flatMap((rule) => ['--rule', rule]);

async function server(directory: string, name: 'from' | 'to'): Promise<ServerProcess> {
  const folder = join(directory, name);
  mkdirSync(folder);
  const port = await freePort();
  const more = 'compactor: {retention_enabled: true, delete_request_store: filesystem, working_directory: ./data/c}\n';
  return new ServerProcess(folder, port, generousLokiYaml(port, { authEnabled: name === 'to', more }));
}

/** Entries of which the checkpoint knows. */
function copied(directory: string): number {
  try {
    return JSON.parse(readFileSync(join(directory, 'state', 'checkpoint.json'), 'utf8')).totals.entries;
  } catch {
    return 0;
  }
}

/** What makes copying hard: streams within streams, bursts at one nanosecond, metadata, lines of several lines, any Unicode. */
const streams = [
  { namespace: 'greenlang-prod', app: 'csrd-agent' },
  { namespace: 'greenlang-prod', app: 'csrd-agent', pod: 'csrd-0' },
  { namespace: 'greenlang-prod', app: 'api "gateway"', level: 'error' },
  { namespace: 'greenlang-staging', app: 'sb253-agent' },
  { namespace: 'greenlang-dev', app: 'csrd-agent', service_name: 'named' },
  { job: 'journal' },
];
const burst = 3 * pageSize + 7;

async function fill(url: string, random: () => number): Promise<void> {
  const client = createLokiClient({ url, tenant: undefined });
  const stepNs = (endNs - startNs) / BigInt(entries);
  let seq = 0;
  const batchSize = 5000;
  for (; seq < entries; ) {
    const byStream = new Map<number, Entry[]>();
    for (let i = 0; i < batchSize && seq < entries; i++, seq++) {
      // Of every third of the whole, the beginning is one burst at one nanosecond of one stream.
      const inBurst = seq % Math.floor(entries / 3) < burst;
      const timeNs = startNs + stepNs * BigInt(inBurst ? seq - (seq % Math.floor(entries / 3)) : seq);
      const stream = inBurst ? 0 : seq % streams.length;
      const list = byStream.get(stream) ?? [];
      list.push({ timestampNs: timeNs, line: lineOf(seq, random), structuredMetadata: metadataOf(seq) });
      byStream.set(stream, list);
    }
    const body = encodePushRequest(
      [...byStream].map(([stream, list]) => ({
        labels: createLabels(streams[stream]!),
        entries: createEntryColumns(list),
      })),
    );
    const { status, message } = await client.push(compressSnappy(body));
    assert.equal(status, 204, message);
  }
}

const tails = [
  'level=info msg=ok',
  'level=error\n  at line two',
  'naïve → 日本語 🌲',
  '{"a":"b\\"c"}',
  '`quoted` $1 .* [x]',
];

function lineOf(seq: number, random: () => number): string {
  return `seq=${seq} ${tails[seq % tails.length]} ${'x'.repeat(randomInt(random, 120))}`;
}

function metadataOf(seq: number): Labels {
  return seq % 4 === 0 ? createLabels({ trace_id: `t${seq}`, note: 'a "b" \\ c' }) : [];
}

/** Takes one line away and puts a changed one in the place of another. */
async function tamper(url: string): Promise<void> {
  const changedNs = startNs + ((endNs - startNs) / BigInt(entries)) * BigInt(entries - 3);
  for (const seq of [Math.floor(entries / 2), entries - 3]) {
    for (const tenant of ['greenlang-prod', 'greenlang-dev', 'other']) {
      const query = `{service_name=~".+"} |= "seq=${seq} "`;
      const range = { start: String(startNs / 1_000_000_000n), end: String(endNs / 1_000_000_000n + 3600n) };
      const answer = await fetch(`${url}/loki/api/v1/delete?${new URLSearchParams({ query, ...range })}`, {
        method: 'POST',
        headers: { 'x-scope-orgid': tenant },
      });
      assert.equal(answer.status, 204, await answer.text());
    }
  }
  const stream = streams[(entries - 3) % streams.length]!;
  const tenant =
    stream.namespace === undefined
      ? 'other'
      : stream.namespace === 'greenlang-prod'
        ? stream.namespace
        : 'greenlang-dev';
  const entry = { timestampNs: changedNs, line: `seq=x${entries - 3} tampered`, structuredMetadata: [] };
  const client = createLokiClient({ url, tenant });
  const body = encodePushRequest([
    { labels: createLabels(stream as Record<string, string>), entries: createEntryColumns([entry]) },
  ]);
  const { status, message } = await client.push(compressSnappy(body));
  assert.equal(status, 204, message);
}
