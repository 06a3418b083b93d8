import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { parsePrometheusText } from '../../codec/prometheus-text.ts';
import type { Sample } from '../../codec/write-request.ts';
import { createLabels, type Labels, printLabels } from '../../model/labels.ts';
import { type Clock, sleep } from '../../world/clock.ts';
import type { HttpClient } from '../http/client.ts';

/** One target, as it is scraped. */
export interface ScrapeTarget {
  readonly url: URL;
  /** `job`, `instance` and those of the target. */
  readonly labels: Labels;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly honorLabels: boolean;
  readonly honorTimestamps: boolean;
  readonly compressed: boolean;
  /** 0: no limit. */
  readonly bodyBytesMax: number;
  readonly samplesMax: number;
}

export interface ScrapeContext {
  readonly clock: Clock;
  readonly client: HttpClient;
  /** The page of this agent itself, which is not fetched over the network. */
  readonly ownPage: () => string;
  forward(samples: readonly Sample[]): Promise<void>;
}

/** Address by which an agent scrapes itself. */
export const ownAddress = 'alloy.internal:12345';
/** A page without a limit of its own is read up to this size. */
const bodyBytesDefault = 64 * 1024 * 1024;

/**
 * Scrapes a target at its interval, as Prometheus does: targets are spread over the interval by their hash; a series that was there and is
 * not any more gets a stale mark, and so do all of them when a scrape fails or the target goes.
 */
export class ScrapeLoop {
  readonly #target: ScrapeTarget;
  readonly #context: ScrapeContext;
  readonly #abort = new AbortController();
  #running: Promise<void> | undefined;
  /** Series of the last scrape, by their text. */
  #series = new Map<string, Labels>();
  /** Why the last scrape failed. */
  problem: string | undefined;

  constructor(target: ScrapeTarget, context: ScrapeContext) {
    this.#target = target;
    this.#context = context;
  }

  get url(): URL {
    return this.#target.url;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Ends. The series of a target that is gone are marked stale; when the agent stops, they are not: it will go on. */
  async stop(isGone: boolean): Promise<void> {
    this.#abort.abort();
    await this.#running;
    if (isGone) await this.#forwardPage(undefined, Number(this.#context.clock.nowNs() / 1_000_000n), 0, true);
  }

  async #run(): Promise<void> {
    const { clock } = this.#context;
    const { signal } = this.#abort;
    await sleep(clock, this.#offsetMs(), signal);
    let nextMs = clock.monotonicMs();
    while (!signal.aborted) {
      await this.#scrape();
      // The grid stays, whatever a scrape takes.
      nextMs += this.#target.intervalMs;
      while (nextMs <= clock.monotonicMs()) nextMs += this.#target.intervalMs;
      await sleep(clock, nextMs - clock.monotonicMs(), signal);
    }
  }

  #offsetMs(): number {
    const hash = createHash('md5')
      .update(`${this.#target.url} ${printLabels(this.#target.labels)}`)
      .digest();
    return Number(hash.readBigUInt64BE(8) % BigInt(Math.max(1, this.#target.intervalMs)));
  }

  async #scrape(): Promise<void> {
    const { clock } = this.#context;
    const timestampMs = Number(clock.nowNs() / 1_000_000n);
    const startMs = clock.monotonicMs();
    let page: Sample[] | undefined;
    try {
      page = await this.#page(timestampMs);
      this.problem = undefined;
    } catch (cause) {
      this.problem = (cause as Error).message;
    }
    if (this.#abort.signal.aborted) return;
    await this.#forwardPage(page, timestampMs, (clock.monotonicMs() - startMs) / 1000, false);
  }

  async #page(timestampMs: number): Promise<Sample[]> {
    const { samplesMax, honorTimestamps } = this.#target;
    const { text, openMetrics } = await this.#fetch();
    const parsed = parsePrometheusText(text, { openMetrics });
    if (parsed.samples === undefined) throw new Error(parsed.error);
    if (samplesMax > 0 && parsed.samples.length > samplesMax)
      throw new Error(`the page has ${parsed.samples.length} samples, more than sample_limit ${samplesMax}`);
    return parsed.samples.map(({ name, labels, value, timestampMs: own }) => ({
      labels: this.#labels(name, labels),
      value,
      timestampMs: honorTimestamps ? (own ?? timestampMs) : timestampMs,
      stale: false,
    }));
  }

  async #fetch(): Promise<{ text: string; openMetrics: boolean }> {
    const { url, timeoutMs, bodyBytesMax, compressed, intervalMs } = this.#target;
    if (url.host === ownAddress) return { text: this.#context.ownPage(), openMetrics: false };
    const limit = bodyBytesMax || bodyBytesDefault;
    const headers = {
      accept: 'text/plain;version=0.0.4;q=0.9,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1',
      'x-prometheus-scrape-timeout-seconds': String(Math.min(timeoutMs, intervalMs) / 1000),
      ...(compressed ? { 'accept-encoding': 'gzip' } : {}),
    };
    const response = await this.#context.client.get(url, headers, timeoutMs, limit + 1, this.#abort.signal);
    if (response.status !== 200) throw new Error(`server returned HTTP status ${response.status}`);
    const gzipped = response.headers['content-encoding'] === 'gzip';
    const body = gzipped ? await promisify(gunzip)(response.body, { maxOutputLength: limit + 1 }) : response.body;
    if (body.length > limit) throw new Error(`the page has more than ${limit} bytes`);
    const openMetrics = (response.headers['content-type'] ?? '').includes('openmetrics');
    return { text: body.toString('utf8'), openMetrics };
  }

  /** Labels of the target and of the sample; of two with one name the other is kept as `exported_name`. */
  #labels(name: string, own: readonly (readonly [string, string])[]): Labels {
    const { labels: target, honorLabels } = this.#target;
    const all = new Map(target.map((label) => [label.name, label.value]));
    for (const [label, value] of own) {
      if (!all.has(label) || honorLabels) all.set(label, value);
      else all.set(exportedName(label, all, own), value);
    }
    all.set('__name__', name);
    return createLabels([...all].filter(([, value]) => value !== ''));
  }

  /** What was scraped, stale marks for what is gone, and the series about the scrape itself. */
  async #forwardPage(
    page: readonly Sample[] | undefined,
    timestampMs: number,
    seconds: number,
    gone: boolean,
  ): Promise<void> {
    const before = this.#series;
    const after = new Map((page ?? []).map(({ labels }) => [printLabels(labels), labels]));
    this.#series = after;
    const ended = [...before].filter(([key]) => !after.has(key)).map(([, labels]) => labels);
    const added = [...after.keys()].filter((key) => !before.has(key)).length;
    const about: Readonly<Record<string, number>> = {
      up: page === undefined ? 0 : 1,
      scrape_duration_seconds: seconds,
      scrape_samples_scraped: page?.length ?? 0,
      scrape_samples_post_metric_relabeling: page?.length ?? 0,
      scrape_series_added: added,
    };
    await this.#context.forward([
      ...(page ?? []),
      ...ended.map((labels) => ({ labels, value: 0, timestampMs, stale: true })),
      ...Object.entries(about).map(([name, value]) => ({
        labels: this.#labels(name, []),
        value,
        timestampMs,
        stale: gone,
      })),
    ]);
  }
}

function exportedName(
  name: string,
  taken: ReadonlyMap<string, string>,
  own: readonly (readonly [string, string])[],
): string {
  let out = `exported_${name}`;
  while (taken.has(out) || own.some(([other]) => other === out)) out = `exported_${out}`;
  return out;
}
