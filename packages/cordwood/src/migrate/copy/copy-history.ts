import { RequestError } from '../../model/failure.ts';
import { type Label, type Labels, printLabels } from '../../model/labels.ts';
import { type Clock, every } from '../../world/clock.ts';
import type { Checkpoint, CopyJob } from './checkpoint.ts';
import { forEachParallel } from './for-each-parallel.ts';
import { labelNames, listStreams, splitSpan, type TimeSpan } from './list-streams.ts';
import type { LokiSide } from './loki-side.ts';
import type { Pace } from './pace.ts';
import { entryBytes, type PushTarget, pushEntries } from './push-entries.ts';
import { entriesOf, readStream, type StreamPage } from './read-stream.ts';
import type { RefusedEntry } from './refused-entry.ts';
import { streamSelector } from './stream-selector.ts';
import type { TenantOf } from './tenant-rules.ts';

/**
 * Moves history from one Loki to another through their public APIs: tenant by tenant, window by window in the order of time,
 * the streams of a window side by side, each stream in its order. That order matters: Loki refuses what comes more than half
 * of max_chunk_age after newer entries of the same stream.
 */
export interface CopyOptions {
  readonly from: LokiSide;
  readonly to: LokiSide;
  readonly checkpoint: Checkpoint;
  readonly tenantOf: TenantOf;
  readonly addLabels: Labels;
  /** Streams that are copied; undefined for all. */
  readonly only: ((labels: Labels) => boolean) | undefined;
  /** Entries per request to the old Loki: its max_entries_limit_per_query. */
  readonly pageSize: number;
  /** Streams at a time. */
  readonly parallel: number;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly refuse: (entry: RefusedEntry) => void | Promise<void>;
  readonly onPlan?: (plan: CopyPlan) => void;
}

export interface CopyPlan {
  readonly windows: readonly PlannedWindow[];
  /** What the old Loki's index says; only an estimate, undefined when it does not tell. */
  readonly estimatedEntries: number | undefined;
}

/** One window of one tenant. */
export interface PlannedWindow {
  readonly tenant: string;
  readonly span: TimeSpan;
  /** All label names of the tenant in this window. */
  readonly names: ReadonlySet<string>;
  readonly streams: readonly CopyStream[];
}

/** What becomes one stream at the new Loki. */
export interface CopyStream {
  readonly selector: string;
  readonly tenant: string;
  readonly labels: Labels;
  /** Its name in the checkpoint. */
  readonly key: string;
}

/** Labels by which a Loki spreads hot streams; the new one does that for itself. */
const shardLabels = new Set(['__stream_shard__', '__time_shard__']);
const saveEveryMs = 500;

export async function copyHistory(options: CopyOptions): Promise<void> {
  const { checkpoint, clock, signal } = options;
  const plan = await planCopy({ ...options, job: checkpoint.job });
  options.onPlan?.(plan);
  let saveFailure: { error: unknown } | undefined;
  const stopSaving = every(clock, saveEveryMs, async () => {
    await checkpoint.save().catch((error) => {
      saveFailure = { error };
    });
  });
  try {
    for (const window of plan.windows) {
      if (checkpoint.isDone(window.tenant, window.span)) continue;
      await forEachParallel(window.streams, options.parallel, async (stream) => {
        if (saveFailure !== undefined) throw saveFailure.error;
        await copyStream(window, stream, options);
      });
      signal.throwIfAborted();
      checkpoint.finishWindow(window.tenant, window.span);
    }
  } finally {
    stopSaving();
    await checkpoint.save();
  }
}

/** Lists what is to be copied and where to, before anything is written: a stream without a tenant is found here. */
export async function planCopy(
  options: Pick<CopyOptions, 'from' | 'tenantOf' | 'addLabels' | 'only'> & { readonly job: CopyJob },
): Promise<CopyPlan> {
  const { from, job, tenantOf, addLabels, only } = options;
  const windows: PlannedWindow[] = [];
  const homeless = new Set<string>();
  let estimatedEntries: number | undefined = 0;
  for (const tenant of job.tenants) {
    const all: Labels[] = [];
    for (const span of splitSpan(job, job.windowNs)) {
      const found = await listStreams(from, tenant, span);
      all.push(...found.filter((labels) => only?.(labels) ?? true));
      const names = labelNames(found);
      const streams = new Map<string, CopyStream>();
      for (const source of found) {
        if (only?.(source) === false) continue;
        const labels = source.filter(({ name }) => !shardLabels.has(name));
        const target = tenantOf(labels, tenant);
        if (target === undefined) homeless.add(`${tenant} ${printLabels(labels)}`);
        else {
          const key = printLabels(labels);
          const kept = [...names].filter((name) => !shardLabels.has(name));
          const selector = streamSelector(labels, kept);
          streams.set(key, { selector, tenant: target, labels: withLabels(labels, addLabels), key });
        }
      }
      windows.push({ tenant, span, names, streams: [...streams.values()] });
    }
    const entries = await estimateEntries(from, tenant, job, all);
    estimatedEntries = entries === undefined || estimatedEntries === undefined ? undefined : estimatedEntries + entries;
  }
  if (homeless.size > 0) {
    const shown = [...homeless].slice(0, homelessShownMax).map((stream) => `\n  ${stream}`);
    throw new RequestError(
      400,
      `no rule says which tenant these streams belong to (${homeless.size}):${shown.join('')}\nAdd --rule SELECTOR=TENANT for them; --rule '{}=TENANT' as the last one takes what is left.`,
    );
  }
  return { windows, estimatedEntries };
}

const homelessShownMax = 10;

function withLabels(labels: Labels, more: Labels): Labels {
  const added = new Set(more.map(({ name }) => name));
  const merged: Label[] = [...labels.filter(({ name }) => !added.has(name)), ...more];
  return merged.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Entries of a tenant by the index. It needs a selector with a label that is there, so the streams are asked for by their label
 * names: those with the first name, those without it but with the second, and so on.
 */
async function estimateEntries(
  side: LokiSide,
  tenant: string,
  { startNs, endNs }: TimeSpan,
  streams: readonly Labels[],
): Promise<number | undefined> {
  let entries = 0;
  let left = streams;
  const before: string[] = [];
  while (left.length > 0) {
    const name = commonestName(left);
    const query = `{${[...before.map((other) => `${other}=""`), `${name}=~".+"`].join(', ')}}`;
    try {
      const answer = (await side.get(tenant, '/loki/api/v1/index/stats', {
        query,
        start: String(startNs),
        end: String(endNs),
      })) as { entries?: number };
      entries += answer.entries ?? 0;
    } catch (error) {
      // A gateway that does not pass the route on, or an old Loki: then there is a copy without an estimate.
      if (error instanceof RequestError) return undefined;
      throw error;
    }
    before.push(name);
    left = left.filter((labels) => !labels.some((label) => label.name === name));
  }
  return entries;
}

function commonestName(streams: readonly Labels[]): string {
  const counts = new Map<string, number>();
  for (const labels of streams) for (const { name } of labels) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}

/** Reads a page ahead while the one before it is pushed; the position follows the acknowledgements. */
async function copyStream(window: PlannedWindow, stream: CopyStream, options: CopyOptions): Promise<void> {
  const { checkpoint, to, signal } = options;
  const startNs = checkpoint.position(window.tenant, window.span, stream.key);
  const target: PushTarget = { ...stream, side: to, pace: options.pace, signal, refuse: options.refuse };
  const send = async ({ entries, completeUntilNs }: StreamPage) => {
    const { sentAgain, alreadyThere } = await pushEntries(entries, target);
    const { totals } = checkpoint;
    totals.entries += entries.length;
    totals.bytes += entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
    totals.sentAgain += sentAgain;
    totals.alreadyThere += alreadyThere;
    checkpoint.advance(window.tenant, stream.key, completeUntilNs);
  };
  const query = entriesOf(options.from, window.tenant, window.names);
  const span = { startNs, endNs: window.span.endNs };
  let sending: Promise<void> = Promise.resolve();
  for await (const page of readStream(query, stream.selector, span, options.pageSize)) {
    await sending;
    sending = send(page);
    // Awaited at the next page; until then a failure is nobody's.
    sending.catch(() => {});
  }
  await sending;
}
