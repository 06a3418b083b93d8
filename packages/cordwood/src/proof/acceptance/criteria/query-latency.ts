import { type Criterion, judged, notJudged } from '../criterion.ts';
import { lastSpan, type Stack } from '../stack.ts';

const dayMs = 24 * 3_600_000;
/** What a person or a dashboard asks of a day. `{tenant}`'s streams are all that have a service name. */
const questions: readonly (readonly [name: string, query: string])[] = [
  ['newest errors', '{service_name=~".+"} | detected_level=~"error|fatal"'],
  ['a word that is nowhere', '{service_name=~".+"} |= "cordwood-verify-finds-nothing"'],
  ['lines by service', 'sum by (service_name) (count_over_time({service_name=~".+"}[5m]))'],
  ['errors by service', 'sum by (service_name) (rate({service_name=~".+"} | detected_level="error" [5m]))'],
  ['events from JSON', 'topk(10, sum by (event) (count_over_time({service_name=~".+"} | json event="event" [1h])))'],
];

export const queryLatency: Criterion = {
  number: 11,
  title: 'Query P99 latency < 5s for 24h range queries',
  async judge(stack) {
    const what = `p99 of 24 h queries is below ${stack.settings.queryP99Ms / 1000} s`;
    const tenant = await largestTenant(stack);
    if (tenant === undefined) return [notJudged(what, 'logs of the last 24 h: there are none')];
    const { queryVolumeBytes } = stack.settings;
    if (tenant.bytes < queryVolumeBytes)
      return [
        notJudged(
          what,
          `at least ${mebibytes(queryVolumeBytes)} of logs of the last 24 h (--query-volume): ${tenant.id} has ${mebibytes(tenant.bytes)}`,
        ),
      ];
    const tookMs: number[] = [];
    let slowest = { name: '', ms: 0 };
    for (let run = 0; run < stack.settings.queryRuns; run++) {
      for (const [name, query] of questions) {
        const ms = await measure(stack, tenant.id, query);
        tookMs.push(ms);
        if (ms > slowest.ms) slowest = { name, ms };
      }
    }
    tookMs.sort((a, b) => a - b);
    const at = (share: number) => tookMs[Math.min(tookMs.length - 1, Math.ceil(tookMs.length * share) - 1)]!;
    const volume = `${tenant.id}: ${mebibytes(tenant.bytes)} of the last 24 h`;
    const figures = `p50 ${Math.round(at(0.5))} ms, p99 ${Math.round(at(0.99))} ms of ${tookMs.length} queries`;
    return [
      judged(at(0.99) < stack.settings.queryP99Ms, what, `${figures}, the slowest '${slowest.name}'; over ${volume}`),
    ];
  },
};

/** Where a day weighs most: a fast answer over little proves little, so the amount is part of the evidence. */
async function largestTenant(stack: Stack): Promise<{ id: string; bytes: number } | undefined> {
  let largest: { id: string; bytes: number } | undefined;
  const { startNs, endNs } = lastSpan(stack, dayMs);
  for (const { id } of stack.environment.tenants) {
    const { status, text } = await stack.loki.request({
      path: '/loki/api/v1/index/stats',
      tenant: id,
      parameters: { query: '{service_name=~".+"}', start: String(startNs), end: String(endNs) },
    });
    if (status !== 200) continue;
    const { bytes = 0 } = JSON.parse(text) as { bytes?: number };
    if (bytes > (largest?.bytes ?? 0)) largest = { id, bytes };
  }
  return largest;
}

async function measure(stack: Stack, tenant: string, query: string): Promise<number> {
  const { startNs, endNs } = lastSpan(stack, dayMs);
  const startMs = stack.clock.monotonicMs();
  const { status, text } = await stack.loki.request({
    path: '/loki/api/v1/query_range',
    tenant,
    // The results cache would answer the second run; acceptance asks for the work.
    headers: { 'cache-control': 'no-cache' },
    parameters: { query, start: String(startNs), end: String(endNs), limit: '100', step: '300' },
  });
  if (status !== 200) throw new Error(`${tenant} ${query}: ${status} ${text.trim().slice(0, 200)}`);
  return stack.clock.monotonicMs() - startMs;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
