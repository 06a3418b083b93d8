/**
 * A chart over time: uPlot draws axes and lines, this component adds what it lacks: selecting a range by mouse, finger and
 * keyboard, and a tooltip that a screen reader hears.
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import UPlot, { type AlignedData, type Options, type Series } from 'uplot';
import { formatDate, formatTimeOfDay, type Zone } from '../time/format-time.ts';
import type { MsRange } from '../time/range-choice.ts';
import { type ChartColors, readChartColors } from './chart-colors.ts';

interface PlotProps {
  /** What the chart shows, in words. */
  readonly label: string;
  readonly data: AlignedData;
  readonly range: MsRange;
  readonly heightPx: number;
  readonly zone: Zone;
  readonly dark: boolean;
  readonly series: (colors: ChartColors) => Series[];
  /** Draws what uPlot does not, in canvas pixels. */
  readonly draw?: ((plot: UPlot, colors: ChartColors) => void) | undefined;
  readonly formatValue: (value: number) => string;
  /** Whether the scale of values begins at zero. */
  readonly fromZero: boolean;
  /** Milliseconds that a selection snaps to, and the width of a bar (0: points). */
  readonly barMs: number;
  readonly onSelect: (range: MsRange) => void;
  readonly tooltip: (index: number) => ComponentChildren;
  /** The same in a sentence. */
  readonly describe: (index: number) => string;
}

const dragThresholdPx = 5;

export function Plot(props: PlotProps) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | undefined>(undefined);
  const selection = useRef<Selection | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const [widthPx, setWidthPx] = useState(0);
  const [cursor, setCursor] = useState<number>();
  const [mark, setMark] = useState<number>();
  const count = props.data[0].length;
  const structure = props.data.length;

  useLayoutEffect(() => {
    const resized = new ResizeObserver(([entry]) => setWidthPx(Math.floor(entry!.contentRect.width)));
    resized.observe(frame.current!);
    return () => resized.disconnect();
  }, []);

  const colors = useMemo(
    () => (frame.current && widthPx > 0 ? readChartColors(frame.current, props.dark) : undefined),
    [props.dark, widthPx > 0],
  );

  useEffect(() => {
    if (!colors || widthPx === 0) return;
    const options = plotOptions(latest, colors, widthPx);
    const created = new UPlot(options, latest.current.data, frame.current!);
    plot.current = created;
    selection.current = createSelection(created.over);
    const unbind = bindPointer(created, selection.current, latest, setCursor);
    return () => {
      unbind();
      created.destroy();
      plot.current = undefined;
    };
  }, [colors, structure, props.zone, props.heightPx, props.series]);

  useEffect(() => {
    plot.current?.setSize({ width: widthPx, height: props.heightPx });
  }, [widthPx, props.heightPx]);

  useEffect(() => {
    plot.current?.setData(props.data);
    setCursor((at) => (at === undefined || at < count ? at : undefined));
  }, [props.data, props.range.startMs, props.range.endMs]);

  const timeAt = (index: number) => props.data[0][index]! * 1000;
  const leftOf = (index: number) => {
    const u = plot.current;
    if (!u) return 0;
    return u.valToPos(props.data[0][index]! + props.barMs / 2000, 'x') + u.bbox.left / devicePixelRatio;
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (count === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = cursor ?? (event.key === 'ArrowLeft' ? count : -1);
    const moves: Record<string, number> = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: count - 1 };
    const next = moves[event.key];
    if (next !== undefined) {
      event.preventDefault();
      const index = Math.max(0, Math.min(count - 1, next));
      setMark(event.shiftKey ? (mark ?? cursor ?? index) : undefined);
      setCursor(index);
    } else if (event.key === 'Enter' && cursor !== undefined) {
      event.preventDefault();
      const [first, last] = [Math.min(mark ?? cursor, cursor), Math.max(mark ?? cursor, cursor)];
      const endMs = timeAt(last) + (props.barMs || (count > 1 ? timeAt(1) - timeAt(0) : 1000));
      props.onSelect({ startMs: timeAt(first), endMs });
      setMark(undefined);
    } else if (event.key === 'Escape') {
      setCursor(undefined);
      setMark(undefined);
    }
  };

  // The keyboard's selection looks like the mouse's.
  useEffect(() => {
    const u = plot.current;
    if (!u || mark === undefined || cursor === undefined) return;
    const [first, last] = [Math.min(mark, cursor), Math.max(mark, cursor)];
    const left = u.valToPos(props.data[0][first]!, 'x');
    const right = u.valToPos(props.data[0][last]! + props.barMs / 1000, 'x');
    selection.current?.show(left, Math.max(1, right - left));
    return () => selection.current?.hide();
  }, [mark, cursor]);

  const tooltipLeft = cursor === undefined ? 0 : leftOf(cursor);
  return (
    <div
      class="plot"
      role="group"
      aria-roledescription="chart"
      aria-label={`${props.label}. Arrow keys move, Shift and arrow keys select, Enter zooms in.`}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onBlur={() => setCursor(undefined)}
    >
      <div ref={frame} class="plot-frame" style={{ height: `${props.heightPx}px` }} />
      {cursor !== undefined && cursor < count && (
        <div class={`plot-tooltip${tooltipLeft > widthPx / 2 ? ' left' : ''}`} style={{ left: `${tooltipLeft}px` }}>
          {props.tooltip(cursor)}
        </div>
      )}
      <span class="visually-hidden" aria-live="polite">
        {cursor !== undefined && cursor < count ? props.describe(cursor) : ''}
      </span>
    </div>
  );
}

function plotOptions(latest: { readonly current: PlotProps }, colors: ChartColors, width: number): Options {
  const { zone, heightPx, fromZero } = latest.current;
  const font = '11.5px system-ui, sans-serif';
  return {
    width,
    height: heightPx,
    padding: [10, 10, 0, 0],
    legend: { show: false },
    cursor: {
      show: true,
      x: true,
      y: false,
      points: { show: latest.current.barMs === 0 },
      drag: { x: false, y: false },
    },
    scales: {
      x: {
        time: true,
        range: () => [latest.current.range.startMs / 1000, latest.current.range.endMs / 1000],
      },
      y: {
        range: (_, min, max) => {
          if (fromZero) return [0, Math.max(1, max * 1.06)];
          if (min === max) return [min - Math.max(1, Math.abs(min)) * 0.1, max + Math.max(1, Math.abs(max)) * 0.1];
          const low = min >= 0 && min < max * 0.5 ? 0 : min - (max - min) * 0.06;
          return [low, max + (max - min) * 0.06];
        },
      },
    },
    axes: [
      {
        stroke: colors.text,
        font,
        size: 26,
        gap: 4,
        space: 84,
        grid: { show: false },
        ticks: { stroke: colors.grid, width: 1, size: 4 },
        values: (_, splits, __, ___, incr) => splits.map((seconds) => axisTime(seconds * 1000, incr, zone)),
      },
      {
        stroke: colors.text,
        font,
        size: (_, values) => Math.max(34, ...(values ?? []).map((value) => 14 + value.length * 6.6)),
        gap: 4,
        space: 26,
        grid: { stroke: colors.grid, width: 1 },
        ticks: { show: false },
        values: (_, splits) => splits.map((value) => latest.current.formatValue(value)),
      },
    ],
    series: [{}, ...latest.current.series(colors)],
    tzDate: (seconds) =>
      zone === 'utc' ? UPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC') : new Date(seconds * 1000),
    hooks: { draw: [(plot) => latest.current.draw?.(plot, colors)] },
  };
}

function axisTime(ms: number, incrementSeconds: number, zone: Zone): string {
  if (incrementSeconds >= 86_400) return formatDate(ms, zone).slice(5);
  const time = formatTimeOfDay(ms, zone);
  if (time === '00:00:00.000') return formatDate(ms, zone).slice(5);
  return incrementSeconds < 60 ? time.slice(0, 8) : time.slice(0, 5);
}

interface Selection {
  show(leftPx: number, widthPx: number): void;
  hide(): void;
}

/** The marked range. Our own element: uPlot resets its own on every move of the mouse when its dragging is off. */
function createSelection(over: HTMLElement): Selection {
  const element = document.createElement('div');
  element.className = 'plot-selection';
  element.hidden = true;
  over.append(element);
  return {
    show(leftPx, widthPx) {
      element.hidden = false;
      element.style.left = `${leftPx}px`;
      element.style.width = `${widthPx}px`;
    },
    hide() {
      element.hidden = true;
    },
  };
}

/** Pointer on the plot: moving shows the tooltip, dragging selects. One code for mouse, pen and finger. */
function bindPointer(
  plot: UPlot,
  selection: Selection,
  latest: { readonly current: PlotProps },
  setCursor: (index: number | undefined) => void,
): () => void {
  const { over } = plot;
  over.style.touchAction = 'pan-y';
  let fromPx: number | undefined;
  const leftOf = (event: PointerEvent) => {
    const box = over.getBoundingClientRect();
    return Math.max(0, Math.min(box.width, event.clientX - box.left));
  };
  const indexAt = (px: number): number | undefined => {
    const [times] = latest.current.data;
    if (times.length === 0) return undefined;
    const { barMs } = latest.current;
    if (barMs === 0) return plot.posToIdx(px);
    const index = Math.floor((plot.posToVal(px, 'x') - times[0]!) / (barMs / 1000));
    return Math.max(0, Math.min(times.length - 1, index));
  };
  const onDown = (event: PointerEvent) => {
    if (event.button !== 0) return;
    fromPx = leftOf(event);
    over.setPointerCapture(event.pointerId);
  };
  const onMove = (event: PointerEvent) => {
    const px = leftOf(event);
    setCursor(indexAt(px));
    if (fromPx !== undefined && Math.abs(px - fromPx) >= dragThresholdPx)
      selection.show(Math.min(px, fromPx), Math.abs(px - fromPx));
  };
  const onUp = (event: PointerEvent) => {
    const start = fromPx;
    fromPx = undefined;
    const px = leftOf(event);
    if (start !== undefined && Math.abs(px - start) >= dragThresholdPx) {
      const [left, right] = [Math.min(px, start), Math.max(px, start)];
      const startMs = Math.floor(plot.posToVal(left, 'x') * 1000);
      const endMs = Math.ceil(plot.posToVal(right, 'x') * 1000);
      latest.current.onSelect({ startMs, endMs: Math.max(endMs, startMs + 1000) });
    }
    selection.hide();
    if (event.pointerType !== 'mouse') setCursor(undefined);
  };
  const onCancel = () => {
    fromPx = undefined;
    selection.hide();
    setCursor(undefined);
  };
  const onLeave = () => fromPx === undefined && setCursor(undefined);
  over.addEventListener('pointerdown', onDown);
  over.addEventListener('pointermove', onMove);
  over.addEventListener('pointerup', onUp);
  over.addEventListener('pointercancel', onCancel);
  over.addEventListener('pointerleave', onLeave);
  return () => {
    over.removeEventListener('pointerdown', onDown);
    over.removeEventListener('pointermove', onMove);
    over.removeEventListener('pointerup', onUp);
    over.removeEventListener('pointercancel', onCancel);
    over.removeEventListener('pointerleave', onLeave);
  };
}
