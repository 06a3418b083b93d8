/** Colours of the style sheet as a canvas takes them. */
import { type Level, levels } from '../lines/level.ts';

export interface ChartColors {
  readonly text: string;
  readonly grid: string;
  readonly series: readonly string[];
  readonly level: Readonly<Record<Level, string>>;
}

/** Hues that stay apart for most eyes; lines also differ by their place in the legend. */
const seriesHues = [165, 28, 262, 215, 345, 48, 190, 300, 95, 10];

export function readChartColors(element: HTMLElement, dark: boolean): ChartColors {
  const probe = document.createElement('span');
  element.append(probe);
  const read = (name: string) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const colors: ChartColors = {
    text: read('--text-faint'),
    grid: read('--line'),
    series: seriesHues.map((hue) => (dark ? `hsl(${hue} 58% 66%)` : `hsl(${hue} 62% 36%)`)),
    level: Object.fromEntries(levels.map((level) => [level, read(`--bar-${level}`)])) as Record<Level, string>,
  };
  probe.remove();
  return colors;
}
