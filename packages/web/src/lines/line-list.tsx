/**
 * The lines: only those in the viewport are in the document, whatever their number and height. The list scrolls by itself
 * on a desk and with the page on a phone; both are read off rectangles, so the code is one.
 *
 * When rows come in above or grow, the row under the reader's eye stays where it is; at the newest edge the list sticks to it.
 */
import type { ComponentChildren, Ref } from 'preact';
import { useCallback, useEffect, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Icon } from '../controls/icon.tsx';
import { memo } from '../controls/memo.ts';
import { formatDate, formatDelta, formatTimeOfDay, type Zone } from '../time/format-time.ts';
import { LineText } from './line-text.tsx';
import type { LogRow, RowOrder } from './log-row.ts';
import { type RowActions, RowDetails } from './row-details.tsx';
import { createRowHeights } from './row-window.ts';
import { visibleText } from './visible-text.ts';

export interface LineListHandle {
  /** Moves the cursor by rows, to either end, or to a row. */
  move(by: number): void;
  moveTo(index: number): void;
  toggleActive(): void;
  active(): LogRow | undefined;
}

interface LineListProps extends RowActions {
  readonly rows: readonly LogRow[];
  readonly order: RowOrder;
  readonly label: string;
  readonly zone: Zone;
  readonly wrap: boolean;
  readonly form: 'readable' | 'stored';
  readonly showService: boolean;
  readonly marks: readonly string[];
  /** Distances are shown from this instant, instead of the time of day. */
  readonly sinceNs?: string | undefined;
  /** Open and reveal this entry once. */
  readonly revealNs?: string | undefined;
  readonly busy: boolean;
  readonly following: boolean;
  readonly handle?: Ref<LineListHandle>;
  readonly children?: ComponentChildren;
}

const overscanRows = 12;

export function LineList(props: LineListProps) {
  const { rows, wrap, zone, form, showService, marks, sinceNs, order } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const drawn = useRef<HTMLDivElement>(null);
  const estimate = useRef(26);
  const heights = useMemo(() => createRowHeights(() => estimate.current), []);
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set());
  const [activeId, setActiveId] = useState<number>();
  const [version, setVersion] = useState(0);
  const [shown, setShown] = useState({ first: 0, end: 60 });
  const anchor = useRef<{ id: number; fromTopPx: number } | undefined>(undefined);
  const atEdge = useRef(true);
  const focusWanted = useRef(false);
  const [unseen, setUnseen] = useState(0);

  const ids = useMemo(() => rows.map((row) => row.id), [rows]);
  const layout = useMemo(() => heights.layout(ids), [heights, ids, version]);
  const latest = useRef({ rows, layout, ids });
  latest.current = { rows, layout, ids };

  const activeIndex = useMemo(() => {
    const index = activeId === undefined ? -1 : ids.indexOf(activeId);
    return Math.max(0, index);
  }, [ids, activeId]);

  /** Where the viewport stands within the list. */
  const view = useCallback(() => {
    const area = list.current!.getBoundingClientRect();
    const own = scroller.current!;
    const scrollsItself = own.scrollHeight > own.clientHeight + 1 && getComputedStyle(own).overflowY !== 'visible';
    const frame = own.getBoundingClientRect();
    const top = scrollsItself
      ? frame.top
      : Math.max(0, document.querySelector('.top')?.getBoundingClientRect().bottom ?? 0);
    const bottom = Math.min(scrollsItself ? frame.bottom : innerHeight, innerHeight);
    return {
      topPx: Math.max(0, top - area.top),
      heightPx: Math.max(0, bottom - Math.max(top, area.top)),
      scrollsItself,
    };
  }, []);

  const scrollBy = useCallback((deltaPx: number) => {
    if (Math.abs(deltaPx) < 0.5) return;
    if (view().scrollsItself) scroller.current!.scrollTop += deltaPx;
    else window.scrollBy(0, deltaPx);
  }, []);

  const look = useCallback(() => {
    if (!list.current) return;
    const { layout: now, ids: nowIds } = latest.current;
    const { topPx, heightPx } = view();
    const window_ = now.window(topPx, heightPx, overscanRows);
    setShown((before) => (before.first === window_.first && before.end === window_.end ? before : window_));
    const first = now.indexAt(topPx);
    const id = nowIds[first];
    if (id !== undefined) anchor.current = { id, fromTopPx: topPx - now.offsetOf(first) };
    atEdge.current = order === 'newest' ? topPx < 8 : topPx + heightPx > now.totalPx - 8;
    if (atEdge.current) setUnseen(0);
  }, [order, view]);

  useEffect(() => {
    let frame = 0;
    const onScroll = () => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        look();
      });
    };
    const own = scroller.current!;
    own.addEventListener('scroll', onScroll, { passive: true });
    window.addEventListener('scroll', onScroll, { passive: true });
    const resized = new ResizeObserver(onScroll);
    resized.observe(own);
    return () => {
      own.removeEventListener('scroll', onScroll);
      window.removeEventListener('scroll', onScroll);
      resized.disconnect();
      cancelAnimationFrame(frame);
    };
  }, [look]);

  // Rows came or went: keep the reader's row in place, or stay at the newest edge.
  const before = useRef({ ids, count: rows.length });
  useLayoutEffect(() => {
    const known = before.current;
    before.current = { ids, count: rows.length };
    if (known.ids === ids) {
      look();
      return;
    }
    const held = anchor.current;
    const index = held ? ids.indexOf(held.id) : -1;
    if (!props.following || atEdge.current || index < 0) {
      if (props.following && atEdge.current && order === 'oldest') scrollBy(layout.totalPx);
    } else {
      const { topPx } = view();
      scrollBy(layout.offsetOf(index) + held!.fromTopPx - topPx);
      setUnseen((count) => count + countNew(known.ids, ids));
    }
    look();
  }, [ids]);

  // A wrapped line has another height, so has every line in another width or form.
  useLayoutEffect(() => {
    heights.forget();
    setVersion((value) => value + 1);
  }, [wrap, form, showService, heights]);

  // Measure what is drawn; if a row above the viewport differs from the estimate, hold the view still.
  useLayoutEffect(() => {
    let changed = false;
    let shiftPx = 0;
    const { topPx } = view();
    for (const element of list.current!.querySelectorAll<HTMLElement>('[data-row]')) {
      const index = Number(element.dataset['row']);
      const id = ids[index];
      if (id === undefined) continue;
      const known = layout.offsetOf(index + 1) - layout.offsetOf(index);
      const heightPx = element.offsetHeight;
      if (heights.measure(id, heightPx)) {
        changed = true;
        if (layout.offsetOf(index + 1) <= topPx) shiftPx += heightPx - known;
      }
    }
    if (changed) {
      setVersion((value) => value + 1);
      scrollBy(shiftPx);
    }
  });

  // Rows grow without this component knowing: a tree opens, the window turns.
  useEffect(() => {
    const grown = new ResizeObserver(() => setVersion((value) => value + 1));
    grown.observe(drawn.current!);
    return () => grown.disconnect();
  }, []);

  useEffect(() => {
    if (!wrap) {
      const row = list.current?.querySelector<HTMLElement>('.row:not(.open)');
      if (row && row.offsetHeight > 0) estimate.current = row.offsetHeight;
    }
  }, [rows, wrap]);

  const reveal = useCallback(
    (index: number, where: 'nearest' | 'centre' = 'nearest') => {
      const { layout: now } = latest.current;
      const { topPx, heightPx } = view();
      const top = now.offsetOf(index);
      const bottom = now.offsetOf(index + 1);
      if (where === 'centre') scrollBy(top - topPx - heightPx / 3);
      else if (top < topPx) scrollBy(top - topPx - 4);
      else if (bottom > topPx + heightPx) scrollBy(Math.min(bottom - topPx - heightPx + 4, top - topPx));
      look();
    },
    [look, view, scrollBy],
  );

  const moveTo = useCallback(
    (wanted: number) => {
      const { ids: nowIds } = latest.current;
      if (nowIds.length === 0) return;
      const index = Math.max(0, Math.min(nowIds.length - 1, wanted));
      setActiveId(nowIds[index]);
      focusWanted.current = true;
      reveal(index);
    },
    [reveal],
  );

  const toggle = useCallback((id: number) => {
    setOpened((ids) => {
      const next = new Set(ids);
      if (!next.delete(id)) next.add(id);
      return next;
    });
    setActiveId(id);
  }, []);

  useLayoutEffect(() => {
    if (!focusWanted.current) return;
    const button = list.current?.querySelector<HTMLElement>('.row[data-active="true"] .row-toggle');
    if (button) {
      focusWanted.current = false;
      button.focus({ preventScroll: true });
    }
  });

  const revealed = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (props.revealNs === undefined || props.revealNs === revealed.current || rows.length === 0) return;
    const index = rows.findIndex((row) => row.timestampNs === props.revealNs);
    if (index < 0) return;
    revealed.current = props.revealNs;
    setOpened(new Set([rows[index]!.id]));
    setActiveId(rows[index]!.id);
    reveal(index, 'centre');
  }, [props.revealNs, rows, reveal]);

  useImperativeHandle(
    props.handle ?? null,
    () => ({
      move: (by) => moveTo(activeId === undefined ? 0 : activeIndex + by),
      moveTo,
      toggleActive: () => {
        const id = latest.current.ids[activeIndex];
        if (id !== undefined) toggle(id);
      },
      active: () => latest.current.rows[activeIndex],
    }),
    [activeId, activeIndex, moveTo, toggle],
  );

  const onKeyDown = (event: KeyboardEvent) => {
    if (!(event.target instanceof HTMLElement) || !event.target.classList.contains('row-toggle')) return;
    const moves: Record<string, number> = {
      ArrowDown: activeIndex + 1,
      ArrowUp: activeIndex - 1,
      PageDown: activeIndex + 20,
      PageUp: activeIndex - 20,
      Home: 0,
      End: rows.length - 1,
    };
    const index = moves[event.key];
    if (index === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    moveTo(index);
  };

  const toNewest = () => {
    setUnseen(0);
    moveTo(order === 'newest' ? 0 : rows.length - 1);
    atEdge.current = true;
  };

  const first = Math.min(shown.first, rows.length);
  const end = Math.min(shown.end, rows.length);
  const actions = useMemo(
    () => ({ onFilter: props.onFilter, onTrace: props.onTrace, onCopy: props.onCopy, onLink: props.onLink }),
    [props.onFilter, props.onTrace, props.onCopy, props.onLink],
  );
  const dates = useMemo(
    () => rows.length > 0 && formatDate(rows[0]!.timestampMs, zone) !== formatDate(rows.at(-1)!.timestampMs, zone),
    [rows, zone],
  );

  return (
    <div
      ref={scroller}
      class={`lines${wrap ? ' wrapped' : ''}${showService ? ' with-service' : ''}${dates ? ' with-date' : ''}${sinceNs !== undefined ? ' with-delta' : ''}`}
      onKeyDown={onKeyDown}
    >
      <div
        ref={list}
        role="list"
        aria-label={props.label}
        aria-busy={props.busy}
        class="lines-all"
        style={{ height: `${layout.totalPx}px` }}
      >
        <div ref={drawn} class="lines-drawn" style={{ transform: `translateY(${layout.offsetOf(first)}px)` }}>
          {rows.slice(first, end).map((row, offset) => {
            const index = first + offset;
            return (
              <Row
                key={row.id}
                row={row}
                index={index}
                count={rows.length}
                active={index === activeIndex}
                open={opened.has(row.id)}
                zone={zone}
                wrap={wrap}
                form={form}
                showService={showService}
                showDate={dates}
                marks={marks}
                sinceNs={sinceNs}
                target={row.timestampNs === props.revealNs}
                actions={actions}
                onToggle={toggle}
              />
            );
          })}
        </div>
      </div>
      {props.children}
      {unseen > 0 && (
        <button type="button" class="button primary new-lines" onClick={toNewest}>
          {unseen.toLocaleString('en')} new {unseen === 1 ? 'line' : 'lines'}
        </button>
      )}
    </div>
  );
}

function countNew(before: readonly number[], now: readonly number[]): number {
  const known = new Set(before);
  let count = 0;
  for (const id of now) if (!known.has(id)) count++;
  return count;
}

interface RowProps {
  readonly row: LogRow;
  readonly index: number;
  readonly count: number;
  readonly active: boolean;
  readonly open: boolean;
  readonly target: boolean;
  readonly zone: Zone;
  readonly wrap: boolean;
  readonly form: 'readable' | 'stored';
  readonly showService: boolean;
  readonly showDate: boolean;
  readonly marks: readonly string[];
  readonly sinceNs: string | undefined;
  readonly actions: RowActions;
  readonly onToggle: (id: number) => void;
}

const Row = memo(function Row(props: RowProps) {
  const { row, index, open, zone, sinceNs, onToggle } = props;
  const time = formatTimeOfDay(row.timestampMs, zone);
  const onClick = (event: MouseEvent) => {
    if (event.target instanceof Element && event.target.closest('button, a, .details')) return;
    // Selecting text must not open the line.
    if (getSelection()?.isCollapsed === false) return;
    onToggle(row.id);
  };
  const detailsId = `details-${row.id}`;
  return (
    <div
      class={`row level-${row.level}${open ? ' open' : ''}${props.target ? ' target' : ''}`}
      role="listitem"
      aria-setsize={props.count}
      aria-posinset={index + 1}
      data-row={index}
      data-active={props.active}
      onClick={onClick}
    >
      <div class="row-main">
        <button
          type="button"
          class="row-toggle"
          tabIndex={props.active ? 0 : -1}
          aria-expanded={open}
          aria-controls={open ? detailsId : undefined}
          aria-label={`${row.level} ${time} ${row.service}: ${visibleText(row.line.slice(0, 120))}`}
          onClick={() => onToggle(row.id)}
        >
          <Icon name={open ? 'chevronDown' : 'chevronRight'} />
        </button>
        <time class="row-time" dateTime={new Date(row.timestampMs).toISOString()}>
          {sinceNs !== undefined ? (
            formatDelta(BigInt(row.timestampNs) - BigInt(sinceNs))
          ) : (
            <>
              {props.showDate && <span class="row-date">{formatDate(row.timestampMs, zone)} </span>}
              {time}
            </>
          )}
        </time>
        <span class="row-level">{row.level === 'unknown' ? '' : row.level}</span>
        {props.showService && <span class="row-service">{row.service}</span>}
        <span class="row-line">
          <LineText row={row} form={props.form} wrap={props.wrap} marks={props.marks} />
        </span>
      </div>
      {open && (
        <div id={detailsId}>
          <RowDetails row={row} zone={zone} {...props.actions} />
        </div>
      )}
    </div>
  );
});
