import { WorldError } from '../../model/failure.ts';
import { type DirectoryLock, type Disk, replaceFile } from '../../world/disk.ts';
import type { TimeSpan } from './list-streams.ts';

/**
 * How far a copy has come, in a folder of its own: `checkpoint.json`, replaced atomically. A position is written only after the
 * new Loki has acknowledged everything before it, so whatever ends the copier, the next run repeats a little and leaves out
 * nothing. The folder is locked: two copiers on one checkpoint would undo each other's.
 */
export interface Checkpoint {
  readonly job: CopyJob;
  readonly totals: CopyTotals;
  /** Where a stream of this window goes on. */
  position(tenant: string, window: TimeSpan, key: string): bigint;
  advance(tenant: string, key: string, positionNs: bigint): void;
  isDone(tenant: string, window: TimeSpan): boolean;
  finishWindow(tenant: string, window: TimeSpan): void;
  /** Writes what changed since the last time. */
  save(): Promise<void>;
  /** Saves and frees the folder. */
  close(): Promise<void>;
}

/** What is copied where. A checkpoint belongs to one job; another command with it is refused. */
export interface CopyJob {
  readonly from: string;
  readonly to: string;
  readonly tenants: readonly string[];
  readonly rules: readonly string[];
  readonly addLabels: readonly string[];
  /** A selector; empty for all streams. */
  readonly only: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly windowNs: bigint;
}

export interface CopyTotals {
  entries: number;
  /** Of lines and structured metadata. */
  bytes: number;
  /** Entries in requests that were sent more than once; the new Loki drops what it already has. */
  sentAgain: number;
  /** Entries that were refused as too late and turned out to be there already. */
  alreadyThere: number;
  refused: number;
  runs: number;
}

interface StoredCheckpoint {
  readonly version: 1;
  readonly job: Record<string, unknown>;
  readonly totals: CopyTotals;
  readonly tenants: Record<string, { doneUntilNs: string; streams: Record<string, string> }>;
}

const fileName = 'checkpoint.json';

export async function openCheckpoint(disk: Disk, directory: string, wanted: CopyJob): Promise<Checkpoint> {
  await disk.createDirectory(directory);
  const lock = await disk.lock(directory);
  try {
    return createCheckpoint(disk, directory, lock, wanted, await readStored(disk, `${directory}/${fileName}`));
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** The job that a checkpoint holds: a resumed copy takes its time range from there. */
export async function storedJob(disk: Disk, directory: string): Promise<CopyJob | undefined> {
  const stored = await readStored(disk, `${directory}/${fileName}`);
  return stored === undefined ? undefined : parseJob(stored.job);
}

async function readStored(disk: Disk, path: string): Promise<StoredCheckpoint | undefined> {
  const bytes = await disk.readFile(path);
  if (bytes === undefined) return undefined;
  try {
    const stored = JSON.parse(Buffer.from(bytes).toString()) as StoredCheckpoint;
    if (stored.version === 1) return stored;
  } catch {
    // Said below: whether it is no JSON or of another version, nobody can go on from it.
  }
  throw new WorldError('CORRUPT', 'this is no checkpoint of cordwood migrate copy; --state DIR names another folder', {
    path,
  });
}

function createCheckpoint(
  disk: Disk,
  directory: string,
  lock: DirectoryLock,
  job: CopyJob,
  stored: StoredCheckpoint | undefined,
): Checkpoint {
  const path = `${directory}/${fileName}`;
  if (stored !== undefined) refuseOther(parseJob(stored.job), job, path);
  const tenants = new Map<string, { doneUntilNs: bigint; streams: Map<string, bigint> }>();
  for (const [tenant, { doneUntilNs, streams }] of Object.entries(stored?.tenants ?? {})) {
    const positions = Object.entries(streams).map(([key, positionNs]) => [key, BigInt(positionNs)] as const);
    tenants.set(tenant, { doneUntilNs: BigInt(doneUntilNs), streams: new Map(positions) });
  }
  const stateOf = (tenant: string) => {
    let state = tenants.get(tenant);
    if (state === undefined) {
      state = { doneUntilNs: job.startNs, streams: new Map() };
      tenants.set(tenant, state);
    }
    return state;
  };
  const totals = stored?.totals ?? { entries: 0, bytes: 0, sentAgain: 0, alreadyThere: 0, refused: 0, runs: 0 };
  totals.runs++;
  let changed = true;
  let saving: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    if (!changed) return;
    changed = false;
    const document = {
      version: 1,
      job,
      totals,
      tenants: Object.fromEntries(
        [...tenants].map(([tenant, { doneUntilNs, streams }]) => [
          tenant,
          { doneUntilNs, streams: Object.fromEntries(streams) },
        ]),
      ),
    };
    const text = JSON.stringify(document, (_, value) => (typeof value === 'bigint' ? String(value) : value), 1);
    await replaceFile(disk, path, [Buffer.from(`${text}\n`)]);
  }
  const save = () => {
    saving = saving.then(write);
    return saving;
  };

  return {
    job,
    totals,
    position: (tenant, window, key) => {
      const positionNs = stateOf(tenant).streams.get(key) ?? window.startNs;
      return positionNs > window.startNs ? positionNs : window.startNs;
    },
    advance(tenant, key, positionNs) {
      stateOf(tenant).streams.set(key, positionNs);
      changed = true;
    },
    isDone: (tenant, window) => stateOf(tenant).doneUntilNs >= window.endNs,
    finishWindow(tenant, window) {
      const state = stateOf(tenant);
      state.doneUntilNs = window.endNs;
      state.streams.clear();
      changed = true;
    },
    save,
    async close() {
      changed = true;
      await save();
      await lock.release();
    },
  };
}

function parseJob(job: Record<string, unknown>): CopyJob {
  const stored = job as unknown as Omit<CopyJob, 'startNs' | 'endNs' | 'windowNs'> & Record<string, string>;
  return {
    ...stored,
    startNs: BigInt(stored['startNs']!),
    endNs: BigInt(stored['endNs']!),
    windowNs: BigInt(stored['windowNs']!),
  };
}

function refuseOther(stored: CopyJob, wanted: CopyJob, path: string): void {
  for (const name of Object.keys(wanted) as (keyof CopyJob)[]) {
    const [was, is] = [String(stored[name]), String(wanted[name])];
    if (was === is) continue;
    throw new WorldError(
      'CORRUPT',
      `the checkpoint is of another copy (${name}: '${was}', now '${is}'). Go on with the same options, or choose another folder with --state`,
      { path },
    );
  }
}
