import type { LogMessage } from '../../model/log-message.ts';
import { type Clock, sleep } from '../../world/clock.ts';
import type { LabelSet } from '../label-set.ts';
import { Chunk, LogEntry } from '../log-entry.ts';
import { CountedReceipt } from '../receipt.ts';
import { Rfc3339Reader } from '../rfc3339.ts';
import type { StoredPosition } from '../tail/positions.ts';
import { ApiError, type KubernetesClient } from './api-client.ts';
import type { Pod } from './pod-targets.ts';

export interface ContainerTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly uid: string;
  /** `namespace/pod:container`, the key of its position. */
  readonly instance: string;
  readonly labels: LabelSet;
  readonly stored: StoredPosition | undefined;
}

export interface ContainerTailerContext {
  readonly clock: Clock;
  readonly log: LogMessage;
  consume(entries: readonly LogEntry[]): Promise<void>;
  onProgress(): void;
}

const retryMinMs = 100;
const retryMaxMs = 10_000;
/** A stream is opened anew after this time: connections that died unnoticed end with it. */
const streamMaxMs = 3_600_000;
/** A longer line goes out in pieces. */
const lineBytesMax = 8 * 1024 * 1024;

/** Up to where the log is delivered: the time of the last line, and how many lines had just that time. */
interface Mark {
  readonly timeNs: bigint;
  readonly count: number;
}

/**
 * Follows one container's log. After an interruption the API sends the log from a time on (whole seconds), so lines that are
 * older than the last one are skipped, and of those with its very time as many as were seen.
 */
export class ContainerTailer {
  readonly #target: ContainerTarget;
  readonly #client: KubernetesClient;
  readonly #context: ContainerTailerContext;
  readonly #abort = new AbortController();
  readonly #time = new Rfc3339Reader();
  readonly #batches: { readonly receipt: CountedReceipt; readonly mark: Mark }[] = [];
  #delivered: Mark | undefined;
  #read: Mark | undefined;
  #running: Promise<void> | undefined;

  constructor(target: ContainerTarget, client: KubernetesClient, context: ContainerTailerContext) {
    this.#target = target;
    this.#client = client;
    this.#context = context;
    this.#delivered = markOf(target.stored);
    this.#read = this.#delivered;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  /** Microseconds, as Alloy has it; the exact time and count behind it in a comment. */
  stored(): StoredPosition | undefined {
    const mark = this.#delivered;
    if (mark === undefined) return undefined;
    const { instance: path, labels } = this.#target;
    const cursor = { timeNs: String(mark.timeNs), count: mark.count };
    return { path, labels: labels.text(), offset: String(mark.timeNs / 1000n), files: [], cursor };
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    let retryMs = retryMinMs;
    while (!signal.aborted) {
      let lines = 0;
      try {
        lines = await this.#follow(signal);
        if (!signal.aborted && (await this.#isOver())) return;
      } catch (cause) {
        if (signal.aborted) return;
        if (cause instanceof ApiError && cause.status === 404) return;
        const { namespace, pod, container } = this.#target;
        this.#context.log('warn', 'reading a container log failed, trying again', {
          namespace,
          pod,
          container,
          error: (cause as Error).message,
        });
      }
      retryMs = lines > 0 ? retryMinMs : Math.min(retryMaxMs, retryMs * 2);
      await sleep(this.#context.clock, retryMs, signal);
    }
  }

  /** One connection. Returns the number of lines that were new. */
  async #follow(signal: AbortSignal): Promise<number> {
    const since = this.#read === undefined ? undefined : new Date(Number(this.#read.timeNs / 1_000_000n)).toISOString();
    const stream = await this.#client.logs(
      this.#target.namespace,
      this.#target.pod,
      this.#target.container,
      since,
      signal,
    );
    const recycle = this.#context.clock.after(streamMaxMs, () => stream.destroy());
    let skip = this.#read === undefined ? undefined : { ...this.#read };
    let rest: Buffer = Buffer.alloc(0);
    let count = 0;
    try {
      for await (const part of stream as AsyncIterable<Buffer>) {
        rest = rest.length === 0 ? Buffer.from(part) : Buffer.concat([rest, part]);
        const end = rest.length > lineBytesMax ? rest.length : rest.lastIndexOf(0x0a) + 1;
        if (end === 0) continue;
        const bytes = rest.subarray(0, end);
        rest = rest.subarray(end);
        const taken = this.#split(bytes, skip);
        skip = taken.skip;
        count += taken.entries.length;
        await this.#handOn(taken.entries);
      }
    } catch (cause) {
      if (!signal.aborted && !stream.destroyed) throw cause;
    } finally {
      recycle();
      stream.destroy();
    }
    return count;
  }

  /** Entries of whole lines, without those that were seen. The line keeps its newline. */
  #split(bytes: Buffer, before: Mark | undefined): { entries: LogEntry[]; skip: Mark | undefined } {
    const chunk = new Chunk(bytes);
    const entries: LogEntry[] = [];
    let skip = before;
    for (let start = 0; start < bytes.length; ) {
      const newline = bytes.indexOf(0x0a, start);
      const end = newline < 0 ? bytes.length : newline + 1;
      const space = bytes.indexOf(0x20, start);
      const hasTime = space > start && space < end && this.#time.read(bytes, start, space);
      const contentStart = hasTime ? space + 1 : start;
      const entry = LogEntry.ofChunk(
        this.#target.labels,
        this.#time.seconds,
        this.#time.nanos,
        placeholder,
        chunk,
        contentStart,
        end,
      );
      if (!hasTime) entry.setTimestampNs(this.#read?.timeNs ?? this.#context.clock.nowNs());
      start = end;
      const { timestampNs } = entry;
      if (skip !== undefined && timestampNs < skip.timeNs) continue;
      if (skip !== undefined && timestampNs === skip.timeNs && skip.count > 0) {
        skip = { timeNs: skip.timeNs, count: skip.count - 1 };
        continue;
      }
      entries.push(entry);
    }
    return { entries, skip };
  }

  async #handOn(entries: readonly LogEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const receipt = new CountedReceipt(0, entries.length, () => this.#settle());
    for (const [i, entry] of entries.entries()) {
      entry.receipt = receipt;
      entry.offset = i;
    }
    const timeNs = entries.at(-1)!.timestampNs;
    const same = entries.filter((entry) => entry.timestampNs === timeNs).length;
    const mark = { timeNs, count: same + (this.#read?.timeNs === timeNs ? this.#read.count : 0) };
    this.#read = mark;
    this.#batches.push({ receipt, mark });
    await this.#context.consume(entries);
    receipt.release(0);
  }

  #settle(): void {
    while (this.#batches[0]?.receipt.isComplete) this.#delivered = this.#batches.shift()!.mark;
    this.#context.onProgress();
  }

  /** Has the container ended for good? */
  async #isOver(): Promise<boolean> {
    const { namespace, pod: name, container, uid } = this.#target;
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
    const pod = (await this.#client.get(path)) as unknown as Pod;
    if (pod.metadata.uid !== uid) return true;
    const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
    const ended = statuses.find((status) => status.name === container)?.state?.terminated;
    if (ended === undefined) return false;
    const policy = pod.spec.restartPolicy ?? 'Always';
    const isInit = pod.status?.initContainerStatuses?.some((status) => status.name === container) === true;
    return policy === 'Never' || ended.exitCode === 0 ? isInit || policy !== 'Always' : false;
  }
}

const placeholder = { hold() {}, release() {} };

function markOf(stored: StoredPosition | undefined): Mark | undefined {
  if (stored === undefined || !/^\d+$/.test(stored.offset)) return undefined;
  const micros = BigInt(stored.offset);
  const { cursor } = stored;
  if (cursor !== undefined && BigInt(cursor.timeNs) / 1000n === micros)
    return { timeNs: BigInt(cursor.timeNs), count: cursor.count };
  // Alloy knows no more than the microsecond: its lines are read again rather than missed.
  return { timeNs: micros * 1000n, count: 0 };
}
