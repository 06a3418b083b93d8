import { compressSnappy } from '../codec/snappy.ts';
import { encodeWriteRequest } from '../codec/write-request.ts';
import { relabel } from '../extract/relabel.ts';
import type { LogMessage } from '../model/log-message.ts';
import { parseTenant, type Tenant } from '../model/tenant.ts';
import { type Clock, sleep } from '../world/clock.ts';
import type { Disk } from '../world/disk.ts';
import { authorizationHeader } from './http-authorization.ts';
import type { RemoteWriteClient } from './remote-write-client.ts';
import type { RecordedSample, WriteRecorded } from './ruler.ts';
import { openSpool, type Spool, type SpooledMessage } from './spool.ts';

/**
 * Sends recorded series to Prometheus and what speaks its remote write protocol, version 1.0
 * (https://prometheus.io/docs/specs/prw/remote_write_spec/).
 *
 * Every tenant and client has a queue of its own on disk. Samples of a short time are gathered into one request, compressed,
 * and put on disk as they will be sent; so a request that is sent twice, because the process ended before it learned of its
 * success, is the same request, and a receiver that refuses the old samples in it loses nothing. Requests of a queue are sent
 * one after the other: a receiver that sees samples of a series out of order refuses them.
 */
export interface RemoteWriteOptions {
  /** Of the queues; `ruler.wal.dir`. */
  readonly directory: string;
  /** Asked for each tenant at each write; empty: its samples are thrown away, as Loki does without remote write. */
  readonly clientsFor: (tenant: Tenant) => readonly RemoteWriteClient[];
  /** `ruler.remote_write.add_org_id_header` */
  readonly addOrgIdHeader: boolean;
  /** Samples that could not be sent for so long are dropped. `ruler.wal.max_age`, 4 hours by default. */
  readonly ageMsMax?: number;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: LogMessage;
  readonly fetch?: typeof fetch;
}

export interface RemoteWriteStatistics {
  readonly tenant: Tenant;
  readonly client: string;
  readonly samplesSent: number;
  readonly samplesPending: number;
  /** Refused by the receiver, or too old, too many or damaged in the queue. */
  readonly samplesDropped: number;
  readonly failures: number;
  readonly lastError: string;
  /** Time of the newest sample that was sent; 0 before. */
  readonly highestSentMs: number;
}

export interface RemoteWrite {
  /** Finds what an earlier process left, and goes on sending it. */
  open(): Promise<void>;
  readonly write: WriteRecorded;
  statistics(): readonly RemoteWriteStatistics[];
  /** Puts everything on disk, sends for at most `timeoutMs`, and stops. */
  stop(timeoutMs: number): Promise<void>;
}

/** Samples wait so long for others of the same tick. */
const gatherMs = 200;
const defaultAgeMsMax = 4 * 3_600_000;
const samplesInMemoryMax = 100_000;
/** Bytes on disk for each tenant and client. */
const queueBytesMax = 256 * 1024 * 1024;

export function createRemoteWrite(options: RemoteWriteOptions): RemoteWrite {
  const queues = new Map<string, Queue>();
  let stopped = false;

  function queueOf(tenant: Tenant, client: RemoteWriteClient): Queue {
    const key = `${tenant}\0${client.id}`;
    const known = queues.get(key);
    if (known) {
      known.client = client;
      return known;
    }
    const queue = new Queue(tenant, client, options);
    queues.set(key, queue);
    return queue;
  }

  return {
    async open() {
      for (const folder of await options.disk.list(options.directory)) {
        const parsed = parseTenant(decode(folder));
        if (!('tenant' in parsed)) continue;
        const clients = options.clientsFor(parsed.tenant);
        for (const name of await options.disk.list(`${options.directory}/${folder}`)) {
          const client = clients.find(({ id }) => id === decode(name));
          if (client) queueOf(parsed.tenant, client).start();
          else
            options.log('warn', 'samples wait for a remote_write client that is no longer configured', {
              tenant: parsed.tenant,
              client: decode(name),
              path: `${options.directory}/${folder}/${name}`,
            });
        }
      }
    },
    write(tenant, samples) {
      if (stopped) return;
      for (const client of options.clientsFor(tenant)) queueOf(tenant, client).add(samples);
    },
    statistics: () => [...queues.values()].map((queue) => queue.statistics()),
    async stop(timeoutMs) {
      stopped = true;
      await Promise.all([...queues.values()].map((queue) => queue.stop(timeoutMs)));
    },
  };
}

class Queue {
  readonly tenant: Tenant;
  /** Its settings may change while it works. */
  client: RemoteWriteClient;
  readonly #options: RemoteWriteOptions;
  readonly #abort = new AbortController();
  /** Ends a wait between two attempts. */
  readonly #hurry = new AbortController();
  #opening: Promise<Spool> | undefined;
  #spool: Spool | undefined;
  #gathered: RecordedSample[] = [];
  #cancelGather: (() => void) | undefined;
  #storing: Promise<void> = Promise.resolve();
  /** Samples on their way from memory to the disk. */
  #beingStored = 0;
  #sending: Promise<void> | undefined;
  #stopping = false;
  #samplesSent = 0;
  #samplesDropped = 0;
  #failures = 0;
  #lastError = '';
  #highestSentMs = 0;

  constructor(tenant: Tenant, client: RemoteWriteClient, options: RemoteWriteOptions) {
    this.tenant = tenant;
    this.client = client;
    this.#options = options;
  }

  /** Opens the queue on disk, or tries again when that failed before. */
  async #open(): Promise<Spool> {
    this.#opening ??= openSpool({
      disk: this.#options.disk,
      directory: `${this.#options.directory}/${encode(this.tenant)}/${encode(this.client.id)}`,
      log: this.#options.log,
      ageMsMax: this.#options.ageMsMax ?? defaultAgeMsMax,
      sizeBytesMax: queueBytesMax,
      nowMs: () => this.#nowMs(),
    });
    try {
      this.#spool = await this.#opening;
      return this.#spool;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  add(samples: readonly RecordedSample[]): void {
    for (const sample of samples) {
      const labels = relabel(sample.labels, this.client.relabelRules, 'legacy');
      if (labels !== undefined) this.#gathered.push(labels === sample.labels ? sample : { ...sample, labels });
    }
    if (this.#gathered.length >= this.client.samplesPerSendMax) void this.#store();
    else if (this.#gathered.length > 0)
      this.#cancelGather ??= this.#options.clock.after(gatherMs, () => void this.#store());
  }

  /** Sends what waits, now and until nothing is left. */
  start(): void {
    if (this.#sending || this.#abort.signal.aborted) return;
    this.#sending = this.#send().finally(() => {
      this.#sending = undefined;
    });
  }

  async stop(timeoutMs: number): Promise<void> {
    await this.#store();
    this.#stopping = true;
    this.#hurry.abort();
    this.start();
    const cancel = this.#options.clock.after(timeoutMs, () => this.#abort.abort());
    await this.#sending;
    cancel();
    this.#abort.abort();
  }

  statistics(): RemoteWriteStatistics {
    const spool = this.#spool?.statistics();
    return {
      tenant: this.tenant,
      client: this.client.id,
      samplesSent: this.#samplesSent,
      samplesPending: this.#gathered.length + this.#beingStored + (spool?.items ?? 0),
      samplesDropped: this.#samplesDropped + (spool?.itemsDropped ?? 0),
      failures: this.#failures,
      lastError: this.#lastError,
      highestSentMs: this.#highestSentMs,
    };
  }

  #nowMs(): number {
    return Number(this.#options.clock.nowNs() / 1_000_000n);
  }

  /** Puts what was gathered on disk, in requests of at most samplesPerSendMax. */
  #store(): Promise<void> {
    this.#cancelGather?.();
    this.#cancelGather = undefined;
    const samples = this.#gathered;
    this.#gathered = [];
    this.#beingStored += samples.length;
    this.#storing = this.#storing.then(async () => {
      let stored = 0;
      try {
        const spool = await this.#open();
        while (stored < samples.length) {
          const part = samples.slice(stored, stored + this.client.samplesPerSendMax);
          await spool.add(compressSnappy(encodeWriteRequest(part)), part.length, this.#nowMs());
          stored += part.length;
        }
      } catch (error) {
        this.#failed('samples cannot be queued', error as Error);
        this.#keep(samples.slice(stored));
      }
      this.#beingStored -= samples.length;
      this.start();
    });
    return this.#storing;
  }

  /** Samples for which there is no queue yet wait in memory. */
  #keep(samples: readonly RecordedSample[]): void {
    const kept = [...samples, ...this.#gathered];
    const excess = Math.max(0, kept.length - samplesInMemoryMax);
    this.#samplesDropped += excess;
    this.#gathered = kept.slice(excess);
    if (!this.#stopping)
      this.#cancelGather ??= this.#options.clock.after(this.client.backoffMaxMs, () => void this.#store());
  }

  async #send(): Promise<void> {
    let delayMs = this.client.backoffMinMs;
    const { signal } = this.#abort;
    while (!signal.aborted) {
      let waitMs: number | undefined;
      try {
        const spool = await this.#open();
        const message = await spool.first();
        if (message === undefined) return;
        waitMs = await this.#sendOne(spool, message);
        if (waitMs === undefined) {
          delayMs = this.client.backoffMinMs;
          continue;
        }
      } catch (error) {
        if (signal.aborted) return;
        this.#failed('samples cannot be sent', error as Error);
      }
      if (this.#stopping) return;
      await sleep(this.#options.clock, Math.max(delayMs, waitMs ?? 0), this.#hurry.signal);
      delayMs = Math.min(delayMs * 2, this.client.backoffMaxMs);
    }
  }

  /** Undefined when the message is done with; else the least time to wait before it is sent again. Throws as fetch does. */
  async #sendOne(spool: Spool, message: SpooledMessage): Promise<number | undefined> {
    const { client } = this;
    const { status, text, retryAfterMs } = await this.#post(message.bytes);
    if (status >= 200 && status < 300) {
      this.#samplesSent += message.items;
      this.#highestSentMs = Math.max(this.#highestSentMs, message.timeMs);
      this.#lastError = '';
      await spool.remove(message);
      return undefined;
    }
    const error = new Error(`${status} ${text.trim().slice(0, 300)}`);
    if (status >= 500 || (status === 429 && client.retryOnRateLimit)) {
      this.#failed('samples cannot be sent', error);
      return retryAfterMs;
    }
    // A refusal is final: the same request would be refused again, and block what stands behind it.
    this.#samplesDropped += message.items;
    this.#failed('samples are refused by their receiver', error);
    await spool.remove(message);
    return undefined;
  }

  async #post(body: Uint8Array): Promise<{ status: number; text: string; retryAfterMs: number }> {
    const { clock, disk, addOrgIdHeader, fetch: send = fetch } = this.#options;
    const { url, timeoutMs, headers, authorization } = this.client;
    const authorizationText = await authorizationHeader(authorization, disk);
    const timeout = new AbortController();
    const cancel = clock.after(timeoutMs, () => timeout.abort(new Error(`no answer in ${timeoutMs} ms`)));
    try {
      const response = await send(url, {
        method: 'POST',
        body: body as NonNullable<RequestInit['body']>,
        headers: {
          'content-type': 'application/x-protobuf',
          'content-encoding': 'snappy',
          'user-agent': 'cordwood',
          'x-prometheus-remote-write-version': '0.1.0',
          ...(authorizationText === undefined ? {} : { authorization: authorizationText }),
          ...headers,
          ...(addOrgIdHeader ? { 'x-scope-orgid': this.tenant } : {}),
        },
        signal: AbortSignal.any([this.#abort.signal, timeout.signal]),
      });
      const seconds = Number(response.headers.get('retry-after') ?? 0);
      return { status: response.status, text: await response.text(), retryAfterMs: seconds > 0 ? seconds * 1000 : 0 };
    } finally {
      cancel();
    }
  }

  #failed(what: string, error: Error): void {
    this.#failures++;
    const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
    this.#lastError = `${error.message}${cause}`;
    const { tenant, client } = this;
    this.#options.log('warn', what, { tenant, client: client.id, url: client.url, error: this.#lastError });
  }
}

const encode = (text: string): string => Buffer.from(text).toString('base64url');
const decode = (name: string): string => Buffer.from(name, 'base64url').toString();
