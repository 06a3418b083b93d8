import type { LokiClient } from '../client/loki-client.ts';
import type { Tenant } from '../model/tenant.ts';
import { createAlertTemplates } from '../rules/alert-template.ts';
import type { Sample } from '../rules/alerting-rule.ts';
import type { RuleGroup } from '../rules/rule-group.ts';
import type { AlertHistory } from './alert-history.ts';
import { type GroupRuler, startGroupRuler } from './group-ruler.ts';
import { samplesOverTime } from './loki-samples.ts';
import type { RecordedLine } from './recorded-lines.ts';
import { openTestStack, plainLimits } from './test-stack.ts';

/**
 * Runs rules over logs of the past and tells when each would have fired. A recording is put into the embedded store line by
 * line, as time goes by; of a Loki the same is asked in one range query for each rule, whose steps are the evaluations.
 */
export interface Backtest {
  readonly startMs: number;
  readonly endMs: number;
  /** Of alerting rules; times of snapshots are milliseconds since the epoch. */
  readonly histories: readonly AlertHistory[];
  readonly recordings: readonly RecordingSummary[];
  /** Rules that failed, with the text of the first failure. */
  readonly failures: readonly { readonly rule: string; readonly error: string }[];
}

export interface RecordingSummary {
  readonly record: string;
  readonly series: number;
  readonly samples: number;
}

export interface BacktestOptions {
  readonly groups: readonly RuleGroup[];
  readonly tenant: Tenant;
  readonly evaluationIntervalMs: number;
  readonly signal?: AbortSignal;
}

/** Which samples a rule sees at a time. `advanceTo` is called before the evaluations of that time. */
interface Source {
  advanceTo(atMs: number): Promise<void>;
  query(tenant: Tenant, expression: string, atMs: number): Promise<readonly Sample[]>;
}

export async function backtestRecording(lines: readonly RecordedLine[], options: BacktestOptions): Promise<Backtest> {
  const startMs = Math.floor(Number((lines[0]?.timestampNs ?? 0n) / 1_000_000n) / 60_000) * 60_000;
  const endMs = Number((lines.at(-1)?.timestampNs ?? 0n) / 1_000_000n);
  const stack = await openTestStack(startMs, () => plainLimits);
  const startNs = BigInt(startMs) * 1_000_000n;
  let next = 0;
  try {
    return await run(options, startMs, endMs, {
      async advanceTo(atMs) {
        const untilNs = BigInt(atMs) * 1_000_000n;
        for (const [labels, rows] of dueStreams(untilNs)) {
          await stack.push(
            options.tenant,
            labels,
            rows.map(({ timestampNs, line }) => ({
              atMs: Number(timestampNs - startNs) / 1e6,
              line,
              structuredMetadata: [],
            })),
          );
        }
        await stack.advanceTo(atMs - startMs);
      },
      query: (tenant, expression, atMs) => stack.querySamples(tenant, expression, atMs - startMs),
    });
  } finally {
    await stack.close();
  }

  function dueStreams(untilNs: bigint): Map<RecordedLine['labels'], RecordedLine[]> {
    const streams = new Map<RecordedLine['labels'], RecordedLine[]>();
    for (; next < lines.length && lines[next]!.timestampNs <= untilNs; next++) {
      const line = lines[next]!;
      const rows = streams.get(line.labels);
      if (rows === undefined) streams.set(line.labels, [line]);
      else rows.push(line);
    }
    return streams;
  }
}

export async function backtestLoki(
  client: LokiClient,
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
  options: BacktestOptions,
): Promise<Backtest> {
  const known = new Map<string, Promise<ReadonlyMap<number, readonly Sample[]>>>();
  const stepOf = new Map(
    options.groups.flatMap((group) =>
      group.rules.map(({ expression }) => [expression, group.intervalMs || options.evaluationIntervalMs] as const),
    ),
  );
  return run(options, startMs, endMs, {
    async advanceTo() {},
    async query(_tenant, expression, atMs) {
      const stepMs = stepOf.get(expression)!;
      let samples = known.get(expression);
      if (samples === undefined) {
        const range = { startMs: firstTick(startMs, stepMs), endMs, stepMs };
        samples = samplesOverTime(client, expression, range, options.signal);
        known.set(expression, samples);
      }
      return (await samples).get(atMs) ?? [];
    },
  });
}

const firstTick = (startMs: number, intervalMs: number): number => Math.ceil(startMs / intervalMs) * intervalMs;

async function run(
  { groups, tenant, evaluationIntervalMs, signal }: BacktestOptions,
  startMs: number,
  endMs: number,
  source: Source,
): Promise<Backtest> {
  const { expand } = createAlertTemplates({ externalUrl: '', externalLabels: {} });
  const rulers: GroupRuler[] = [];
  const histories: AlertHistory[] = [];
  const recordings = new Map<string, { series: Set<string>; samples: number }>();
  const failures = new Map<string, string>();
  try {
    for (const group of groups)
      rulers.push(await startGroupRuler({ group, tenant, evaluationIntervalMs, expand, query: source.query }));
    const byRule = new Map<string, AlertHistory>();
    for (const atMs of ticks(rulers, startMs, endMs)) {
      if (signal?.aborted) break;
      await source.advanceTo(atMs);
      for (const [index, ruler] of rulers.entries()) {
        if (atMs % ruler.intervalMs !== 0) continue;
        const { rules, recorded } = await ruler.evaluate(atMs);
        for (const [position, { rule, alerts, health, lastError }] of rules.entries()) {
          if (health === 'err' && !failures.has(rule.name)) failures.set(rule.name, lastError);
          if (rule.kind === 'recording') {
            const summary = recordings.get(rule.name) ?? { series: new Set(), samples: 0 };
            for (const { labels, stale } of recorded) {
              if (stale || !labels.some(({ name, value }) => name === '__name__' && value === rule.name)) continue;
              summary.series.add(JSON.stringify(labels));
              summary.samples++;
            }
            recordings.set(rule.name, summary);
            continue;
          }
          const key = `${index}.${position}`;
          let history = byRule.get(key);
          if (history === undefined) {
            history = { alertName: rule.name, tenant, snapshots: [] };
            byRule.set(key, history);
            histories.push(history);
          }
          history.snapshots.push({ atMs, alerts });
        }
      }
    }
  } finally {
    for (const ruler of rulers) await ruler.stop();
  }
  return {
    startMs,
    endMs,
    histories,
    recordings: [...recordings].map(([record, { series, samples }]) => ({ record, series: series.size, samples })),
    failures: [...failures].map(([rule, error]) => ({ rule, error })),
  };
}

/** All evaluations in the order of time; groups are evaluated at multiples of their interval since the epoch. */
function* ticks(rulers: readonly GroupRuler[], startMs: number, endMs: number): Generator<number> {
  const intervals = [...new Set(rulers.map(({ intervalMs }) => intervalMs))];
  const next = intervals.map((intervalMs) => firstTick(startMs, intervalMs));
  for (;;) {
    const atMs = Math.min(...next);
    if (!(atMs <= endMs)) return;
    yield atMs;
    for (const [index, intervalMs] of intervals.entries()) if (next[index] === atMs) next[index] = atMs + intervalMs;
  }
}
