import { decodePushRequest, encodePushRequest } from '../../codec/push-request.ts';
import { compressSnappy, decompressSnappy } from '../../codec/snappy.ts';
import { parseLabels } from '../../extract/labels-parser.ts';
import type { PushStream } from '../../model/entry.ts';
import type { LogMessage } from '../../model/log-message.ts';
import { type Clock, sleep } from '../../world/clock.ts';
import type { Random } from '../../world/random.ts';
import type { HttpClient, HttpResponse } from '../http/client.ts';
import type { LabelSet } from '../label-set.ts';
import { entrySizeBytes, type LogEntry } from '../log-entry.ts';
import type { MetricRegistry } from '../metrics.ts';
import { tenantLabel } from '../stages/tenant.ts';
import { backoffMs, retryAfterMs } from './backoff.ts';
import type { BatchSpool } from './batch-spool.ts';
import { PushBatch } from './push-batch.ts';
import { releaseAll, type SealedBatch } from './sealed-batch.ts';

export interface PushEndpointOptions {
  readonly name: string;
  readonly url: URL;
  readonly batchWaitMs: number;
  readonly batchSizeBytes: number;
  readonly remoteTimeoutMs: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
  /** Sends of a batch before it is dropped; 0 is for ever. */
  readonly sendsMax: number;
  readonly tenantId: string;
  readonly retryOn429: boolean;
  /** Bytes of sealed batches that are kept in memory. */
  readonly capacityBytes: number;
  /** When memory and disk are full: wait (and so stop the sources), or drop. */
  readonly blockOnOverflow: boolean;
  readonly externalLabels: ReadonlyMap<string, string>;
  /** New streams above this many in a batch are dropped; 0 is no limit. */
  readonly streamsMax: number;
  readonly userAgent: string;
}

export interface PushEndpointContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LogMessage;
  readonly metrics: MetricRegistry;
}

type DropReason = 'ingester_error' | 'rate_limited' | 'stream_limited' | 'queue_is_full' | 'batch_too_large';

/**
 * One endpoint of `loki.write`: gathers entries to batches per tenant, and sends them one after another until they are taken
 * or dropped for a counted reason. Only then are the receipts of their entries released.
 */
export class PushEndpoint {
  readonly #options: PushEndpointOptions;
  readonly #context: PushEndpointContext;
  readonly #client: HttpClient;
  readonly #spool: BatchSpool | undefined;
  readonly #open = new Map<string, { batch: PushBatch; cancel: () => void }>();
  readonly #queue: SealedBatch[] = [];
  readonly #abort = new AbortController();
  #streamOf = new WeakMap<LabelSet, { tenant: string; text: string }>();
  #queuedBytes = 0;
  readonly #roomWaiters: (() => void)[] = [];
  readonly #idleWaiters: (() => void)[] = [];
  #pumping = false;
  #sending: SealedBatch | undefined;
  #ready: Promise<void> | undefined;
  #lastNumber = 0;
  /** What is wrong at the moment. */
  problem: string | undefined;

  constructor(
    options: PushEndpointOptions,
    context: PushEndpointContext,
    client: HttpClient,
    spool: BatchSpool | undefined,
  ) {
    this.#options = options;
    this.#context = context;
    this.#client = client;
    this.#spool = spool;
  }

  /** Looks for what an earlier run left on disk and begins to send. Entries that come before wait. */
  start(): void {
    this.#ready = this.#openSpool().then(() => {
      void this.#pump();
    });
  }

  async #openSpool(): Promise<void> {
    if (this.#spool === undefined) return;
    try {
      const left = await this.#spool.open();
      this.#lastNumber = this.#spool.lastNumber;
      if (left > 0)
        this.#context.log('info', 'found batches of an earlier run', { endpoint: this.#options.name, batches: left });
    } catch (cause) {
      this.#context.log('error', 'cannot use the buffer on disk', {
        endpoint: this.#options.name,
        error: String(cause),
      });
    }
  }

  /** Takes entries; waits while too much is waiting to be sent. */
  async consume(entries: readonly LogEntry[]): Promise<void> {
    await this.#ready;
    let limited = 0;
    let tenant: string | undefined;
    let batch: PushBatch | undefined;
    let lastLabels: LabelSet | undefined;
    for (const entry of entries) {
      if (entry.labels !== lastLabels) {
        lastLabels = entry.labels;
        const stream = this.#stream(entry.labels);
        if (stream.tenant !== tenant) batch = this.#open.get(stream.tenant)?.batch;
        tenant = stream.tenant;
      }
      const sizeBytes = entrySizeBytes(entry);
      if (batch !== undefined && batch.sizeBytes + sizeBytes > this.#options.batchSizeBytes) {
        this.#seal(batch);
        if (this.#queuedBytes > this.#options.capacityBytes) await this.#makeRoom();
        batch = undefined;
      }
      // While this waited for room, a timer or another source may have changed what is open.
      batch ??= this.#open.get(tenant!)?.batch ?? this.#openBatch(tenant!);
      const { streamsMax } = this.#options;
      if (streamsMax > 0 && batch.streamCount >= streamsMax && !batch.hasStream(entry.labels, this.#text)) limited++;
      else batch.add(entry, sizeBytes, this.#text);
    }
    if (limited > 0) this.#dropped('stream_limited', tenant ?? '', limited, 0);
  }

  /** Sends what is there; resolves when all is delivered (or in the buffer on disk), or when the signal aborts. */
  async stop(signal: AbortSignal): Promise<void> {
    for (const { batch } of [...this.#open.values()]) this.#seal(batch);
    await new Promise<void>((resolve) => {
      const done = () => {
        signal.removeEventListener('abort', done);
        resolve();
      };
      if (signal.aborted || this.#isIdle()) return resolve();
      signal.addEventListener('abort', done);
      this.#idleWaiters.push(done);
    });
    this.#abort.abort();
    this.#wake(this.#roomWaiters);
    if (this.#spool !== undefined && this.#queue.length > 0) await this.#spill(0);
    this.#client.close();
  }

  /** Stream text and tenant of a label set: external labels added, internal ones taken away. */
  #stream(labels: LabelSet): { tenant: string; text: string } {
    let stream = this.#streamOf.get(labels);
    if (stream === undefined) {
      let visible = labels.withoutInternal();
      for (const [name, value] of this.#options.externalLabels)
        if (!visible.has(name)) visible = visible.with(name, value);
      stream = { tenant: labels.get(tenantLabel) || this.#options.tenantId, text: visible.text() };
      this.#streamOf.set(labels, stream);
    }
    return stream;
  }

  readonly #text = (labels: LabelSet): string => this.#stream(labels).text;

  #openBatch(tenant: string): PushBatch {
    const batch = new PushBatch(tenant);
    const cancel = this.#context.clock.after(this.#options.batchWaitMs, () => this.#seal(batch));
    this.#open.set(tenant, { batch, cancel });
    return batch;
  }

  /** Closes an open batch and queues it. */
  #seal(batch: PushBatch): void {
    this.#open.get(batch.tenant)?.cancel();
    this.#open.delete(batch.tenant);
    if (batch.entryCount === 0) return;
    const body = compressSnappy(batch.encode());
    const { tenant, entryCount, sizeBytes } = batch;
    this.#queue.push({ number: ++this.#lastNumber, tenant, body, entryCount, sizeBytes, held: batch.held() });
    this.#queuedBytes += body.length;
    void this.#pump();
  }

  /** Memory is full: puts what can be put on disk, else waits, or drops the newest batch. */
  async #makeRoom(): Promise<void> {
    if (this.#spool !== undefined && (await this.#spill(this.#options.capacityBytes))) return;
    while (this.#queuedBytes > this.#options.capacityBytes && !this.#abort.signal.aborted) {
      if (!this.#options.blockOnOverflow) {
        const batch = this.#queue.findLast((candidate) => candidate !== this.#sending);
        if (batch === undefined) return;
        this.#remove(batch);
        this.#drop(batch, 'queue_is_full');
        continue;
      }
      await new Promise<void>((resolve) => {
        this.#roomWaiters.push(resolve);
      });
    }
  }

  #spilling: Promise<boolean> | undefined;

  /** Moves batches to disk, the newest first, until those in memory are below the size. False when they cannot be moved. */
  async #spill(targetBytes: number): Promise<boolean> {
    while (this.#spilling !== undefined) await this.#spilling;
    this.#spilling = this.#spillNow(this.#spool!, targetBytes);
    try {
      return await this.#spilling;
    } finally {
      this.#spilling = undefined;
    }
  }

  async #spillNow(spool: BatchSpool, targetBytes: number): Promise<boolean> {
    while (this.#queuedBytes > targetBytes) {
      const batch = this.#queue.findLast((candidate) => candidate !== this.#sending);
      if (batch === undefined) return targetBytes > 0;
      if (!spool.hasRoomFor(batch)) return false;
      this.#remove(batch);
      try {
        await spool.add(batch);
      } catch (cause) {
        this.#context.log('warn', 'cannot write to the buffer on disk', {
          endpoint: this.#options.name,
          error: String(cause),
        });
        this.#queue.push(batch);
        this.#queue.sort((a, b) => a.number - b.number);
        this.#queuedBytes += batch.body.length;
        return false;
      }
      releaseAll(batch.held);
    }
    return true;
  }

  #remove(batch: SealedBatch): void {
    this.#queue.splice(this.#queue.indexOf(batch), 1);
    this.#queuedBytes -= batch.body.length;
  }

  #isIdle(): boolean {
    return !this.#pumping && this.#queue.length === 0 && this.#open.size === 0 && (this.#spool?.isEmpty ?? true);
  }

  /** Sends batches one after another in the order of their numbers, from memory and from disk. */
  async #pump(): Promise<void> {
    if (this.#pumping || this.#ready === undefined) return;
    this.#pumping = true;
    try {
      while (!this.#abort.signal.aborted) {
        const [batch] = this.#queue;
        const stored = this.#spool?.firstNumber;
        if (stored !== undefined && (batch === undefined || stored < batch.number)) {
          if (!(await this.#deliverStored(this.#spool!))) break;
        } else if (batch === undefined) break;
        else {
          this.#sending = batch;
          const done = await this.#deliver(batch);
          this.#sending = undefined;
          if (!done) break;
          this.#remove(batch);
          releaseAll(batch.held);
        }
        this.#wake(this.#roomWaiters);
      }
    } catch (cause) {
      this.#context.log('error', 'cannot read the buffer on disk', {
        endpoint: this.#options.name,
        error: String(cause),
      });
    } finally {
      this.#pumping = false;
      this.#wake(this.#roomWaiters);
      if (this.#isIdle()) this.#wake(this.#idleWaiters);
    }
  }

  #wake(waiters: (() => void)[]): void {
    for (const wake of waiters.splice(0)) wake();
  }

  async #deliverStored(spool: BatchSpool): Promise<boolean> {
    const batch = await spool.first((path) => {
      this.#context.log('error', 'a buffered batch is damaged and was set aside', { path });
    });
    if (batch === undefined) return true;
    if (!(await this.#deliver(batch))) return false;
    await spool.removeFirst();
    return true;
  }

  /** True when the batch is done with: taken, or dropped and counted. False when the endpoint stops before. */
  async #deliver(batch: SealedBatch): Promise<boolean> {
    const { metrics, clock, random, log } = this.#context;
    const { minBackoffMs: minMs, maxBackoffMs: maxMs, sendsMax } = this.#options;
    for (let attempt = 0; ; attempt++) {
      const startedMs = clock.monotonicMs();
      let problem: string;
      let reason: DropReason = 'ingester_error';
      let retry = true;
      let pauseMs: number | undefined;
      try {
        const response = await this.#send(batch);
        metrics
          .histogram('loki_write_request_duration_seconds', 'Duration of send requests.', durationBounds)
          .observe((clock.monotonicMs() - startedMs) / 1000, {
            status_code: String(response.status),
            host: this.#options.url.host,
          });
        if (response.status >= 200 && response.status < 300) {
          this.#sent(batch);
          return true;
        }
        if (response.status === 413 && batch.entryCount > 1 && (await this.#sendHalves(batch))) return true;
        problem = `server returned HTTP status ${response.status} (${firstLine(response)})`;
        if (response.status === 413) reason = 'batch_too_large';
        if (response.status === 429) reason = 'rate_limited';
        retry = response.status === 429 ? this.#options.retryOn429 : response.status >= 500 || response.status === 408;
        pauseMs = retryAfterMs(response.headers['retry-after'], Number(clock.nowNs() / 1_000_000n));
      } catch (cause) {
        problem = (cause as Error).message;
      }
      if (this.#abort.signal.aborted) return false;
      if (!retry || (sendsMax > 0 && attempt + 1 >= sendsMax)) {
        log('error', 'final error sending batch, no retries left, dropping data', {
          endpoint: this.#options.url.host,
          tenant: batch.tenant,
          entries: batch.entryCount,
          error: problem,
        });
        this.#dropped(reason, batch.tenant, batch.entryCount, batch.body.length);
        this.problem = undefined;
        return true;
      }
      this.problem = problem;
      metrics
        .counter('loki_write_batch_retries_total', 'Number of times batches has had to be retried.')
        .add(1, { host: this.#options.url.host, tenant: batch.tenant });
      const waitMs = Math.max(backoffMs(attempt, { minMs, maxMs }, random), Math.min(pauseMs ?? 0, retryAfterMaxMs));
      log('warn', 'error sending batch, will retry', {
        endpoint: this.#options.url.host,
        tenant: batch.tenant,
        status: problem,
        waitMs: Math.round(waitMs),
      });
      await sleep(clock, waitMs, this.#abort.signal);
      if (this.#abort.signal.aborted) return false;
    }
  }

  #send(batch: SealedBatch): Promise<HttpResponse> {
    const headers: Record<string, string> = {};
    for (const [name, value] of this.#options.headers) headers[name.toLowerCase()] = value;
    if (batch.tenant !== '') headers['x-scope-orgid'] = batch.tenant;
    headers['content-type'] = 'application/x-protobuf';
    headers['content-encoding'] = 'snappy';
    headers['user-agent'] = this.#options.userAgent;
    return this.#client.post(this.#options.url, batch.body, headers, this.#options.remoteTimeoutMs, this.#abort.signal);
  }

  /** A batch too large for the server goes in two parts. False when it cannot be taken apart. */
  async #sendHalves(batch: SealedBatch): Promise<boolean> {
    const bytes = decompressSnappy(batch.body, decompressedBytesMax).bytes;
    const streams = bytes && decodePushRequest(bytes, parseLabels).streams;
    if (streams === undefined) return false;
    for (const half of splitStreams(streams, Math.ceil(batch.entryCount / 2))) {
      const entryCount = half.reduce((sum, stream) => sum + stream.entries.rowCount, 0);
      const body = compressSnappy(encodePushRequest(half));
      const part = {
        number: batch.number,
        tenant: batch.tenant,
        body,
        entryCount,
        sizeBytes: Math.ceil((batch.sizeBytes * entryCount) / batch.entryCount),
        held: [],
      };
      if (!(await this.#deliver(part))) return false;
    }
    return true;
  }

  #sent(batch: SealedBatch): void {
    this.problem = undefined;
    const { metrics } = this.#context;
    const labels = { host: this.#options.url.host, tenant: batch.tenant };
    metrics.counter('loki_write_sent_bytes_total', 'Number of bytes sent.').add(batch.body.length, labels);
    metrics
      .counter('loki_write_sent_entries_total', 'Number of log entries sent to the ingester.')
      .add(batch.entryCount, labels);
  }

  #drop(batch: SealedBatch, reason: DropReason): void {
    this.#dropped(reason, batch.tenant, batch.entryCount, batch.body.length);
    releaseAll(batch.held);
  }

  #dropped(reason: DropReason, tenant: string, entries: number, bytes: number): void {
    const { metrics, log } = this.#context;
    const labels = { host: this.#options.url.host, tenant, reason };
    metrics
      .counter(
        'loki_write_dropped_bytes_total',
        'Number of bytes dropped because failed to be sent to the ingester after all retries.',
      )
      .add(bytes, labels);
    metrics
      .counter(
        'loki_write_dropped_entries_total',
        'Number of log entries dropped because failed to be sent to the ingester after all retries.',
      )
      .add(entries, labels);
    if (reason === 'queue_is_full' || reason === 'stream_limited')
      log('warn', 'entries dropped', { reason, entries, tenant });
  }
}

const durationBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** A server that asks for more patience than this is asked again all the same. */
const retryAfterMaxMs = 10 * 60_000;
const decompressedBytesMax = 256 * 1024 * 1024;

function firstLine(response: HttpResponse): string {
  return response.body.toString('utf8', 0, 1024).split('\n')[0]!.trim();
}

/** The first `count` entries and the rest. */
function splitStreams(streams: readonly PushStream[], count: number): PushStream[][] {
  const first: PushStream[] = [];
  const second: PushStream[] = [];
  let left = count;
  for (const { labels, entries } of streams) {
    const take = Math.min(left, entries.rowCount);
    left -= take;
    const part = (from: number, to: number): PushStream => ({
      labels,
      entries: {
        rowCount: to - from,
        timestampsNs: entries.timestampsNs.subarray(from, to),
        bytes: entries.bytes,
        lineStarts: entries.lineStarts.subarray(from, to),
        lineEnds: entries.lineEnds.subarray(from, to),
        structuredMetadata: entries.structuredMetadata?.slice(from, to),
      },
    });
    if (take > 0) first.push(part(0, take));
    if (take < entries.rowCount) second.push(part(take, entries.rowCount));
  }
  return [first, second];
}
