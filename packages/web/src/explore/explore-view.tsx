import { parse, print } from '@cordwood/logql';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { formatBytes, formatSeconds } from '../chart/format-number.ts';
import { SeriesChart } from '../chart/series-chart.tsx';
import { VolumeChart } from '../chart/volume-chart.tsx';
import type { Remedy } from '../client/advice.ts';
import { Icon } from '../controls/icon.tsx';
import { Notice } from '../controls/notice.tsx';
import { RangePicker } from '../controls/range-picker.tsx';
import { useNarrow } from '../controls/use-media.ts';
import { QueryEditor } from '../editor/query-editor.tsx';
import { LineList, type LineListHandle } from '../lines/line-list.tsx';
import type { LogRow } from '../lines/log-row.ts';
import { type ClickedField, filterByField } from '../query/field-filter.ts';
import { chooseLevels, chosenLevels } from '../query/level-filter.ts';
import { lineMarks } from '../query/line-marks.ts';
import { chooseValues } from '../query/selector-edit.ts';
import { skipErrors } from '../query/skip-errors.ts';
import { copyText } from '../shell/clipboard.ts';
import { usePage } from '../shell/page-context.ts';
import { bindShortcuts } from '../shell/shortcuts.ts';
import { limitChoices } from '../state/page-state.ts';
import {
  absolute,
  apiRange,
  describeDurationMs,
  describeLast,
  last,
  type MsRange,
  resolveRange,
  shift,
  widerRange,
  zoomOut,
} from '../time/range-choice.ts';
import { FailureNotice } from './failure-notice.tsx';
import { FollowBar } from './follow-bar.tsx';
import { LevelChips } from './level-chips.tsx';
import { seenFields } from './seen-fields.ts';
import { ServicePicker } from './service-picker.tsx';
import { useExplore } from './use-explore.ts';

/** The main view: a query, its volume or chart, its lines. */
export function ExploreView() {
  const page = usePage();
  const { state, go, preferences, prefer, tenant, announce } = page;
  const { session, explored } = useExplore();
  const [draft, setDraft] = useState(state.query);
  const [asking, setAsking] = useState(0);
  const list = useRef<LineListHandle>(null);
  const narrow = useNarrow();

  useEffect(() => setDraft(state.query), [state.query]);

  const parsedDraft = useMemo(() => parse(draft), [draft]);
  const parsed = useMemo(() => parse(state.query), [state.query]);
  const isLog = (parsed.expression ?? explored.asked?.expression)?.kind === 'log';

  // One effect asks: whatever changes what the URL says asks again.
  useEffect(() => {
    if (!tenant.ready || !parsed.expression) return;
    void session.run({
      tenant: tenant.choice,
      expression: parsed.expression,
      range: state.range,
      limit: state.limit,
      order: state.order,
    });
  }, [session, tenant, parsed, state.range, state.limit, state.order, asking]);

  const askAgain = useCallback(() => setAsking((count) => count + 1), []);
  const run = useCallback(() => {
    if (!parsedDraft.expression) return;
    if (draft === state.query) askAgain();
    else go({ query: draft });
  }, [draft, parsedDraft, state.query, go, askAgain]);

  /** Edits act on what is in the box, so that nothing typed is lost. */
  const edit = useCallback(
    (change: (expression: NonNullable<typeof parsedDraft.expression>) => typeof parsedDraft.expression) => {
      const expression = parsedDraft.expression ?? parsed.expression;
      if (!expression) return;
      const changed = change(expression);
      if (changed) go({ query: print(changed) });
    },
    [parsedDraft, parsed, go],
  );

  const onFilter = useCallback(
    (clicked: ClickedField) => {
      edit((expression) => filterByField(expression, clicked));
      announce(clicked.exclude ? 'Left out' : 'Narrowed', { quiet: true });
    },
    [edit, announce],
  );
  const onTrace = useCallback((id: string) => go({ view: 'trace', id }), [go]);
  const onCopy = useCallback(
    async (text: string, what: string) =>
      announce((await copyText(text)) ? `${what} copied` : 'The browser did not allow copying'),
    [announce],
  );
  const onLink = useCallback(
    async (row: LogRow) => {
      // The link has to find the line again tomorrow: an absolute range around it.
      const width = 5 * 60_000;
      const around = absolute(row.timestampMs - width, row.timestampMs + width);
      const url = new URL(
        page.linkTo({ view: 'explore', tenant: tenant.choice, query: state.query, range: around, at: row.timestampNs }),
        location.href,
      );
      announce((await copyText(url.href)) ? 'Link to this line copied' : 'The browser did not allow copying');
    },
    [page.linkTo, state.query, tenant.choice, announce],
  );

  const onSelect = useCallback((range: MsRange) => go({ range: absolute(range.startMs, range.endMs) }), [go]);
  const following = explored.follow !== undefined;
  const toggleFollow = useCallback(() => {
    if (session.state().follow) session.unfollow();
    else session.follow();
  }, [session]);

  useEffect(
    () =>
      bindShortcuts({
        query: () => document.getElementById('query')?.focus(),
        refresh: askAgain,
        down: () => list.current?.move(1),
        up: () => list.current?.move(-1),
        first: () => list.current?.moveTo(0),
        last: () => list.current?.moveTo(Number.MAX_SAFE_INTEGER),
        copy: () => {
          const row = list.current?.active();
          if (row) void onCopy(row.line, 'Line');
        },
        wrap: () => prefer({ wrap: !preferences.wrap }),
        follow: toggleFollow,
        pause: () => session.pause(!session.state().follow?.paused),
        range: () => document.getElementById('range-button')?.click(),
        earlier: () => go({ range: shift(resolveRange(state.range, Date.now()), -1, Date.now()) }),
        later: () => go({ range: shift(resolveRange(state.range, Date.now()), 1, Date.now()) }),
        wider: () => go({ range: zoomOut(resolveRange(state.range, Date.now()), Date.now()) }),
      }),
    [askAgain, onCopy, prefer, preferences.wrap, toggleFollow, session, go, state.range],
  );

  useEffect(() => {
    if (explored.phase === 'done' && !explored.follow) {
      const count = explored.rows.length;
      announce(isLog ? `${count} ${count === 1 ? 'line' : 'lines'}` : `${explored.series.length} series`, {
        quiet: true,
      });
    }
  }, [explored.phase]);

  const remedies: Partial<Record<Remedy, () => void>> = {
    retry: askAgain,
    narrowRange: () => go({ range: last(15 * 60_000) }),
    lowerLimit: () => go({ limit: 1000 }),
    skipErrors: () => edit(skipErrors),
    pickTenant: () => document.getElementById('tenant-button')?.click(),
  };

  const marks = useMemo(() => lineMarks(parsed.expression), [parsed]);
  const levels = useMemo(() => (parsed.expression ? chosenLevels(parsed.expression) : []), [parsed]);
  const severalServices = useMemo(() => new Set(explored.rows.map((row) => row.service)).size > 1, [explored.rows]);
  const loading = explored.phase === 'loading' || explored.volumePhase === 'loading';
  const server = {
    client: page.client,
    tenant: tenant.choice,
    range: () => apiRange(resolveRange(state.range, Date.now())),
    fields: () => seenFields(session.state().rows),
  };

  return (
    <div class="explore">
      <h1 class="visually-hidden">Explore logs</h1>
      <section class="controls" aria-label="Query">
        <div class="control-row">
          <ServicePicker
            expression={parsedDraft.expression ?? parsed.expression}
            onChoose={(label, services) => edit((expression) => chooseValues(expression, label, services))}
          />
          <RangePicker
            range={state.range}
            zone={preferences.zone}
            onChange={(range) => go({ range })}
            onZone={(zone) => prefer({ zone })}
          />
          <span class="control-end">
            <button
              type="button"
              class="button"
              aria-pressed={following}
              disabled={!isLog || explored.phase === 'failed' || explored.asked === undefined}
              title="Follow new lines ( f )"
              onClick={toggleFollow}
            >
              <Icon name="follow" /> <span class="button-text">{following ? 'Following' : 'Follow'}</span>
            </button>
          </span>
        </div>
        <QueryEditor value={draft} onInput={setDraft} onRun={run} server={server}>
          <button
            type="button"
            class={`button primary run${draft !== state.query ? ' changed' : ''}`}
            disabled={parsedDraft.error !== undefined}
            title="Run the query ( Ctrl Enter )"
            onClick={run}
          >
            <Icon name="play" /> <span class="button-text">Run</span>
          </button>
        </QueryEditor>
      </section>

      {parsed.error && state.query.trim() !== '' && draft === state.query && (
        <div class="notices">
          <Notice
            kind="warning"
            title="This query cannot be read"
            next="The mark under the query shows where it goes wrong. Nothing was sent to the server."
          />
        </div>
      )}

      {isLog && explored.phase !== 'failed' && (
        <section class="volume" aria-label="Log volume">
          {loading && <div class="progress" />}
          <div class="volume-head">
            <LevelChips
              volume={explored.volume}
              chosen={levels}
              disabled={!parsed.expression}
              onChoose={(values) => edit((expression) => chooseLevels(expression, values))}
            />
            <span class="soft volume-note">
              {explored.volume &&
                explored.volume.total > 0 &&
                `${explored.volume.total.toLocaleString('en')} lines · ${describeDurationMs(explored.volume.stepMs)} a bar`}
            </span>
          </div>
          {explored.volume && explored.volumeRange ? (
            <VolumeChart
              volume={explored.volume}
              range={explored.volumeRange}
              zone={preferences.zone}
              dark={page.dark}
              heightPx={narrow ? 96 : 118}
              onSelect={onSelect}
            />
          ) : (
            <div class="volume-empty" style={{ height: `${narrow ? 96 : 118}px` }}>
              {explored.volumeFailure && (
                <span class="soft">No volume: {explored.volumeFailure.message.split('\n')[0]}</span>
              )}
            </div>
          )}
        </section>
      )}

      {explored.failure && (
        <div class="notices">
          <FailureNotice failure={explored.failure} remedies={remedies} />
        </div>
      )}
      {explored.warnings.length > 0 && (
        <div class="notices">
          <Notice kind="warning" title="The answer is not complete" detail={explored.warnings.join('\n')} />
        </div>
      )}

      {explored.phase === 'failed' ? null : isLog ? (
        <section class="result" aria-label="Lines">
          {explored.follow ? (
            <FollowBar follow={explored.follow} onPause={session.pause} onStop={session.unfollow} />
          ) : (
            <ResultBar explored={explored} />
          )}
          {explored.rows.length > 0 ? (
            <LineList
              handle={list}
              label="Log lines"
              rows={explored.rows}
              order={explored.asked?.order ?? state.order}
              zone={preferences.zone}
              wrap={preferences.wrap}
              form={preferences.lines}
              showService={severalServices}
              marks={marks}
              revealNs={state.at}
              busy={explored.phase === 'loading'}
              following={following}
              onFilter={onFilter}
              onTrace={onTrace}
              onCopy={onCopy}
              onLink={onLink}
            >
              {!following && (
                <div class="list-end">
                  {explored.more ? (
                    <button
                      type="button"
                      class="button"
                      disabled={explored.loadingMore}
                      onClick={() => session.loadMore()}
                    >
                      {explored.loadingMore ? 'Loading…' : `Load ${state.order === 'newest' ? 'older' : 'newer'} lines`}
                    </button>
                  ) : (
                    <span class="soft">That is all of this time range.</span>
                  )}
                </div>
              )}
            </LineList>
          ) : (
            <EmptyLines
              explored={explored}
              onWiden={(range) => go({ range })}
              onAllLevels={levels.length > 0 ? () => edit((e) => chooseLevels(e, [])) : undefined}
            />
          )}
        </section>
      ) : (
        <section class="result metric" aria-label="Series">
          {loading && <div class="progress" />}
          {explored.series.length > 0 && explored.asked ? (
            <SeriesChart
              series={explored.series}
              stepMs={explored.stepMs}
              range={explored.asked.resolved}
              zone={preferences.zone}
              dark={page.dark}
              heightPx={narrow ? 220 : 320}
              onSelect={onSelect}
              onFilter={onFilter}
            />
          ) : (
            explored.phase === 'done' && (
              <div class="notices">
                <Notice
                  kind="info"
                  title="No series in this time range"
                  next="Nothing matched the selector, or every step filtered its lines away."
                />
              </div>
            )
          )}
        </section>
      )}
    </div>
  );
}

type Explored = ReturnType<typeof useExplore>['explored'];

/** `1,000 of 2,315 lines`; without a volume `the newest 1,000 lines`. */
function sayCount({ rows, more, volume, asked }: Explored): string {
  const count = rows.length.toLocaleString('en');
  if (!more) return `${count} ${rows.length === 1 ? 'line' : 'lines'}`;
  if (volume && volume.total > rows.length) return `${count} of ${volume.total.toLocaleString('en')} lines`;
  return `the ${asked?.order ?? 'newest'} ${count} lines`;
}

/** How many lines, at what cost, and how they are shown. */
function ResultBar({ explored }: { explored: Explored }) {
  const { state, go, preferences, prefer } = usePage();
  const { statistics, rows } = explored;
  return (
    <div class="result-bar">
      <span class="result-count">
        {explored.asked === undefined || (explored.phase === 'loading' && rows.length === 0)
          ? 'Loading…'
          : sayCount(explored)}
        {statistics && statistics.bytesProcessed > 0 && explored.phase === 'done' && (
          <span class="soft result-cost">
            {' '}
            · {formatBytes(statistics.bytesProcessed)} read in {formatSeconds(statistics.execTimeSeconds)}
          </span>
        )}
      </span>
      <span class="result-options">
        <label class="option">
          <span class="visually-hidden">Lines at most</span>
          <select
            class="select"
            value={String(state.limit)}
            onChange={(event) => go({ limit: Number(event.currentTarget.value) })}
          >
            {[...new Set([...limitChoices, state.limit])]
              .sort((a, b) => a - b)
              .map((limit) => (
                <option key={limit} value={String(limit)}>
                  {limit.toLocaleString('en')} lines
                </option>
              ))}
          </select>
        </label>
        <label class="option">
          <span class="visually-hidden">Order</span>
          <select
            class="select"
            value={state.order}
            onChange={(event) => go({ order: event.currentTarget.value === 'oldest' ? 'oldest' : 'newest' })}
          >
            <option value="newest">Newest first</option>
            <option value="oldest">Oldest first</option>
          </select>
        </label>
        <label class="option">
          <span class="visually-hidden">Lines as</span>
          <select
            class="select"
            value={preferences.lines}
            onChange={(event) => prefer({ lines: event.currentTarget.value === 'stored' ? 'stored' : 'readable' })}
          >
            <option value="readable">Readable</option>
            <option value="stored">As stored</option>
          </select>
        </label>
        <button
          type="button"
          class="button small"
          aria-pressed={preferences.wrap}
          title="Wrap lines ( w )"
          onClick={() => prefer({ wrap: !preferences.wrap })}
        >
          <Icon name="wrap" /> Wrap
        </button>
        <button
          type="button"
          class="button small zone"
          aria-label={preferences.zone === 'utc' ? 'Times in UTC. Show local time' : 'Times in local time. Show UTC'}
          title="Local time or UTC"
          onClick={() => prefer({ zone: preferences.zone === 'utc' ? 'local' : 'utc' })}
        >
          <Icon name="clock" /> {preferences.zone === 'utc' ? 'UTC' : 'Local'}
        </button>
      </span>
    </div>
  );
}

interface EmptyLinesProps {
  readonly explored: Explored;
  readonly onWiden: (range: ReturnType<typeof last>) => void;
  readonly onAllLevels: (() => void) | undefined;
}

function EmptyLines({ explored, onWiden, onAllLevels }: EmptyLinesProps) {
  const { asked, follow } = explored;
  if (follow) return <p class="waiting soft">Waiting for the first line…</p>;
  if (explored.phase !== 'done' || !asked) return <div class="lines-loading" aria-hidden="true" />;
  const width = asked.resolved.endMs - asked.resolved.startMs;
  const wider = widerRange(asked.resolved);
  const said = asked.range.kind === 'last' ? `the ${describeLast(asked.range.durationMs)}` : 'this time range';
  return (
    <div class="notices">
      <Notice
        kind="info"
        title={`No lines in ${said}`}
        detail={print(asked.expression)}
        next={width < 3_600_000 ? 'Look further back, or loosen the query.' : 'Loosen the query, or look further back.'}
      >
        {wider?.kind === 'last' && (
          <button type="button" class="button small" onClick={() => onWiden(wider)}>
            Widen to the {describeLast(wider.durationMs)}
          </button>
        )}
        {onAllLevels && (
          <button type="button" class="button small" onClick={onAllLevels}>
            All levels
          </button>
        )}
      </Notice>
    </div>
  );
}
