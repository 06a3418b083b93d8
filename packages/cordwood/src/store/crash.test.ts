import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tenant } from '../model/tenant.ts';
import { type Random, randomInt, seededRandom } from '../world/random.ts';
import { SimulatedClock } from '../world/simulated-clock.ts';
import { SimulatedDisk } from '../world/simulated-disk.ts';
import type { Store } from './store.ts';
import { bucketOnNewMachine, nowNs, openTestStore, readAll, stream, type TestEntry } from './test/test-store.ts';

/**
 * Crash torture on the simulated disk: a machine that pushes, seals and reads is cut off at a random disk operation, again
 * and again, also during recovery. After each life every acknowledged entry must be there exactly once and nothing that was
 * never pushed. Pushes without an answer may be there or not; their clients send them again, sometimes long after.
 *
 * CRASH_SEEDS=500 runs more of them, CRASH_SEED=17 one alone.
 */
const seedCount = Number(process.env['CRASH_SEEDS'] ?? 25);
const onlySeed = process.env['CRASH_SEED'];
const tenants = ['a', 'b'] as Tenant[];

interface SentPush {
  readonly tenant: Tenant;
  readonly labels: Record<string, string>;
  readonly entries: readonly TestEntry[];
  acknowledged: boolean;
}

async function torture(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const disk = new SimulatedDisk({ seed: seed + 1 });
  const sent: SentPush[] = [];
  const lives = 2 + randomInt(random, 4);
  for (let life = 0; life <= lives; life++) {
    const last = life === lives;
    const killAt = last ? Number.POSITIVE_INFINITY : disk.operationCount + 1 + randomInt(random, 120);
    disk.writeFailureRate = last || random() < 0.6 ? 0 : 0.06;
    disk.beforeOperation = () => {
      if (disk.operationCount >= killAt) {
        disk.beforeOperation = undefined;
        end(disk, random);
      }
    };
    try {
      await live(disk, random, sent, last);
    } catch (error) {
      if (last) throw error;
    }
    if (!last && disk.beforeOperation !== undefined) {
      disk.beforeOperation = undefined;
      end(disk, random);
    }
  }
}

/** Power loss, or only the process. */
function end(disk: SimulatedDisk, random: Random): void {
  if (random() < 0.3) disk.kill();
  else disk.crash();
}

async function live(disk: SimulatedDisk, random: Random, sent: SentPush[], last: boolean): Promise<void> {
  const clock = new SimulatedClock(nowNs);
  const store = await openTestStore({
    disk: disk.startProcess(),
    clock,
    settings: {
      headLineBytes: 600,
      chunkLineBytes: 250,
      walSegmentBytes: 700,
      maxChunkAgeMs: 86_400_000,
      runsToJoin: 2,
      // Matters with a bucket: chunks are fetched again and again.
      chunkCacheBytesMax: 1000,
    },
  });
  if (!last || random() < 0.5) await verify(store, sent);
  if (last) {
    await resend(store, sent);
    await verify(store, sent);
    assert.ok(sent.every((push) => push.acknowledged));
    await store.close();
    const machine = new SimulatedDisk({ seed: 1 });
    const objects = bucketOnNewMachine(disk, machine);
    if (objects !== undefined) await verify(await openTestStore({ disk: machine, objects }), sent);
    return;
  }
  const running: Promise<unknown>[] = [];
  for (let step = 0; step < 40; step++) {
    const kind = random();
    if (kind < 0.6) running.push(pushNew(store, random, sent));
    else if (kind < 0.75) running.push(pushAgain(store, random, sent));
    else if (kind < 0.85) running.push(store.flush().catch(() => {}));
    else if (kind < 0.9) running.push(store.maintain());
    else if (kind < 0.95) await Promise.all(running);
    else await verify(store, sent);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(running);
  await verify(store, sent);
  if (random() < 0.5) await store.close();
}

let unique = 0;

async function pushNew(store: Store, random: Random, sent: SentPush[]): Promise<void> {
  const entries = Array.from({ length: 1 + randomInt(random, 5) }, (): TestEntry => {
    const offset = BigInt(randomInt(random, 1000)) - (random() < 0.1 ? 86_400_000_000_000n / 4n : 0n);
    const line = `${unique++} ${'x'.repeat(randomInt(random, 60))}`;
    return random() < 0.3 ? [offset, line, { id: `m${unique}` }] : [offset, line];
  });
  const push = {
    tenant: tenants[randomInt(random, tenants.length)]!,
    labels: { app: `app${randomInt(random, 3)}` },
    entries,
    acknowledged: false,
  };
  sent.push(push);
  await send(store, push);
}

async function pushAgain(store: Store, random: Random, sent: SentPush[]): Promise<void> {
  const unanswered = sent.filter((push) => !push.acknowledged);
  const choice = unanswered.length > 0 && random() < 0.7 ? unanswered : sent;
  if (choice.length > 0) await send(store, choice[randomInt(random, choice.length)]!);
}

async function resend(store: Store, sent: SentPush[]): Promise<void> {
  for (const push of sent) if (!push.acknowledged) await send(store, push);
}

async function send(store: Store, push: SentPush): Promise<void> {
  try {
    const outcome = await store.push(push.tenant, [stream(push.labels, push.entries)], { format: 'json' });
    assert.deepEqual(outcome, { status: 204, message: '' });
    push.acknowledged = true;
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
  }
}

async function verify(store: Store, sent: readonly SentPush[]): Promise<void> {
  // What is acknowledged now must be in the answer; what is not may be.
  const acknowledged = sent.filter((push) => push.acknowledged);
  for (const tenant of tenants) {
    const rows = await readAll(store, { tenant });
    const found = new Map<string, number>();
    for (const row of rows) {
      const key = keyOf(row.timestampNs, row.line, row.metadata['id']);
      found.set(key, (found.get(key) ?? 0) + 1);
    }
    for (const [key, count] of found) assert.equal(count, 1, `stored once: ${key}`);
    for (let i = 1; i < rows.length; i++) assert.ok(rows[i]!.timestampNs >= rows[i - 1]!.timestampNs, 'in time order');
    const known = new Set<string>();
    for (const push of sent) {
      if (push.tenant === tenant) for (const entry of push.entries) known.add(keyOfEntry(entry));
    }
    for (const key of found.keys()) assert.ok(known.has(key), `nobody pushed ${key}`);
    for (const push of acknowledged) {
      if (push.tenant !== tenant) continue;
      for (const entry of push.entries) assert.ok(found.has(keyOfEntry(entry)), `lost: ${keyOfEntry(entry)}`);
    }
  }
}

function keyOfEntry([offset, line, metadata]: TestEntry): string {
  return keyOf(nowNs + BigInt(offset), line, metadata?.['id']);
}

function keyOf(timestampNs: bigint, line: string, id: string | undefined): string {
  return `${timestampNs} ${line} ${id ?? ''}`;
}

test('no crash loses, doubles or invents an entry', async () => {
  if (onlySeed !== undefined) return torture(Number(onlySeed));
  for (let seed = 1; seed <= seedCount; seed++) {
    try {
      await torture(seed);
    } catch (error) {
      throw new Error(`CRASH_SEED=${seed} fails: ${(error as Error).message}`, { cause: error });
    }
  }
});
