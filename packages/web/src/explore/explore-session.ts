/**
 * What the explore view shows and how it gets there: runs the query, its volume and the live tail, and makes sure that only
 * the newest question is answered (an older request is cancelled). Knows no DOM; the view draws `state`.
 */
import type { Expression, LogExpression } from '@cordwood/logql';
import { print } from '@cordwood/logql';
import { type Volume, volumeOf, volumePoints } from '../chart/volume-buckets.ts';
import type { AnsweredStream, QueryStatistics, Series } from '../client/answers.ts';
import { ApiFailure, isAbort } from '../client/api-failure.ts';
import type { LokiClient, TenantChoice } from '../client/loki-client.ts';
import type { Tail, TailOptions, TailState } from '../client/tail.ts';
import { type LogRow, mergeRows, newestRows, type RowOrder, rowsOf, sortRows } from '../lines/log-row.ts';
import { volumeQuery } from '../query/volume-query.ts';
import { apiRange, last, type MsRange, type RangeChoice, resolveRange } from '../time/range-choice.ts';
import { roundStepMs } from '../time/step.ts';

export interface ExploreRequest {
  readonly tenant: TenantChoice;
  readonly expression: Expression;
  readonly range: RangeChoice;
  readonly limit: number;
  readonly order: RowOrder;
}

export type Phase = 'idle' | 'loading' | 'done' | 'failed';

export interface FollowState {
  readonly connection: TailState;
  readonly paused: boolean;
  /** Lines that came while paused. */
  readonly waitingCount: number;
  /** Lines that the server dropped because this page was too slow. */
  readonly droppedCount: number;
}

export interface ExploreState {
  readonly phase: Phase;
  /** The question that rows or series answer; undefined before the first. */
  readonly asked: (ExploreRequest & { readonly resolved: MsRange }) | undefined;
  readonly rows: readonly LogRow[];
  /** Whether the range holds more rows than the limit let through. */
  readonly more: boolean;
  readonly loadingMore: boolean;
  readonly series: readonly Series[];
  readonly stepMs: number;
  readonly statistics: QueryStatistics | undefined;
  readonly warnings: readonly string[];
  readonly failure: ApiFailure | undefined;
  readonly volumePhase: Phase;
  readonly volume: Volume | undefined;
  readonly volumeRange: MsRange | undefined;
  readonly volumeFailure: ApiFailure | undefined;
  readonly follow: FollowState | undefined;
}

export interface ExploreSession {
  readonly state: () => ExploreState;
  run(request: ExploreRequest): Promise<void>;
  /** The next rows beyond the last one shown. */
  loadMore(): Promise<void>;
  follow(): void;
  pause(paused: boolean): void;
  unfollow(): void;
  close(): void;
}

export interface ExploreSessionOptions {
  readonly client: LokiClient;
  readonly nowMs: () => number;
  readonly setTimer: (run: () => void, afterMs: number) => () => void;
  readonly createTail: (
    options: Pick<TailOptions, 'tenant' | 'query' | 'startNs' | 'limit' | 'onStreams' | 'onState'>,
  ) => Tail;
  /** How many bars and points there is room for. */
  readonly barsMax: () => number;
  readonly onChange: (state: ExploreState) => void;
}

/** Older rows go when a tail brings more than this: the page stays quick however long it follows. */
export const followRowsMax = 5000;
/** Rows that "load more" may bring together. */
export const loadedRowsMax = 50_000;
const tailHistoryMax = 1000;
/** Rows that arrive in bursts are drawn together. */
const drawEveryMs = 120;
const volumeEveryMs = 5000;

const nothing: ExploreState = {
  phase: 'idle',
  asked: undefined,
  rows: [],
  more: false,
  loadingMore: false,
  series: [],
  stepMs: 1000,
  statistics: undefined,
  warnings: [],
  failure: undefined,
  volumePhase: 'idle',
  volume: undefined,
  volumeRange: undefined,
  volumeFailure: undefined,
  follow: undefined,
};

export function createExploreSession(options: ExploreSessionOptions): ExploreSession {
  let state = nothing;
  let running = new AbortController();
  let tail: Tail | undefined;
  let arrived: LogRow[] = [];
  let cancelDraw: (() => void) | undefined;
  let cancelVolume: (() => void) | undefined;

  const set = (patch: Partial<ExploreState>) => {
    state = { ...state, ...patch };
    options.onChange(state);
  };

  /** Runs a part of the work; an abort ends it quietly, a failure goes where the part wants it. */
  async function attempt(work: () => Promise<void>, failed: (failure: ApiFailure) => void): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (isAbort(error)) return;
      if (!(error instanceof ApiFailure)) throw error;
      failed(error);
    }
  }

  async function run(request: ExploreRequest): Promise<void> {
    stopTail();
    running.abort();
    running = new AbortController();
    const { signal } = running;
    const resolved = resolveRange(request.range, options.nowMs());
    const asked = { ...request, resolved };
    const { expression } = request;
    const sameShape =
      state.asked !== undefined && (state.asked.expression.kind === 'log') === (expression.kind === 'log');
    // What is on the screen stays until the answer is there, unless it answers another kind of question.
    set({
      ...(sameShape ? {} : { rows: [], series: [], volume: undefined }),
      phase: 'loading',
      asked,
      failure: undefined,
      loadingMore: false,
      warnings: [],
      follow: undefined,
      volumePhase: expression.kind === 'log' ? 'loading' : 'idle',
      volumeFailure: undefined,
    });
    if (expression.kind === 'log') {
      await Promise.all([runLines(asked, expression, signal), runVolume(asked, expression, resolved, signal)]);
    } else await runSeries(asked, signal);
  }

  type Asked = NonNullable<ExploreState['asked']>;

  async function askLines(asked: Asked, range: { startNs: bigint; endNs: bigint }, signal: AbortSignal) {
    const answer = await options.client.queryRange(
      asked.tenant,
      {
        query: print(asked.expression),
        range,
        limit: asked.limit,
        direction: asked.order === 'newest' ? 'backward' : 'forward',
      },
      signal,
    );
    return { ...answer, rows: rowsOf(answer.kind === 'streams' ? answer.streams : [], asked.order) };
  }

  function runLines(asked: Asked, _log: LogExpression, signal: AbortSignal): Promise<void> {
    return attempt(
      async () => {
        const { rows, statistics, warnings } = await askLines(asked, apiRange(asked.resolved), signal);
        set({ phase: 'done', rows, statistics, warnings, more: rows.length >= asked.limit, series: [] });
      },
      (failure) => set({ phase: 'failed', failure, rows: [], more: false }),
    );
  }

  function runVolume(asked: Asked, log: LogExpression, range: MsRange, signal: AbortSignal): Promise<void> {
    const stepMs = roundStepMs(range.endMs - range.startMs, options.barsMax());
    return attempt(
      async () => {
        const answer = await options.client.queryRange(
          asked.tenant,
          { query: print(volumeQuery(log, stepMs)), range: apiRange(volumePoints(range, stepMs)), stepMs },
          signal,
        );
        const series = answer.kind === 'series' ? answer.series : [];
        set({ volumePhase: 'done', volume: volumeOf(series, range, stepMs), volumeRange: range });
      },
      (volumeFailure) => set({ volumePhase: 'failed', volumeFailure, volume: undefined }),
    );
  }

  function runSeries(asked: Asked, signal: AbortSignal): Promise<void> {
    const { resolved } = asked;
    const stepMs = roundStepMs(resolved.endMs - resolved.startMs, options.barsMax() * 2);
    return attempt(
      async () => {
        const answer = await options.client.queryRange(
          asked.tenant,
          { query: print(asked.expression), range: apiRange(resolved), stepMs },
          signal,
        );
        const series = answer.kind === 'series' ? answer.series : [];
        set({ phase: 'done', series, stepMs, statistics: answer.statistics, warnings: answer.warnings, rows: [] });
      },
      (failure) => set({ phase: 'failed', failure, series: [] }),
    );
  }

  async function loadMore(): Promise<void> {
    const { asked, rows, more, loadingMore } = state;
    const edge = rows.at(-1);
    if (!asked || !edge || !more || loadingMore || state.phase !== 'done') return;
    const { signal } = running;
    const whole = apiRange(asked.resolved);
    const edgeNs = BigInt(edge.timestampNs);
    // The edge's own instant is asked for again: it may hold more entries than the limit let through.
    const range = asked.order === 'newest' ? { ...whole, endNs: edgeNs + 1n } : { ...whole, startNs: edgeNs };
    set({ loadingMore: true, failure: undefined });
    await attempt(
      async () => {
        const answer = await askLines(asked, range, signal);
        const merged = mergeRows(state.rows, answer.rows, asked.order);
        const grew = merged.length > state.rows.length;
        set({
          loadingMore: false,
          rows: merged,
          more: grew && answer.rows.length >= asked.limit && merged.length < loadedRowsMax,
        });
      },
      (failure) => set({ loadingMore: false, failure }),
    );
  }

  // --- follow ---

  function follow(): void {
    const { asked } = state;
    if (asked?.expression.kind !== 'log' || tail) return;
    const log = asked.expression;
    running.abort();
    running = new AbortController();
    const { signal } = running;
    const newest = asked.order === 'newest' ? state.rows[0] : state.rows.at(-1);
    const live: RangeChoice = asked.range.kind === 'last' ? asked.range : last(15 * 60_000);
    const nowMs = options.nowMs();
    const startNs =
      newest && asked.range.kind === 'last' ? BigInt(newest.timestampNs) : apiRange(resolveRange(live, nowMs)).startNs;
    set({
      phase: 'done',
      // Lines of last week and lines of now would look like neighbours.
      rows: asked.range.kind === 'last' ? state.rows : [],
      volumePhase: state.volume ? 'done' : 'loading',
      loadingMore: false,
      follow: { connection: { kind: 'connecting' }, paused: false, waitingCount: 0, droppedCount: 0 },
    });
    tail = options.createTail({
      tenant: asked.tenant,
      query: print(log),
      startNs,
      limit: tailHistoryMax,
      onStreams: takeStreams,
      onState: (connection) => state.follow && set({ follow: { ...state.follow, connection } }),
    });
    const refreshVolume = () => {
      const range = resolveRange(live, options.nowMs());
      void runVolume(asked, log, range, signal).then(() => {
        if (!signal.aborted) cancelVolume = options.setTimer(refreshVolume, volumeEveryMs);
      });
    };
    refreshVolume();
  }

  function takeStreams(streams: readonly AnsweredStream[], droppedCount: number): void {
    if (!state.follow || !state.asked) return;
    if (droppedCount > 0) set({ follow: { ...state.follow, droppedCount: state.follow.droppedCount + droppedCount } });
    arrived.push(...rowsOf(streams, 'oldest'));
    if (arrived.length > 2 * followRowsMax) arrived = sortRows(arrived, 'oldest').slice(-followRowsMax);
    cancelDraw ??= options.setTimer(draw, drawEveryMs);
  }

  function draw(): void {
    cancelDraw = undefined;
    if (!state.follow || !state.asked) return;
    if (state.follow.paused) {
      set({ follow: { ...state.follow, waitingCount: arrived.length } });
      return;
    }
    const { order } = state.asked;
    // Of equal timestamps the later arrival is the newer entry.
    const merged =
      order === 'newest'
        ? mergeRows(state.rows, arrived.toReversed(), order, 'before')
        : mergeRows(state.rows, arrived, order);
    arrived = [];
    const kept = newestRows(merged, Math.max(followRowsMax, state.asked.limit), order);
    set({ rows: kept, more: state.more || kept.length < merged.length, follow: { ...state.follow, waitingCount: 0 } });
  }

  function pause(paused: boolean): void {
    if (state.follow === undefined || state.follow.paused === paused) return;
    set({ follow: { ...state.follow, paused } });
    if (!paused) draw();
  }

  function stopTail(): void {
    tail?.stop();
    tail = undefined;
    cancelDraw?.();
    cancelDraw = undefined;
    cancelVolume?.();
    cancelVolume = undefined;
    arrived = [];
  }

  function unfollow(): void {
    if (!state.follow) return;
    if (arrived.length > 0 && !state.follow.paused) draw();
    stopTail();
    running.abort();
    running = new AbortController();
    set({ follow: undefined });
  }

  return {
    state: () => state,
    run,
    loadMore,
    follow,
    pause,
    unfollow,
    close() {
      stopTail();
      running.abort();
    },
  };
}
