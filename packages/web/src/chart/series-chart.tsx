import { useCallback, useMemo, useState } from 'preact/hooks';
import type { AlignedData } from 'uplot';
import type { Series } from '../client/answers.ts';
import { Icon } from '../controls/icon.tsx';
import type { ClickedField } from '../query/field-filter.ts';
import { formatDateTime, type Zone } from '../time/format-time.ts';
import type { MsRange } from '../time/range-choice.ts';
import { type ChartColors, readChartColors } from './chart-colors.ts';
import { formatSample } from './format-number.ts';
import { Plot } from './plot.tsx';
import { alignSeries, seriesName, seriesRows } from './series-table.ts';

interface SeriesChartProps {
  readonly series: readonly Series[];
  readonly stepMs: number;
  readonly range: MsRange;
  readonly zone: Zone;
  readonly dark: boolean;
  readonly heightPx: number;
  readonly onSelect: (range: MsRange) => void;
  readonly onFilter: (clicked: ClickedField) => void;
}

/** More lines than this only make a carpet; the table has them all. */
const drawnMax = 30;
const tooltipMax = 8;
/** A phone has no room for the secondary ones. */
const figures = [
  { name: 'Last', of: 'last', class: 'number' },
  { name: 'Min', of: 'min', class: 'number secondary' },
  { name: 'Mean', of: 'mean', class: 'number secondary' },
  { name: 'Max', of: 'max', class: 'number' },
] as const;

/** A metric query as lines over time, and as a table of its series. */
export function SeriesChart(props: SeriesChartProps) {
  const { series, stepMs, range, zone, dark } = props;
  const [alone, setAlone] = useState<string>();
  const named = useMemo(() => series.map((each) => ({ ...each, key: JSON.stringify(each.labels) })), [series]);
  const rows = useMemo(() => seriesRows(series), [series]);
  const drawn = useMemo(() => {
    const chosen = named.map((each, index) => ({ ...each, index }));
    const only = chosen.filter((each) => each.key === alone);
    return (only.length > 0 ? only : chosen).slice(0, drawnMax);
  }, [named, alone]);
  const { seconds, columns } = useMemo(() => alignSeries(drawn, stepMs), [drawn, stepMs]);
  const data = useMemo<AlignedData>(() => [seconds, ...columns], [seconds, columns]);
  const colorOf = (colors: ChartColors, index: number) => colors.series[index % colors.series.length]!;
  const lines = useCallback(
    (colors: ChartColors) =>
      drawn.map((each) => ({
        stroke: colorOf(colors, each.index),
        width: 1.75,
        points: { show: seconds.length <= 40, size: 5 },
      })),
    [drawn, seconds.length <= 40],
  );
  const [swatches, setSwatches] = useState<readonly string[]>([]);
  const measureColors = useCallback(
    (element: HTMLElement | null) => {
      if (element) setSwatches(readChartColors(element, dark).series);
    },
    [dark],
  );

  const valuesAt = (index: number) =>
    drawn
      .map((each, column) => ({ name: seriesName(each.labels), index: each.index, value: columns[column]![index] }))
      .filter((each) => each.value !== null && each.value !== undefined)
      .sort((a, b) => b.value! - a.value!);

  return (
    <div class="series" ref={measureColors}>
      <Plot
        label={`${series.length} series over time`}
        data={data}
        range={range}
        heightPx={props.heightPx}
        zone={zone}
        dark={dark}
        series={lines}
        formatValue={formatSample}
        fromZero={false}
        barMs={0}
        onSelect={props.onSelect}
        tooltip={(index) => {
          const values = valuesAt(index);
          return (
            <>
              <strong>{formatDateTime(seconds[index]! * 1000, zone)}</strong>
              {values.slice(0, tooltipMax).map((each) => (
                <span key={each.index} class="plot-tooltip-row">
                  <i class="swatch" style={{ background: swatches[each.index % swatches.length] ?? 'none' }} />{' '}
                  {each.name}
                  <b>{formatSample(each.value!)}</b>
                </span>
              ))}
              {values.length > tooltipMax && <span>and {values.length - tooltipMax} more</span>}
            </>
          );
        }}
        describe={(index) =>
          `${formatDateTime(seconds[index]! * 1000, zone)}: ${valuesAt(index)
            .slice(0, tooltipMax)
            .map((each) => `${each.name} ${formatSample(each.value!)}`)
            .join(', ')}`
        }
      />
      {series.length > drawnMax && alone === undefined && (
        <p class="soft series-note">
          {drawnMax} of {series.length} series are drawn. Choose one in the table, or use topk.
        </p>
      )}
      <div class="table-frame" tabIndex={0} role="region" aria-label="Figures of each series">
        <table class="table">
          <thead>
            <tr>
              <th scope="col">Series</th>
              {figures.map((figure) => (
                <th key={figure.name} scope="col" class={figure.class}>
                  {figure.name}
                </th>
              ))}
              <th scope="col">
                <span class="visually-hidden">Filter</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => {
              const { key } = named[index]!;
              return (
                <tr key={key} class={alone === key ? 'chosen' : undefined}>
                  <th scope="row">
                    <button
                      type="button"
                      class="series-button"
                      aria-pressed={alone === key}
                      title="Show this series alone"
                      onClick={() => setAlone(alone === key ? undefined : key)}
                    >
                      <i class="swatch" style={{ background: swatches[index % swatches.length] ?? 'none' }} />
                      {row.name}
                    </button>
                  </th>
                  {figures.map((figure) => (
                    <td key={figure.name} class={figure.class}>
                      {formatSample(row[figure.of])}
                    </td>
                  ))}
                  <td class="series-actions">
                    {Object.entries(row.labels).length === 1 &&
                      Object.entries(row.labels).map(([name, value]) => (
                        <button
                          key={name}
                          type="button"
                          class="icon-button small quiet"
                          aria-label={`Only ${name} = ${value}`}
                          title={`Only ${name} = ${value}`}
                          onClick={() => props.onFilter({ value, exclude: false, from: { kind: 'entryLabel', name } })}
                        >
                          <Icon name="include" />
                        </button>
                      ))}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </div>
  );
}
