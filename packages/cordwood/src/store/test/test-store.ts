import assert from 'node:assert/strict';
import type { Batch } from '../../model/batch.ts';
import { createEntryColumns, type PushStream } from '../../model/entry.ts';
import { createLabels, type Labels, labelsObject, labelValue, noLabels, printLabels } from '../../model/labels.ts';
import { defaultLimits, type Limits } from '../../model/limits.ts';
import { streamPredicate } from '../../model/predicate.ts';
import type { Tenant } from '../../model/tenant.ts';
import type { Direction, TimeRange } from '../../model/time-range.ts';
import type { Clock } from '../../world/clock.ts';
import type { Disk } from '../../world/disk.ts';
import { FaultyObjectStore } from '../../world/faulty-object-store.ts';
import { MemoryObjectStore } from '../../world/memory-object-store.ts';
import type { ObjectStore } from '../../world/object-store.ts';
import { seededRandom } from '../../world/random.ts';
import { RetryingObjectStore } from '../../world/retrying-object-store.ts';
import { SimulatedClock } from '../../world/simulated-clock.ts';
import { SimulatedDisk } from '../../world/simulated-disk.ts';
import { openStore, type PushOutcome, type Store } from '../store.ts';
import type { StoreSettings } from '../store-settings.ts';

export const nowNs = 1_795_136_400_000_000_000n;
export const allTime: TimeRange = { startNs: -(2n ** 62n), endNs: 2n ** 62n };
export const tenantA = 'a' as Tenant;

/** Rates that tests do not mean to meet. */
export const wideLimits: Limits = {
  ...defaultLimits,
  ingestionRateMb: 10_000,
  ingestionBurstSizeMb: 10_000,
  rejectOldSamples: false,
};

export interface TestStoreOptions {
  readonly disk?: Disk;
  /** `/data` by default. */
  readonly directory?: string;
  readonly clock?: Clock;
  readonly limits?: Partial<Limits>;
  readonly settings?: Partial<StoreSettings>;
  readonly limitsFor?: (tenant: Tenant) => Limits;
  /** By default the one of the disk in bucket mode (see `bucketOf`), else none. */
  readonly objects?: ObjectStore | undefined;
}

/** The whole suite also runs with a bucket: store-on-bucket.test.ts. */
const isOnBucket = process.env['STORE_TEST_BUCKET'] === '1';
const buckets = new WeakMap<SimulatedDisk, FaultyObjectStore>();

/** In bucket mode every disk has one, which stays when processes and machines go. */
function bucketOf(disk: SimulatedDisk): FaultyObjectStore {
  let bucket = buckets.get(disk.machine);
  if (bucket === undefined) {
    bucket = new FaultyObjectStore(new MemoryObjectStore({ pageKeys: 3 }), {
      seed: 7,
      clock: hastyClock(),
      failureRate: 0.05,
      tornReadRate: 0.05,
      listLag: 3,
    });
    buckets.set(disk.machine, bucket);
  }
  return bucket;
}

/** In bucket mode the bucket of a disk as a process on another, empty machine sees it. */
export function bucketOnNewMachine(of: SimulatedDisk, machine: SimulatedDisk): ObjectStore | undefined {
  return isOnBucket ? bucketOfProcess(machine, bucketOf(of)) : undefined;
}

/** Short waits are over at once, deadlines never come. */
export function hastyClock(): Clock {
  let nowMs = 0;
  return {
    nowNs: () => nowNs,
    monotonicMs: () => nowMs++,
    after(delayMs, callback) {
      if (delayMs > 10_000) return () => {};
      const immediate = setImmediate(callback);
      return () => clearImmediate(immediate);
    },
  };
}

/** A bucket as one process sees it: what a dead process still asks for does not arrive. */
export function bucketOfProcess(disk: Disk, inner: ObjectStore): ObjectStore {
  const alive = () => disk.size('/alive');
  return new RetryingObjectStore(
    {
      get: (key) => alive().then(() => inner.get(key)),
      put: (key, bytes) => alive().then(() => inner.put(key, bytes)),
      delete: (key) => alive().then(() => inner.delete(key)),
      async *list(prefix) {
        await alive();
        yield* inner.list(prefix);
      },
    },
    { clock: hastyClock(), random: seededRandom(3), policy: { maxRetries: 8 } },
  );
}

export function openTestStore(options: TestStoreOptions = {}): Promise<Store> {
  const limits = { ...wideLimits, ...options.limits };
  const disk = options.disk ?? new SimulatedDisk({ seed: 1 });
  const objects = options.objects ?? (isOnBucket ? bucketOfProcess(disk, bucketOf(disk as SimulatedDisk)) : undefined);
  return openStore({
    disk,
    ...(objects === undefined ? {} : { objects }),
    directory: options.directory ?? '/data',
    clock: options.clock ?? new SimulatedClock(nowNs),
    limitsFor: options.limitsFor ?? (() => limits),
    compileSelector: testSelector,
    log: () => {},
    ...(options.settings === undefined ? {} : { settings: options.settings }),
  });
}

/** `{name="value"}` with one matcher: enough of a selector for the store's own tests. */
export function testSelector(selector: string): (labels: Labels) => boolean {
  const match = /^\{(\w+)="([^"]*)"\}$/.exec(selector);
  assert.ok(match, `test selector: ${selector}`);
  return (labels) => labelValue(labels, match[1]!) === match[2];
}

/** [time, line] or [time, line, metadata]; times are nanoseconds after `nowNs`. */
export type TestEntry = readonly [offsetNs: number | bigint, line: string, metadata?: Record<string, string>];

export function stream(labels: Record<string, string>, entries: readonly TestEntry[]): PushStream {
  return {
    labels: createLabels(labels),
    entries: createEntryColumns(
      entries.map(([offset, line, metadata]) => ({
        timestampNs: nowNs + BigInt(offset),
        line,
        structuredMetadata: metadata === undefined ? noLabels : createLabels(metadata),
      })),
    ),
  };
}

export function push(
  store: Store,
  labels: Record<string, string>,
  entries: readonly TestEntry[],
  tenant = tenantA,
): Promise<PushOutcome> {
  return store.push(tenant, [stream(labels, entries)], { format: 'json' });
}

export interface ReadRow {
  readonly stream: string;
  readonly timestampNs: bigint;
  readonly line: string;
  readonly metadata: Record<string, string>;
}

const decoder = new TextDecoder();

export function rowsOf(batch: Batch): ReadRow[] {
  const { bytes, starts, ends } = batch.lines();
  const lengths = batch.lineLengths();
  const rows: ReadRow[] = [];
  for (let row = 0; row < batch.rowCount; row++) {
    assert.equal(ends[row]! - starts[row]!, lengths[row], 'lineLengths agrees with lines');
    rows.push({
      stream: printLabels(batch.streams[batch.streamIndexes[row]!]!.labels),
      timestampNs: batch.timestampsNs[row]!,
      line: decoder.decode(bytes.subarray(starts[row], ends[row])),
      metadata: labelsObject(batch.structuredMetadata(row)),
    });
  }
  return rows;
}

export interface ReadOptions {
  readonly tenant?: Tenant;
  readonly range?: TimeRange;
  readonly direction?: Direction;
  readonly order?: 'time' | 'any';
  readonly matches?: (labels: Labels) => boolean;
}

export async function readAll(store: Store, options: ReadOptions = {}): Promise<ReadRow[]> {
  const rows: ReadRow[] = [];
  for await (const batch of store.select({
    tenant: options.tenant ?? tenantA,
    range: options.range ?? allTime,
    predicate: streamPredicate(options.matches ?? (() => true)),
    order: options.order ?? 'time',
    direction: options.direction ?? 'forward',
  })) {
    rows.push(...rowsOf(batch));
  }
  return rows;
}

export async function readLines(store: Store, options: ReadOptions = {}): Promise<string[]> {
  return (await readAll(store, options)).map((row) => row.line);
}
