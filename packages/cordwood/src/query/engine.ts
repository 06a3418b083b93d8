import { type Expression, type LogExpression, print, type RangeAggregation } from '@cordwood/logql';
import type { Batch } from '../model/batch.ts';
import { RequestError } from '../model/failure.ts';
import type { Limits, LimitsFor } from '../model/limits.ts';
import type { Predicate } from '../model/predicate.ts';
import type { Select, SelectStatistics } from '../model/select-request.ts';
import type { Tenant } from '../model/tenant.ts';
import type { TimeRange } from '../model/time-range.ts';
import { explain } from './explain.ts';
import { compareLabels, labelsKey } from './label-sets.ts';
import type { Pipeline } from './line/pipeline.ts';
import { LogLimiter, type LogPlan, type LogRow, LogRows, planLog, ResultStreams } from './log-evaluator.ts';
import { constantSeries, evaluateMetric, evaluateVariants, isSorted, type MetricContext } from './metric-evaluator.ts';
import { checkQuery, clampStart, strictestLimits } from './query-limits.ts';
import { entriesIn, noSelectStatistics, sumSelectStatistics } from './query-statistics.ts';
import { QueryTrace } from './query-trace.ts';
import { planRange, RangeEvaluation } from './range/range-evaluator.ts';
import type { QueryData, QueryRequest, QueryResult, QueryStatistics, ResultSeries } from './request.ts';
import { limitSeries, takesPartial, tooManySeries } from './series-limit.ts';
import { isSplittable } from './split-instant.ts';
import { type StepSeries, type Steps, stepsOf } from './step-series.ts';
import { compileValueMatcher } from './stream-matchers.ts';
import { addTenantLabel, tenantLabel } from './tenant-label.ts';
import { withoutParentheses } from './without-parentheses.ts';

export interface EngineOptions {
  readonly select: Select;
  readonly clock: EngineClock;
  readonly limitsFor: LimitsFor;
}

/** The part of a clock that queries need (fits world/clock.ts). */
export interface EngineClock {
  nowNs(): bigint;
  monotonicMs(): number;
  after(delayMs: number, callback: () => void): () => void;
}

export interface Engine {
  /** Runs one query to its end. Throws RequestError for what Loki would refuse, WorldError when the source fails. */
  run(request: QueryRequest): Promise<QueryResult>;
}

/** Runs LogQL over any source of batches. */
export function createEngine(options: EngineOptions): Engine {
  return {
    async run(request) {
      const limits = strictestLimits(request.tenants.map(request.limitsFor ?? options.limitsFor));
      checkQuery(request, request.text ?? print(request.expression), limits);
      const execution = new Execution(options, request, limits);
      try {
        return await execution.run();
      } finally {
        execution.end();
      }
    },
  };
}

const cancelledText = 'the request was cancelled by the client';
const timeoutText =
  'request timed out, decrease the duration of the request or add more label matchers (prefer exact match over regex match) to reduce the amount of data processed';

/** Between two turns of the event loop a query works this long, so that a long one does not starve everybody else. */
const workMs = 20;

/** One query while it runs. */
class Execution {
  readonly #options: EngineOptions;
  readonly #request: QueryRequest;
  readonly #limits: Limits;
  readonly #startedMs: number;
  readonly #abort = new AbortController();
  /** Of each read of the store. */
  readonly #reads: SelectStatistics[] = [];
  readonly #trace: QueryTrace | undefined;
  readonly #warnings: string[] = [];
  readonly #cancelTimeout: () => void;
  readonly #onCancel = () => this.#abort.abort(new RequestError(499, cancelledText));
  #rowsPassed = 0;
  #turnMs: number;

  constructor(options: EngineOptions, request: QueryRequest, limits: Limits) {
    this.#options = options;
    this.#request = request;
    this.#limits = limits;
    this.#trace = request.explain === true ? new QueryTrace() : undefined;
    this.#startedMs = options.clock.monotonicMs();
    this.#turnMs = this.#startedMs;
    this.#cancelTimeout =
      limits.queryTimeoutMs === 0
        ? () => {}
        : options.clock.after(limits.queryTimeoutMs, () => this.#abort.abort(new RequestError(504, timeoutText)));
    if (request.signal?.aborted) this.#onCancel();
    else request.signal?.addEventListener('abort', this.#onCancel);
  }

  end(): void {
    this.#cancelTimeout();
    this.#request.signal?.removeEventListener('abort', this.#onCancel);
  }

  async run(): Promise<QueryResult> {
    const { expression, kind, endNs } = this.#request;
    this.#abort.signal.throwIfAborted();
    const startNs = clampStart(this.#request.startNs, endNs, this.#options.clock.nowNs(), this.#limits);
    const data =
      startNs === undefined
        ? emptyData(expression, kind)
        : expression.kind === 'log'
          ? await this.#runLog(expression, { startNs, endNs })
          : await this.#runMetric(expression, startNs);
    this.#abort.signal.throwIfAborted();
    const { limit, direction } = this.#request;
    const trace = this.#trace;
    return {
      ...data,
      statistics: this.#finishStatistics(data),
      warnings: this.#warnings,
      plan:
        trace === undefined
          ? undefined
          : explain(expression, { steps: this.#steps(startNs ?? this.#request.startNs), limit, direction, trace }),
    };
  }

  #finishStatistics(data: QueryData): QueryStatistics {
    return {
      ...sumSelectStatistics(this.#reads),
      postFilterRows: this.#rowsPassed,
      entriesReturned: entriesIn(data),
      executionMs: this.#options.clock.monotonicMs() - this.#startedMs,
    };
  }

  // --- reading -----------------------------------------------------------------------------------------------------------

  /** Batches of one tenant. Lets others have a turn now and then, and stops when the query is cancelled or out of time. */
  async *#batches(
    tenant: Tenant,
    range: TimeRange,
    predicate: Predicate,
    order: 'time' | 'any',
    statistics: SelectStatistics,
  ): AsyncGenerator<Batch, void> {
    const { clock, select } = this.#options;
    const signal = this.#abort.signal;
    const { direction } = this.#request;
    for await (const batch of select({ tenant, range, predicate, order, direction, signal, statistics })) {
      signal.throwIfAborted();
      yield batch;
      if (clock.monotonicMs() - this.#turnMs >= workMs) {
        await new Promise<void>((resolve) => setImmediate(resolve));
        this.#turnMs = clock.monotonicMs();
      }
      signal.throwIfAborted();
    }
    signal.throwIfAborted();
  }

  /** A read begins: its statistics, which are part of the query's. */
  #beginRead(log: LogExpression, { counts }: Pipeline): SelectStatistics {
    const statistics = noSelectStatistics();
    this.#reads.push(statistics);
    if (counts !== undefined) this.#trace?.reads(log, { counts, statistics });
    return statistics;
  }

  /** Several tenants in one query: results then say whose they are. */
  get #manyTenants(): boolean {
    return this.#request.tenants.length > 1;
  }

  // --- log queries -------------------------------------------------------------------------------------------------------

  async #runLog(expression: LogExpression, range: TimeRange): Promise<QueryData> {
    const { limit, intervalNs, direction, categorizeLabels, ordered } = this.#request;
    const splitNs = BigInt(this.#limits.splitQueriesByIntervalMs) * 1_000_000n;
    const limiter = new LogLimiter({ limit, intervalNs, splitNs, direction });
    const answer = new ResultStreams(categorizeLabels ?? false, ordered ?? false);
    const { tenants, matched } = this.#chosenTenants(expression);
    const plan = planLog(matched, this.#trace !== undefined);
    const statistics = this.#beginRead(expression, plan.pipeline);
    if (!this.#manyTenants) {
      const [tenant] = tenants;
      if (tenant !== undefined) await this.#readTenant(tenant, plan, range, limiter, answer, statistics);
    } else {
      const sequences = tenants.map((tenant) => this.#rowsOfTenant(tenant, plan, range, statistics));
      for await (const row of mergeRows(sequences, direction)) {
        this.#rowsPassed++;
        if (limiter.takes(row.timestampNs)) answer.add(row);
        if (limiter.full) break;
      }
    }
    return answer.finish();
  }

  async #readTenant(
    tenant: Tenant,
    plan: LogPlan,
    range: TimeRange,
    limiter: LogLimiter,
    answer: ResultStreams,
    statistics: SelectStatistics,
  ): Promise<void> {
    const rows = new LogRows(plan, undefined);
    for await (const batch of this.#batches(tenant, range, plan.predicate, 'time', statistics)) {
      rows.read(
        batch,
        (timestampNs) => {
          this.#rowsPassed++;
          return limiter.takes(timestampNs);
        },
        (row) => {
          answer.add(row);
          return !limiter.full;
        },
      );
      if (limiter.full) return;
    }
  }

  async *#rowsOfTenant(
    tenant: Tenant,
    plan: LogPlan,
    range: TimeRange,
    statistics: SelectStatistics,
  ): AsyncGenerator<LogRow, void> {
    const rows = new LogRows(plan, tenant);
    for await (const batch of this.#batches(tenant, range, plan.predicate, 'time', statistics)) {
      const passed: LogRow[] = [];
      rows.read(
        batch,
        () => true,
        (row) => {
          passed.push(row);
          return true;
        },
      );
      yield* passed;
    }
  }

  /** Matchers on `__tenant_id__` choose among several tenants; they are no matchers of streams then (loki.md 3.4). */
  #chosenTenants<E extends LogExpression>(expression: E): { tenants: readonly Tenant[]; matched: E } {
    const { tenants } = this.#request;
    if (!this.#manyTenants) return { tenants, matched: expression };
    const { selector } = expression;
    const choosing = selector.matchers.filter((matcher) => matcher.name === tenantLabel);
    if (choosing.length === 0) return { tenants, matched: expression };
    const tests = choosing.map(({ operator, value }) => compileValueMatcher(operator, value));
    const matchers = selector.matchers.filter((matcher) => matcher.name !== tenantLabel);
    return {
      tenants: tenants.filter((tenant) => tests.every((matches) => matches(tenant))),
      matched: { ...expression, selector: { ...selector, matchers } },
    };
  }

  // --- metric queries ----------------------------------------------------------------------------------------------------

  async #runMetric(expression: Exclude<Expression, LogExpression>, startNs: bigint): Promise<QueryData> {
    const { kind } = this.#request;
    const steps = this.#steps(startNs);
    const context: MetricContext = {
      steps,
      kind,
      splitInstantNs: this.#splitInstantNs(expression),
      approxTopkEnabled: this.#limits.shardAggregations.includes('approx_topk'),
      trace: this.#trace,
      evaluateRange: (aggregation, outerSum) => this.#evaluateRange(aggregation, steps, outerSum),
    };
    if (expression.kind === 'variants') {
      if (!this.#limits.enableMultiVariantQueries) {
        throw new RequestError(
          400,
          'variants queries are disabled for this tenant (limits_config.enable_multi_variant_queries)',
        );
      }
      return this.#answer(await evaluateVariants(expression, context), steps, false);
    }
    const result = await evaluateMetric(expression, context);
    if (typeof result !== 'number') return this.#answer(result, steps, isSorted(expression));
    if (kind === 'instant') return { kind: 'scalar', timestampMs: stepMs(steps, 0), value: result };
    return this.#answer([constantSeries(result, steps.stepCount)], steps, false);
  }

  #splitInstantNs(expression: Exclude<Expression, LogExpression>): bigint {
    const { kind, splitInstant } = this.#request;
    const cut =
      kind === 'instant' && splitInstant === true && expression.kind !== 'variants' && isSplittable(expression);
    return cut ? BigInt(this.#limits.splitInstantMetricQueriesByIntervalMs) * 1_000_000n : 0n;
  }

  #steps(startNs: bigint): Steps {
    return stepsOf(this.#request, startNs, this.#limits);
  }

  async #evaluateRange(
    aggregation: RangeAggregation,
    steps: Steps,
    outerSum: Parameters<typeof planRange>[2],
  ): Promise<StepSeries[]> {
    const { tenants, matched } = this.#chosenTenants(aggregation.range.log);
    const ofTenants = { ...aggregation, range: { ...aggregation.range, log: matched } };
    const plan = planRange(ofTenants, steps, outerSum, this.#trace !== undefined);
    const statistics = this.#beginRead(aggregation.range.log, plan.pipeline);
    const { startNs, endNs } = plan.windows;
    // Windows are open on the left and closed on the right; a select is the other way round.
    const range = { startNs: startNs + 1n, endNs: endNs + 1n };
    // absent_over_time says that nobody has anything; all other series belong to a tenant.
    const together = aggregation.operation === 'absent_over_time';
    const out: StepSeries[] = [];
    const seriesMax = this.#seriesMaxOf(aggregation);
    let evaluation = new RangeEvaluation(plan);
    for (const tenant of tenants) {
      if (together) evaluation.nextTenant();
      else evaluation = new RangeEvaluation(plan);
      if (endNs > startNs) {
        for await (const batch of this.#batches(tenant, range, plan.predicate, 'any', statistics)) {
          evaluation.add(batch);
          if (evaluation.seriesCount > seriesMax) throw tooManySeries(seriesMax);
        }
      }
      this.#rowsPassed += evaluation.rowsPassed;
      evaluation.rowsPassed = 0;
      if (together) continue;
      const series = evaluation.finish();
      if (!this.#manyTenants) return series;
      for (const one of series) out.push({ ...one, labels: addTenantLabel(one.labels, tenant) });
    }
    return together ? evaluation.finish() : out;
  }

  /** Every series of the outermost aggregation is in the answer, so that reading may stop when there are too many. */
  #seriesMaxOf(aggregation: RangeAggregation): number {
    const { expression, tags } = this.#request;
    const { maxQuerySeries } = this.#limits;
    const outermost = expression.kind === 'parenthesized' ? withoutParentheses(expression) : expression;
    return maxQuerySeries > 0 && outermost === aggregation && !takesPartial(tags)
      ? maxQuerySeries
      : Number.POSITIVE_INFINITY;
  }

  #answer(series: readonly StepSeries[], steps: Steps, sorted: boolean): QueryData {
    const kept = this.#limitSeries(series);
    if (this.#request.kind === 'instant') {
      const timestampMs = stepMs(steps, 0);
      const samples = kept
        .filter((one) => one.present[0] === 1)
        .map((one) => ({ labels: one.labels, timestampMs, value: one.values[0]! }));
      if (!sorted) samples.sort((a, b) => compareLabels(a.labels, b.labels));
      return { kind: 'vector', samples };
    }
    const matrix = kept.map((one) => pointsOf(one, steps));
    matrix.sort((a, b) => compareLabels(a.labels, b.labels));
    return { kind: 'matrix', series: matrix };
  }

  #limitSeries(series: readonly StepSeries[]): readonly StepSeries[] {
    const filled = joinEqualSeries(series.filter((one) => one.present.includes(1)));
    return limitSeries(filled, this.#limits.maxQuerySeries, this.#request.tags, this.#warnings);
  }
}

/** Rows of several ordered sequences in one order; of equal times the earlier sequence comes first. */
async function* mergeRows(
  sequences: readonly AsyncGenerator<LogRow, void>[],
  direction: QueryRequest['direction'],
): AsyncGenerator<LogRow, void> {
  try {
    const heads = await Promise.all(sequences.map((sequence) => sequence.next()));
    for (;;) {
      let best = -1;
      for (const [index, head] of heads.entries()) {
        if (head.done) continue;
        const current = best < 0 ? undefined : heads[best]!.value;
        const ahead =
          current === undefined ||
          (direction === 'forward'
            ? head.value.timestampNs < current.timestampNs
            : head.value.timestampNs > current.timestampNs);
        if (ahead) best = index;
      }
      if (best < 0) return;
      yield heads[best]!.value as LogRow;
      heads[best] = await sequences[best]!.next();
    }
  } finally {
    await Promise.all(sequences.map((sequence) => sequence.return()));
  }
}

/**
 * Series of equal labels that take turns (`a or vector(0)` at different steps) are one series of the answer. Two with a value
 * at the same step stay apart.
 */
function joinEqualSeries(series: readonly StepSeries[]): StepSeries[] {
  const byLabels = new Map<string, StepSeries[]>();
  for (const one of series) {
    const key = labelsKey(one.labels);
    const same = byLabels.get(key);
    const partner = same?.find((other) => !other.present.some((is, step) => is === 1 && one.present[step] === 1));
    if (same === undefined) byLabels.set(key, [one]);
    else if (partner === undefined) same.push(one);
    else same[same.indexOf(partner)] = join(partner, one);
  }
  return [...byLabels.values()].flat();
}

function join(a: StepSeries, b: StepSeries): StepSeries {
  return {
    labels: a.labels,
    values: a.values.map((value, step) => (b.present[step] === 1 ? b.values[step]! : value)),
    present: a.present.map((is, step) => is | b.present[step]!),
  };
}

function pointsOf(series: StepSeries, steps: Steps): ResultSeries {
  let count = 0;
  for (const is of series.present) count += is;
  const timestampsMs = new Float64Array(count);
  const values = new Float64Array(count);
  const firstMs = stepMs(steps, 0);
  const stepLengthMs = Number(steps.stepNs) / 1e6;
  let at = 0;
  for (let step = 0; step < steps.stepCount; step++) {
    if (series.present[step] === 0) continue;
    timestampsMs[at] = Math.floor(firstMs + step * stepLengthMs);
    values[at++] = series.values[step]!;
  }
  return { labels: series.labels, timestampsMs, values };
}

function stepMs(steps: Steps, step: number): number {
  return Number((steps.startNs + BigInt(step) * steps.stepNs) / 1_000_000n);
}

function emptyData(expression: Expression, kind: QueryRequest['kind']): QueryData {
  if (expression.kind === 'log') return { kind: 'streams', streams: [] };
  return kind === 'instant' ? { kind: 'vector', samples: [] } : { kind: 'matrix', series: [] };
}
