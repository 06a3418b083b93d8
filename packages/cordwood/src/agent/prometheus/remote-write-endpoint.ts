import { compressSnappy } from '../../codec/snappy.ts';
import { encodeWriteRequest, type Sample } from '../../codec/write-request.ts';
import { type RelabelRule, relabel } from '../../extract/relabel.ts';
import { createLabels } from '../../model/labels.ts';
import type { LogMessage } from '../../model/log-message.ts';
import { type Clock, sleep } from '../../world/clock.ts';
import type { Random } from '../../world/random.ts';
import type { HttpClient } from '../http/client.ts';
import type { MetricRegistry } from '../metrics.ts';
import { backoffMs, retryAfterMs } from '../sinks/backoff.ts';
import type { BatchSpool } from '../sinks/batch-spool.ts';
import type { SealedBatch } from '../sinks/sealed-batch.ts';

export interface RemoteWriteOptions {
  readonly url: URL;
  readonly name: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly timeoutMs: number;
  /** Samples of one request. */
  readonly samplesPerSend: number;
  /** A request that is not full is sent after this time. */
  readonly deadlineMs: number;
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
  readonly retryOn429: boolean;
  readonly externalLabels: ReadonlyMap<string, string>;
  readonly rules: readonly RelabelRule[];
  readonly userAgent: string;
}

export interface RemoteWriteContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LogMessage;
  readonly metrics: MetricRegistry;
}

/** Requests that wait in memory while the disk takes none; the oldest goes first. */
const memoryBatchesMax = 200;

/**
 * Sends samples to one receiver, in the protocol of remote write 1.0. A request is put on disk as it will be sent before it is sent, so it
 * survives a crash, and one that is sent twice is the same both times. Requests go one after another: a receiver refuses samples of a series
 * that are out of order.
 */
export class RemoteWriteEndpoint {
  readonly #options: RemoteWriteOptions;
  readonly #context: RemoteWriteContext;
  readonly #client: HttpClient;
  readonly #spool: BatchSpool;
  readonly #abort = new AbortController();
  /** Requests that the disk did not take. */
  readonly #memory: SealedBatch[] = [];
  #gathered: Sample[] = [];
  #cancelDeadline: (() => void) | undefined;
  #sealing: Promise<void> = Promise.resolve();
  #pumping: Promise<void> | undefined;
  #lastNumber = 0;
  /** Before, nothing is sealed: the numbers of what is on disk are not known. */
  #started = false;
  /** Why the last request failed. */
  problem: string | undefined;

  constructor(options: RemoteWriteOptions, context: RemoteWriteContext, client: HttpClient, spool: BatchSpool) {
    this.#options = options;
    this.#context = context;
    this.#client = client;
    this.#spool = spool;
  }

  /** Goes on with what an earlier run left. */
  start(): void {
    this.#sealing = this.#spool.open().then(
      () => {
        this.#lastNumber = this.#spool.lastNumber;
        this.#started = true;
        this.#wake();
      },
      (cause: Error) => {
        this.#started = true;
        this.#context.log('error', 'the buffer of remote write cannot be opened', { error: cause.message });
      },
    );
  }

  add(samples: readonly Sample[]): void {
    const { externalLabels, rules, samplesPerSend, deadlineMs } = this.#options;
    for (const sample of samples) {
      const labels =
        externalLabels.size === 0
          ? sample.labels
          : createLabels([...externalLabels, ...sample.labels.map(({ name, value }) => [name, value] as const)]);
      const changed = rules.length === 0 ? labels : relabel(labels, rules);
      if (changed !== undefined && changed.length > 0) this.#gathered.push({ ...sample, labels: changed });
    }
    this.#count('prometheus_remote_storage_samples_in_total', 'Samples in to remote storage.', samples.length);
    if (this.#gathered.length >= samplesPerSend) this.#seal();
    else if (this.#gathered.length > 0)
      this.#cancelDeadline ??= this.#context.clock.after(deadlineMs, () => this.#seal());
  }

  #seal(): void {
    this.#cancelDeadline?.();
    this.#cancelDeadline = undefined;
    if (!this.#started) return;
    const { samplesPerSend } = this.#options;
    while (this.#gathered.length > 0) {
      const samples = this.#gathered.splice(0, samplesPerSend);
      const body = Buffer.from(compressSnappy(encodeWriteRequest(samples)));
      this.#sealing = this.#sealing.then(() => this.#keep(body, samples.length));
    }
  }

  async #keep(body: Buffer, sampleCount: number): Promise<void> {
    const batch: SealedBatch = {
      number: ++this.#lastNumber,
      tenant: '',
      body,
      entryCount: sampleCount,
      sizeBytes: body.length,
      held: [],
    };
    // Behind what waits in memory, so that the order stays.
    const onDisk =
      this.#memory.length === 0 &&
      this.#spool.hasRoomFor(batch) &&
      (await this.#spool.add(batch).then(
        () => true,
        (cause: Error) => {
          this.#context.log('warn', 'a remote write request could not be put on disk', { error: cause.message });
          return false;
        },
      ));
    if (!onDisk) {
      this.#memory.push(batch);
      if (this.#memory.length > memoryBatchesMax) this.#dropped(this.#memory.shift()!.entryCount, 'buffer_full');
    }
    this.#wake();
  }

  #wake(): void {
    this.#pumping ??= this.#pump().finally(() => {
      this.#pumping = undefined;
    });
  }

  async #pump(): Promise<void> {
    const damaged = (path: string) => this.#context.log('error', 'a remote write request on disk is damaged', { path });
    while (!this.#abort.signal.aborted) {
      const stored = await this.#spool.first(damaged);
      const next = stored ?? this.#memory[0];
      if (next === undefined || !(await this.#deliver(next))) return;
      if (stored !== undefined) await this.#spool.removeFirst();
      else this.#memory.shift();
    }
  }

  /** False when the component stops before the request is done with. */
  async #deliver(batch: SealedBatch): Promise<boolean> {
    const { clock, log, random } = this.#context;
    const { url, timeoutMs, minBackoffMs, maxBackoffMs, retryOn429, name } = this.#options;
    for (let attempt = 0; ; attempt++) {
      let again = true;
      let pauseMs = 0;
      let problem: string;
      try {
        const response = await this.#client.post(url, batch.body, this.#headers(), timeoutMs, this.#abort.signal);
        if (response.status >= 200 && response.status < 300) {
          this.problem = undefined;
          this.#count(
            'prometheus_remote_storage_samples_total',
            'Total number of samples sent to remote storage.',
            batch.entryCount,
          );
          return true;
        }
        problem = `server returned HTTP status ${response.status}: ${response.body.toString('utf8', 0, 300).trim()}`;
        again = response.status >= 500 || (response.status === 429 && retryOn429);
        pauseMs = retryAfterMs(response.headers['retry-after'], Number(clock.nowNs() / 1_000_000n)) ?? 0;
      } catch (cause) {
        problem = (cause as Error).message;
      }
      if (this.#abort.signal.aborted) return false;
      this.problem = problem;
      if (!again) {
        log('error', 'non-recoverable error', { endpoint: name, error: problem, samples: batch.entryCount });
        this.#dropped(batch.entryCount, 'refused');
        return true;
      }
      if (attempt === 0) log('warn', 'remote write failed, will retry', { endpoint: name, error: problem });
      this.#count('prometheus_remote_storage_samples_retried_total', 'Samples that were sent again.', batch.entryCount);
      const waitMs = backoffMs(attempt, { minMs: minBackoffMs, maxMs: maxBackoffMs }, random);
      await sleep(clock, Math.max(pauseMs, waitMs), this.#abort.signal);
    }
  }

  #headers(): Record<string, string> {
    return {
      ...Object.fromEntries(this.#options.headers),
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'user-agent': this.#options.userAgent,
      'x-prometheus-remote-write-version': '0.1.0',
    };
  }

  #dropped(count: number, reason: string): void {
    this.#context.metrics
      .counter('prometheus_remote_storage_samples_dropped_total', 'Samples that were not sent, by reason.')
      .add(count, { remote_name: this.#options.name, url: this.#options.url.href, reason });
  }

  #count(metric: string, help: string, count: number): void {
    const { name, url } = this.#options;
    this.#context.metrics.counter(metric, help).add(count, { remote_name: name, url: url.href });
  }

  /** Puts what was gathered on disk and sends until the signal aborts; what is left stays on disk. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#seal();
    await this.#sealing;
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve());
    });
    // A receiver that is away is not waited for.
    if (this.problem === undefined) await Promise.race([this.#pumping ?? Promise.resolve(), aborted]);
    this.#abort.abort();
    await this.#pumping;
    this.#client.close();
  }
}
