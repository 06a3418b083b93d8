import { type Expression, walk } from '@cordwood/logql';
import { type Labels, printLabels } from '../model/labels.ts';
import type { Limits } from '../model/limits.ts';
import { compareLabels, compareText, labelsKey } from './label-sets.ts';
import { clampStart } from './query-limits.ts';
import { entriesIn, sumSelectStatistics } from './query-statistics.ts';
import type { QueryData, QueryRequest, QueryResult, ResultEntry, ResultSeries, ResultStream } from './request.ts';
import { limitSeries } from './series-limit.ts';
import { stepsOf } from './step-series.ts';

/**
 * One query as several over parts of its time, whose answers together are the answer of the whole.
 *
 * A metric query is cut between steps: every operator of LogQL works step by step, so a part is exact whatever the expression
 * is, and parts only read twice what windows on both sides of a cut share. A log query is cut at moments: its parts, in the order of its direction,
 * give entries until there are enough. Queries that cannot be cut stay whole: one step, entries at intervals, a plan that counts
 * what was read, and operators that look at a series as a whole when they make labels equal.
 */
export function splitQuery(
  request: QueryRequest,
  partsMax: number,
  limits: Limits,
  nowNs: bigint,
): readonly QueryRequest[] {
  const startNs = clampStart(request.startNs, request.endNs, nowNs, limits);
  if (partsMax < 2 || startNs === undefined || request.explain === true) return [request];
  return request.expression.kind === 'log'
    ? splitLog(request, partsMax, startNs)
    : splitMetric(request, partsMax, startNs, limits);
}

function splitMetric(
  request: QueryRequest,
  partsMax: number,
  startNs: bigint,
  limits: Limits,
): readonly QueryRequest[] {
  if (request.kind === 'instant' || !isStepwise(request.expression)) return [request];
  const steps = stepsOf(request, startNs, limits);
  const perPart = Math.ceil(steps.stepCount / partsMax);
  const parts: QueryRequest[] = [];
  for (let first = 0; first < steps.stepCount; first += perPart) {
    const last = Math.min(first + perPart, steps.stepCount) - 1;
    parts.push({
      ...request,
      startNs: steps.startNs + BigInt(first) * steps.stepNs,
      endNs: steps.startNs + BigInt(last) * steps.stepNs,
    });
  }
  return parts;
}

/** Nothing makes two series with equal labels: whether those become one depends on all their steps. */
function isStepwise(expression: Expression): boolean {
  if (expression.kind === 'variants') return false;
  for (const node of walk(expression)) {
    if (node.kind === 'labelReplace' || (node.kind === 'binaryExpression' && node.operator === 'or')) return false;
  }
  return true;
}

function splitLog(request: QueryRequest, partsMax: number, startNs: bigint): readonly QueryRequest[] {
  const { endNs, intervalNs, direction } = request;
  const lengthNs = endNs - startNs;
  if (intervalNs > 0n || lengthNs < BigInt(partsMax)) return [request];
  const cuts = Array.from({ length: partsMax + 1 }, (_, i) => startNs + (lengthNs * BigInt(i)) / BigInt(partsMax));
  const parts = Array.from({ length: partsMax }, (_, i) => ({
    ...request,
    startNs: cuts[i]!,
    endNs: cuts[i + 1]!,
    ordered: true,
  }));
  return direction === 'forward' ? parts : parts.reverse();
}

/** The answer of the whole out of those of the first parts; a log query need not wait for more parts than `isEnough` says. */
export function joinParts(request: QueryRequest, results: readonly QueryResult[], limits: Limits): QueryResult {
  if (results.length === 1) return results[0]!;
  const warnings = [...new Set(results.flatMap((result) => result.warnings))];
  const parts = results.map((result) => result.statistics);
  const data =
    request.expression.kind === 'log'
      ? joinStreams(results, request.limit, request.ordered === true)
      : joinMatrices(results, limits, request.tags, warnings);
  const statistics = {
    ...sumSelectStatistics(parts),
    postFilterRows: parts.reduce((sum, part) => sum + part.postFilterRows, 0),
    entriesReturned: entriesIn(data),
    executionMs: Math.max(...parts.map((part) => part.executionMs)),
  };
  return { ...data, warnings: [...new Set(warnings)], statistics };
}

/** Do these first parts of a log query have all the entries that its answer can have? */
export function isEnough(request: QueryRequest, results: readonly QueryResult[]): boolean {
  return results.reduce((sum, result) => sum + result.statistics.entriesReturned, 0) >= request.limit;
}

function joinStreams(results: readonly QueryResult[], limit: number, ordered: boolean): QueryData {
  const joined = new Map<string, ResultStream & { readonly entries: ResultEntry[] }>();
  const order: ResultStream[] = [];
  for (const result of results) {
    if (result.kind !== 'streams') continue;
    const targets = result.streams.map((stream) => {
      const key = labelsKey(stream.labels);
      const target = joined.get(key) ?? { ...stream, entries: [] };
      joined.set(key, target);
      return target;
    });
    const positions = new Uint32Array(result.streams.length);
    for (const place of result.order!) {
      if (order.length === limit) break;
      targets[place]!.entries.push(result.streams[place]!.entries[positions[place]!++]!);
      order.push(targets[place]!);
    }
  }
  const streams = sortedByText([...joined.values()].filter(({ entries }) => entries.length > 0));
  if (!ordered) return { kind: 'streams', streams };
  const places = new Map<ResultStream, number>(streams.map((stream, place) => [stream, place]));
  return { kind: 'streams', streams, order: Uint32Array.from(order, (stream) => places.get(stream)!) };
}

function sortedByText<Stream extends { readonly labels: Labels }>(streams: readonly Stream[]): Stream[] {
  const named = streams.map((stream) => ({ stream, text: printLabels(stream.labels) }));
  return named.sort((a, b) => compareText(a.text, b.text)).map(({ stream }) => stream);
}

function joinMatrices(
  results: readonly QueryResult[],
  limits: Limits,
  tags: string | undefined,
  warnings: string[],
): QueryData {
  const byLabels = new Map<string, ResultSeries[]>();
  for (const result of results) {
    if (result.kind !== 'matrix') continue;
    for (const series of result.series) {
      const key = labelsKey(series.labels);
      const pieces = byLabels.get(key);
      if (pieces === undefined) byLabels.set(key, [series]);
      else pieces.push(series);
    }
  }
  const series = [...byLabels.values()].map(joinPieces).sort((a, b) => compareLabels(a.labels, b.labels));
  return { kind: 'matrix', series: limitSeries(series, limits.maxQuerySeries, tags, warnings) };
}

function joinPieces(pieces: readonly ResultSeries[]): ResultSeries {
  const [first] = pieces;
  if (pieces.length === 1) return first!;
  const length = pieces.reduce((sum, piece) => sum + piece.values.length, 0);
  const timestampsMs = new Float64Array(length);
  const values = new Float64Array(length);
  let at = 0;
  for (const piece of pieces) {
    timestampsMs.set(piece.timestampsMs, at);
    values.set(piece.values, at);
    at += piece.values.length;
  }
  return { labels: first!.labels, timestampsMs, values };
}
