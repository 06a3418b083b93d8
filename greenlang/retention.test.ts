import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from '@cordwood/logql';
import { parseLokiConfig } from '../packages/cordwood/src/config/loki-config.ts';
import { parseOverrides } from '../packages/cordwood/src/config/overrides.ts';
import { createEntryColumns } from '../packages/cordwood/src/model/entry.ts';
import { createLabels, noLabels } from '../packages/cordwood/src/model/labels.ts';
import { streamPredicate } from '../packages/cordwood/src/model/predicate.ts';
import type { Tenant } from '../packages/cordwood/src/model/tenant.ts';
import { compileSelector } from '../packages/cordwood/src/query/stream-matchers.ts';
import { openStore, type Store } from '../packages/cordwood/src/store/store.ts';
import { SimulatedClock } from '../packages/cordwood/src/world/simulated-clock.ts';
import { SimulatedDisk } from '../packages/cordwood/src/world/simulated-disk.ts';

// Acceptance criterion 9, with the very files that production gets: a year and more of daily entries of every class, counted
// by class and day before and after retention is applied.

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const startNs = 1_767_225_600_000_000_000n;
const days = 400;
const entriesADay = 2;

interface Class {
  readonly name: string;
  readonly tenant: Tenant;
  readonly labels: Readonly<Record<string, string>>;
  readonly keptDays: number;
}
const classes: readonly Class[] = [
  { name: 'audit', tenant: 'compliance-audit' as Tenant, labels: { app: 'audit' }, keptDays: 365 },
  {
    name: 'compliance',
    tenant: 'greenlang-prod' as Tenant,
    labels: { app: 'csrd', retention_class: 'compliance' },
    keptDays: 90,
  },
  { name: 'operational', tenant: 'greenlang-prod' as Tenant, labels: { app: 'api' }, keptDays: 30 },
  { name: 'staging', tenant: 'greenlang-staging' as Tenant, labels: { app: 'api' }, keptDays: 7 },
  { name: 'dev', tenant: 'greenlang-dev' as Tenant, labels: { app: 'api' }, keptDays: 3 },
];

const { config } = parseLokiConfig(read('./loki.yaml'), { file: 'loki.yaml' });
const { overrides } = parseOverrides(read('./overrides.yaml'), {
  file: 'overrides.yaml',
  defaults: config!.limitsValue,
});

function open(disk: SimulatedDisk, clock: SimulatedClock, retentionEnabled: boolean): Promise<Store> {
  return openStore({
    disk,
    directory: '/data',
    clock,
    limitsFor: (tenant) => overrides!.get(tenant) ?? config!.limits,
    compileSelector: (text) => {
      const { expression } = parse(text);
      assert.ok(expression?.kind === 'log');
      return compileSelector(expression.selector.matchers);
    },
    log: () => {},
    // Only when the test says so.
    settings: { retentionEnabled, compactionIntervalMs: 10_000 * dayMs, flushCheckPeriodMs: 10_000 * dayMs },
  });
}

/** Entries a day, from the first on, of one class. */
async function countByDay(store: Store, { tenant, labels }: Class): Promise<number[]> {
  const counts = new Array<number>(days).fill(0);
  const own = (of: readonly { name: string; value: string }[]) =>
    Object.entries(labels).every(([name, value]) => of.some((label) => label.name === name && label.value === value)) &&
    of.some(({ name }) => name === 'retention_class') === 'retention_class' in labels;
  const range = { startNs: 0n, endNs: 2n ** 62n };
  for await (const batch of store.select({
    tenant,
    range,
    predicate: streamPredicate(own),
    order: 'any',
    direction: 'forward',
  })) {
    for (const timestampNs of batch.timestampsNs) counts[Number((timestampNs - startNs) / BigInt(dayMs * 1e6))]!++;
  }
  return counts;
}

test('365, 90 and 30 days: what is younger stays, what is older is gone from disk', async (t) => {
  const clock = new SimulatedClock(startNs);
  const disk = new SimulatedDisk({ seed: 1 });
  let store = await open(disk, clock, false);
  for (let day = 0; day < days; day++) {
    for (let entry = 0; entry < entriesADay; entry++) {
      const timestampNs = clock.nowNs();
      for (const { name, tenant, labels } of classes) {
        const line = `{"class":"${name}","day":${day},"entry":${entry}}`;
        const entries = createEntryColumns([{ timestampNs, line, structuredMetadata: noLabels }]);
        const { status, message } = await store.push(tenant, [{ labels: createLabels(labels), entries }], {
          format: 'json',
        });
        assert.deepEqual({ status, message }, { status: 204, message: '' });
      }
      await clock.advance(dayMs / entriesADay);
    }
    await store.flush();
  }
  const full = new Array(days).fill(entriesADay);
  for (const one of classes) assert.deepEqual(await countByDay(store, one), full, `${one.name} before`);
  await store.close();

  const nowMs = Number(clock.nowNs() / 1_000_000n);
  const bytesBefore = disk.usedBytes();
  store = await open(disk, clock, true);
  await store.maintain();
  for (const one of classes) {
    const after = await countByDay(store, one);
    const expected = full.map((count, day) => {
      // Expiry is by stream and chunk, and a chunk is of one day: the day goes when its last entry may.
      const lastMs = Number(startNs / 1_000_000n) + (day + 1) * dayMs - dayMs / entriesADay;
      return nowMs - lastMs > one.keptDays * dayMs ? 0 : count;
    });
    assert.deepEqual(after, expected, `${one.name} after`);
    const kept = after.filter((count) => count > 0).length;
    assert.equal(kept, one.keptDays, one.name);
    const sum = after.reduce((a, b) => a + b, 0);
    t.diagnostic(`${one.name}: ${days} days, ${days * entriesADay} entries before; ${kept} days, ${sum} entries after`);
  }
  const bytesAfter = disk.usedBytes();
  t.diagnostic(`disk: ${bytesBefore} bytes before, ${bytesAfter} after`);
  assert.ok(bytesAfter < bytesBefore / 2, `${bytesBefore} -> ${bytesAfter}`);
  await store.close();

  const again = await open(disk, clock, true);
  const operational = await countByDay(again, classes[2]!);
  assert.equal(operational.filter((count) => count > 0).length, 30, 'the same after a restart');
  await again.close();
});
