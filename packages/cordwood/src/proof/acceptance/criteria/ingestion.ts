import { sleep } from '../../../world/clock.ts';
import { type Check, type Criterion, failed, judged, listed, notJudged } from '../criterion.ts';
import { eventually, markedStream, markerLabel, type Stack } from '../stack.ts';
import { tenantLimits } from '../tenant-limits.ts';

export const ingestion: Criterion = {
  number: 12,
  title: 'Ingestion handles 20 MB/s sustained throughput',
  judge: async (stack) => [await judgeLimits(stack), ...(await judgeLoad(stack))],
};

const mib = 2 ** 20;
/** TR-009's and the criterion's throughput. */
const requiredRate = 20 * mib;

// ---- the limits allow it, and no more ----------------------------------------------------------------------------------------

async function judgeLimits(stack: Stack): Promise<Check> {
  const what = 'the ingestion limits of the tenants hold';
  const wrong: string[] = [];
  const shown: string[] = [];
  for (const { id, limits } of stack.environment.tenants) {
    const published = (await tenantLimits(stack, id))?.['ingestion_rate_mb'];
    const rateMb = typeof published === 'number' ? published : await probedRateMb(stack, id, limits.ingestionBurstMb);
    if (rateMb === undefined)
      return notJudged(
        what,
        'ingestion_rate_mb in tenant_limits_allow_publish, or --probe-limits: one push above each burst, which Loki refuses whole',
      );
    shown.push(`${id} ${rateMb} MiB/s`);
    if (Math.abs(rateMb - limits.ingestionRateMb) > 0.01)
      wrong.push(
        `${id}: ${rateMb === Number.POSITIVE_INFINITY ? 'none' : `${rateMb} MiB/s`}, not ${limits.ingestionRateMb} MiB/s`,
      );
  }
  return judged(wrong.length === 0, what, wrong.length === 0 ? listed(shown) : listed(wrong));
}

/** A push larger than the burst is refused whole, and Loki's refusal names the rate. Infinity: it was taken. */
async function probedRateMb(stack: Stack, tenant: string, burstMb: number): Promise<number | undefined> {
  if (!stack.settings.probeLimits) return undefined;
  const stream = markedStream(stack.runId, { purpose: 'limits' });
  // Lines of one character repeated: a few kilobytes on the wire.
  const line = 'x'.repeat(64 * 1024);
  const count = Math.ceil((burstMb * mib * 1.05) / line.length);
  const nowNs = stack.clock.nowNs();
  const entries = Array.from({ length: count }, (_, i) => ({
    timestampNs: nowNs + BigInt(i),
    line,
    structuredMetadata: [],
  }));
  const { status, text } = await stack.loki.push(tenant, stream, entries, 'load');
  if (status !== 429) {
    stack.leave(tenant, `{${markerLabel}="${stack.runId}", purpose="limits"}`);
    return Number.POSITIVE_INFINITY;
  }
  const rate = /limit: (\d+) bytes\/sec/.exec(text)?.[1];
  return rate === undefined ? undefined : Number(rate) / mib;
}

// ---- load ------------------------------------------------------------------------------------------------------------------

const batchBytes = 512 * 1024;
const lineBytes = 512;
/** Connections at a time: one would measure the latency of a push. */
const senders = 4;
/** The share of the rate below which it was not sustained. */
const sustainedShare = 0.97;

async function judgeLoad(stack: Stack): Promise<Check[]> {
  const { ingestBytesPerSecond: rate, ingestForMs, ownTenant: tenant } = stack.settings;
  const what = 'it takes the load for as long as it lasts';
  if (rate === undefined)
    return [notJudged(what, '--ingest-rate 20MB (and --ingest-for 60s): load is only made when asked for')];
  const load = await makeLoad(stack, tenant, rate, ingestForMs);
  const figures = `${(load.sentBytes / mib).toFixed(1)} MiB in ${(load.tookMs / 1000).toFixed(1)} s: ${(load.sentBytes / mib / (load.tookMs / 1000)).toFixed(2)} MiB/s, slowest push ${Math.round(load.slowestMs)} ms`;
  if (load.refused !== undefined) return [failed(what, `${load.refused}; ${figures}`)];
  const sustained = load.sentBytes / (load.tookMs / 1000) >= rate * sustainedShare;
  const query = `sum(count_over_time({${markerLabel}="${stack.runId}", purpose="load"}[1h]))`;
  const counted = await eventually(
    stack,
    stack.settings.waitMs,
    async () => [...(await stack.loki.numbers(tenant, query, stack.clock.nowNs())).values()][0] ?? 0,
    (count) => count >= load.sentLines,
  );
  return [
    sustained && rate < requiredRate
      ? notJudged(what, `--ingest-rate 20MB: less was asked for, and sustained (${figures})`)
      : judged(sustained, `${what} (${(rate / mib).toFixed(1)} MiB/s)`, figures),
    judged(counted === load.sentLines, 'every line of it is there once', `${counted} of ${load.sentLines} lines`),
  ];
}

interface Load {
  readonly sentBytes: number;
  readonly sentLines: number;
  readonly tookMs: number;
  readonly slowestMs: number;
  readonly refused: string | undefined;
}

async function makeLoad(stack: Stack, tenant: string, rate: number, forMs: number): Promise<Load> {
  const { clock } = stack;
  const startMs = clock.monotonicMs();
  const total = Math.max(1, Math.round((rate * forMs) / 1000 / batchBytes));
  let next = 0;
  let sentBytes = 0;
  let sentLines = 0;
  let slowestMs = 0;
  let refused: string | undefined;
  stack.leave(tenant, `{${markerLabel}="${stack.runId}", purpose="load"}`);
  const sender = async (number: number) => {
    const stream = markedStream(stack.runId, { purpose: 'load', sender: `${number}` });
    while (next < total && refused === undefined) {
      const batch = next++;
      const dueMs = startMs + (batch * batchBytes * 1000) / rate;
      await sleep(clock, Math.max(0, dueMs - clock.monotonicMs()), stack.signal);
      stack.signal.throwIfAborted();
      const entries = loadLines(clock.nowNs(), batch);
      const beforeMs = clock.monotonicMs();
      const { status, text } = await stack.loki.push(tenant, stream, entries, 'load');
      slowestMs = Math.max(slowestMs, clock.monotonicMs() - beforeMs);
      if (status !== 204) refused ??= `${tenant} refused a push: ${status} ${text.trim().slice(0, 200)}`;
      else {
        sentBytes += entries.length * lineBytes;
        sentLines += entries.length;
      }
    }
  };
  await Promise.all(Array.from({ length: senders }, (_, i) => sender(i)));
  // The last batch also lasts as long as its bytes do at the rate.
  const tookMs = Math.max(clock.monotonicMs() - startMs, (sentBytes * 1000) / rate);
  return { sentBytes, sentLines, tookMs, slowestMs, refused };
}

/** Lines like a service's: JSON, of one length, no two alike. Cheap to make: the generator must not be what is measured. */
function loadLines(nowNs: bigint, batch: number) {
  const pad = (batch * 2_654_435_761).toString(36).repeat(64);
  return Array.from({ length: batchBytes / lineBytes }, (_, i) => {
    const head = `{"level":"INFO","event":"load","logger":"cordwood.verify","service":"cordwood-verify","n":"${batch}-${i}","pad":"`;
    return {
      timestampNs: nowNs + BigInt(i),
      line: `${(head + pad).slice(0, lineBytes - 2)}"}`,
      structuredMetadata: [],
    };
  });
}
