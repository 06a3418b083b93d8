import { useCallback, useMemo } from 'preact/hooks';
import type UPlot from 'uplot';
import type { AlignedData } from 'uplot';
import { formatDateTime, formatTimeOfDay, type Zone } from '../time/format-time.ts';
import { describeDurationMs, type MsRange } from '../time/range-choice.ts';
import type { ChartColors } from './chart-colors.ts';
import { formatCount } from './format-number.ts';
import { Plot } from './plot.tsx';
import type { Volume } from './volume-buckets.ts';

interface VolumeChartProps {
  readonly volume: Volume;
  readonly range: MsRange;
  readonly zone: Zone;
  readonly dark: boolean;
  readonly heightPx: number;
  readonly onSelect: (range: MsRange) => void;
}

/** Even a single error among thousands of lines has to be seen. */
const smallestPx = 2;

/** Bars of lines over time, stacked by level with the most severe at the bottom. */
export function VolumeChart({ volume, range, zone, dark, heightPx, onSelect }: VolumeChartProps) {
  const totals = useMemo(
    () => volume.startsMs.map((_, index) => volume.layers.reduce((sum, layer) => sum + layer.counts[index]!, 0)),
    [volume],
  );
  const data = useMemo<AlignedData>(() => [volume.startsMs.map((ms) => ms / 1000), totals], [volume, totals]);

  const draw = useCallback(
    (plot: UPlot, colors: ChartColors) => {
      const { ctx, bbox } = plot;
      const ratio = devicePixelRatio;
      const base = plot.valToPos(0, 'y', true);
      ctx.save();
      ctx.beginPath();
      ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
      ctx.clip();
      for (const [index, startMs] of volume.startsMs.entries()) {
        const left = plot.valToPos(startMs / 1000, 'x', true);
        const right = plot.valToPos((startMs + volume.stepMs) / 1000, 'x', true);
        const gap = Math.min(2 * ratio, (right - left) * 0.15);
        let top = base;
        let counted = 0;
        for (const layer of volume.layers) {
          const count = layer.counts[index]!;
          if (count === 0) continue;
          counted += count;
          const wanted = plot.valToPos(counted, 'y', true);
          const next = Math.min(wanted, top - smallestPx * ratio);
          ctx.fillStyle = colors.level[layer.level];
          ctx.fillRect(Math.round(left), next, Math.max(1, Math.round(right - gap) - Math.round(left)), top - next);
          top = next;
        }
      }
      ctx.restore();
    },
    [volume],
  );

  const series = useCallback(() => [{ paths: () => null, points: { show: false } }], []);
  const spanOf = (index: number) => {
    const startMs = volume.startsMs[index]!;
    return `${formatDateTime(startMs, zone)} – ${formatTimeOfDay(startMs + volume.stepMs, zone).slice(0, 8)}`;
  };
  const parts = volume.layers.map((layer) => `${formatCount(layer.total)} ${layer.level}`).join(', ');
  return (
    <Plot
      label={`Log volume: ${volume.total.toLocaleString('en')} lines${parts === '' ? '' : ` (${parts})`}, one bar is ${describeDurationMs(volume.stepMs)}`}
      data={data}
      range={range}
      heightPx={heightPx}
      zone={zone}
      dark={dark}
      series={series}
      draw={draw}
      formatValue={(value) => (Number.isInteger(value) ? formatCount(value) : '')}
      fromZero
      barMs={volume.stepMs}
      onSelect={onSelect}
      tooltip={(index) => (
        <>
          <strong>{spanOf(index)}</strong>
          {volume.layers.map(
            (layer) =>
              layer.counts[index]! > 0 && (
                <span key={layer.level} class="plot-tooltip-row">
                  <i class={`swatch level-${layer.level}`} /> {layer.level}
                  <b>{layer.counts[index]!.toLocaleString('en')}</b>
                </span>
              ),
          )}
          {totals[index] === 0 && <span>no lines</span>}
        </>
      )}
      describe={(index) =>
        `${spanOf(index)}: ${totals[index]} lines${volume.layers
          .filter((layer) => layer.counts[index]! > 0)
          .map((layer) => `, ${layer.counts[index]} ${layer.level}`)
          .join('')}`
      }
    />
  );
}
