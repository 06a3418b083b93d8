import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ApiFailure, isAbort } from '../client/api-failure.ts';
import { Icon } from '../controls/icon.tsx';
import { Notice } from '../controls/notice.tsx';
import { RangePicker } from '../controls/range-picker.tsx';
import { FailureNotice } from '../explore/failure-notice.tsx';
import { LineList, type LineListHandle } from '../lines/line-list.tsx';
import type { LogRow } from '../lines/log-row.ts';
import { correlationNames } from '../query/correlation-query.ts';
import { copyText } from '../shell/clipboard.ts';
import { usePage } from '../shell/page-context.ts';
import { bindShortcuts } from '../shell/shortcuts.ts';
import { formatDateTime, formatDelta } from '../time/format-time.ts';
import { describeLast, last, resolveRange, shift, widerRange, zoomOut } from '../time/range-choice.ts';
import { type FoundTrace, findTrace, traceRowsMax } from './find-trace.ts';
import { type TraceLanes, traceLanes } from './trace-lanes.ts';

type Search =
  | { readonly kind: 'idle' }
  | { readonly kind: 'loading'; readonly id: string }
  | { readonly kind: 'found'; readonly id: string; readonly trace: FoundTrace }
  | { readonly kind: 'failed'; readonly id: string; readonly failure: ApiFailure };

/** Shorter texts are in every line. */
const idLengthMin = 4;

export function TraceView() {
  const page = usePage();
  const { client, tenant, state, go, preferences, prefer, announce } = page;
  const [draft, setDraft] = useState(state.id);
  const [search, setSearch] = useState<Search>({ kind: 'idle' });
  const [asking, setAsking] = useState(0);
  const list = useRef<LineListHandle>(null);
  const input = useRef<HTMLInputElement>(null);

  useEffect(() => setDraft(state.id), [state.id]);

  useEffect(() => {
    const id = state.id.trim();
    if (id.length < idLengthMin || !tenant.ready) {
      setSearch({ kind: 'idle' });
      return;
    }
    const controller = new AbortController();
    setSearch({ kind: 'loading', id });
    findTrace(client, tenant.choice, id, resolveRange(state.range, Date.now()), controller.signal).then(
      (trace) => {
        setSearch({ kind: 'found', id, trace });
        announce(`${trace.rows.length} lines with this id`, { quiet: true });
      },
      (error: unknown) => {
        if (isAbort(error)) return;
        if (!(error instanceof ApiFailure)) throw error;
        setSearch({ kind: 'failed', id, failure: error });
      },
    );
    return () => controller.abort();
  }, [client, tenant, state.id, state.range, asking, announce]);

  useEffect(() => {
    if (state.id === '') input.current?.focus();
  }, []);

  const onCopy = useCallback(
    async (text: string, what: string) =>
      announce((await copyText(text)) ? `${what} copied` : 'The browser did not allow copying'),
    [announce],
  );
  const onTrace = useCallback((id: string) => go({ id }), [go]);
  const onLink = useCallback(() => void onCopy(location.href, 'Link'), [onCopy]);

  useEffect(
    () =>
      bindShortcuts({
        query: () => input.current?.focus(),
        refresh: () => setAsking((count) => count + 1),
        down: () => list.current?.move(1),
        up: () => list.current?.move(-1),
        first: () => list.current?.moveTo(0),
        last: () => list.current?.moveTo(Number.MAX_SAFE_INTEGER),
        copy: () => {
          const row = list.current?.active();
          if (row) void onCopy(row.line, 'Line');
        },
        wrap: () => prefer({ wrap: !preferences.wrap }),
        range: () => document.getElementById('range-button')?.click(),
        earlier: () => go({ range: shift(resolveRange(state.range, Date.now()), -1, Date.now()) }),
        later: () => go({ range: shift(resolveRange(state.range, Date.now()), 1, Date.now()) }),
        wider: () => go({ range: zoomOut(resolveRange(state.range, Date.now()), Date.now()) }),
      }),
    [onCopy, prefer, preferences.wrap, go, state.range],
  );

  const submit = (event: Event) => {
    event.preventDefault();
    if (draft.trim() === state.id) setAsking((count) => count + 1);
    else go({ id: draft.trim() });
  };

  const tooShort = draft.trim() !== '' && draft.trim().length < idLengthMin;
  const rows: readonly LogRow[] = search.kind === 'found' ? search.trace.rows : [];
  const lanes = useMemo(() => traceLanes(rows), [rows]);
  const marks = useMemo(() => (search.kind === 'found' ? [search.id] : []), [search]);
  const wider = widerRange(resolveRange(state.range, Date.now()));

  return (
    <div class="trace">
      <section class="controls" aria-label="Search">
        <h1 class="view-title">Follow one id through all services</h1>
        <form class="trace-form" onSubmit={submit}>
          <label class="visually-hidden" for="trace-id">
            Correlation id
          </label>
          <input
            ref={input}
            id="trace-id"
            class="input trace-input"
            type="search"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            placeholder="request_id, trace_id, … paste it here"
            value={draft}
            aria-invalid={tooShort}
            aria-describedby="trace-hint"
            onInput={(event) => setDraft(event.currentTarget.value)}
          />
          <button type="submit" class="button primary" disabled={draft.trim().length < idLengthMin}>
            <Icon name="search" /> Find
          </button>
          <RangePicker
            range={state.range}
            zone={preferences.zone}
            onChange={(range) => go({ range })}
            onZone={(zone) => prefer({ zone })}
          />
        </form>
        <p id="trace-hint" class={tooShort ? 'field-error' : 'soft'}>
          {tooShort
            ? `At least ${idLengthMin} characters.`
            : `Looks into every line, and into structured metadata (${correlationNames.slice(0, 4).join(', ')}, …).`}
        </p>
      </section>

      {search.kind === 'loading' && (
        <div class="trace-loading">
          <div class="progress" />
          <span class="soft">Searching all services…</span>
        </div>
      )}
      {search.kind === 'failed' && (
        <div class="notices">
          <FailureNotice
            failure={search.failure}
            remedies={{
              retry: () => setAsking((count) => count + 1),
              narrowRange: () => go({ range: last(15 * 60_000) }),
              pickTenant: () => document.getElementById('tenant-button')?.click(),
            }}
          />
        </div>
      )}
      {search.kind === 'found' && rows.length === 0 && (
        <div class="notices">
          <Notice
            kind="info"
            title={`No line carries ${search.id}`}
            next={
              state.range.kind === 'last'
                ? `Nothing in the ${describeLast(state.range.durationMs)}, in any service of this tenant.`
                : 'Nothing in this time range, in any service of this tenant.'
            }
          >
            {wider?.kind === 'last' && (
              <button type="button" class="button small" onClick={() => go({ range: wider })}>
                Widen to the {describeLast(wider.durationMs)}
              </button>
            )}
          </Notice>
        </div>
      )}
      {search.kind === 'found' && rows.length > 0 && (
        <>
          <section class="trace-summary" aria-label="Timeline">
            <p class="trace-figures">
              <strong>{rows.length.toLocaleString('en')}</strong> {rows.length === 1 ? 'line' : 'lines'} in{' '}
              <strong>{lanes.lanes.length}</strong> {lanes.lanes.length === 1 ? 'service' : 'services'} over{' '}
              <strong>{formatDelta(lanes.durationNs).slice(1)}</strong>
              {lanes.errorCount > 0 && (
                <span class="danger">
                  {' '}
                  · {lanes.errorCount} {lanes.errorCount === 1 ? 'error' : 'errors'}
                </span>
              )}
              <span class="soft"> · from {formatDateTime(rows[0]!.timestampMs, preferences.zone)}</span>
            </p>
            {search.trace.cut && (
              <p class="caution">Only the first {traceRowsMax.toLocaleString('en')} lines are shown.</p>
            )}
            <Lanes lanes={lanes} rows={rows} onPoint={(index) => list.current?.moveTo(index)} />
          </section>
          <section class="result" aria-label="Lines in order">
            <LineList
              handle={list}
              label="Lines with this id, oldest first"
              rows={rows}
              order="oldest"
              zone={preferences.zone}
              wrap={preferences.wrap}
              form={preferences.lines}
              showService
              marks={marks}
              sinceNs={rows[0]!.timestampNs}
              busy={false}
              following={false}
              onFilter={undefined}
              onTrace={onTrace}
              onCopy={onCopy}
              onLink={onLink}
            />
          </section>
        </>
      )}
      {search.kind === 'idle' && !tooShort && (
        <div class="notices">
          <Notice
            kind="info"
            title="One id, the whole story"
            next="A request that crosses services leaves lines in each of them. Paste its id, or open a line in Explore and press “Trace” beside the id."
          />
        </div>
      )}
    </div>
  );
}

const laneHeightPx = 26;
const dotPx = 10;

/** A lane a service, a dot a line. Dots can be clicked; by keyboard the list below is the way. */
function Lanes({
  lanes,
  rows,
  onPoint,
}: {
  lanes: TraceLanes;
  rows: readonly LogRow[];
  onPoint: (index: number) => void;
}) {
  return (
    <div class="lanes">
      {lanes.lanes.map((lane) => {
        const first = Math.min(...lane.points.map((point) => point.at));
        const lastAt = Math.max(...lane.points.map((point) => point.at));
        return (
          <div key={lane.service} class="lane" style={{ height: `${laneHeightPx}px` }}>
            <span class="lane-name" title={lane.service}>
              {lane.service || 'unknown'}
            </span>
            <span class="visually-hidden">: {lane.points.length} lines</span>
            <span class="lane-track" aria-hidden="true">
              <span class="lane-span" style={{ left: `${first * 100}%`, width: `${(lastAt - first) * 100}%` }} />
              {lane.points.map((point) => (
                <span
                  key={point.index}
                  class={`lane-dot level-${point.level}`}
                  title={`${formatDelta(BigInt(rows[point.index]!.timestampNs) - BigInt(rows[0]!.timestampNs))} ${rows[point.index]!.line.slice(0, 160)}`}
                  style={{ left: `calc(${point.at * 100}% - ${dotPx / 2}px)` }}
                  onClick={() => onPoint(point.index)}
                />
              ))}
            </span>
          </div>
        );
      })}
    </div>
  );
}
