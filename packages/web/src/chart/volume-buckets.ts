/** Bars of the log volume: counts by level in equal steps of time, from the answer of a volume query. */
import type { Series } from '../client/answers.ts';
import { type Level, levelLabels, levelOf, levels } from '../lines/level.ts';
import type { MsRange } from '../time/range-choice.ts';

export interface Volume {
  readonly stepMs: number;
  /** Begin of each bar; bar i covers startsMs[i] <= t < startsMs[i] + stepMs. */
  readonly startsMs: readonly number[];
  /** Only levels that occur, in the order in which they are stacked (most severe at the bottom, where heights compare). */
  readonly layers: readonly VolumeLayer[];
  readonly total: number;
}

export interface VolumeLayer {
  readonly level: Level;
  /** The values of the level label that were counted here: `warning` and `warn` are one layer. */
  readonly values: readonly string[];
  readonly counts: readonly number[];
  readonly total: number;
}

/**
 * The instants at which to evaluate a count over the step before, so that its windows cover the range: LogQL's window of a
 * point at t is (t - step, t], and servers align points to multiples of the step.
 */
export function volumePoints(range: MsRange, stepMs: number): MsRange {
  return {
    startMs: Math.floor(range.startMs / stepMs + 1) * stepMs,
    endMs: Math.ceil(range.endMs / stepMs) * stepMs,
  };
}

export function volumeOf(series: readonly Series[], range: MsRange, stepMs: number): Volume {
  const points = volumePoints(range, stepMs);
  const count = Math.max(0, Math.round((points.endMs - points.startMs) / stepMs) + 1);
  const startsMs = Array.from({ length: count }, (_, index) => points.startMs - stepMs + index * stepMs);

  const byLevel = new Map<Level, { values: Set<string>; counts: number[]; total: number }>();
  for (const each of series) {
    const value = levelLabels.map((name) => each.labels[name]).find((found) => found !== undefined && found !== '');
    const level = levelOf(value);
    let layer = byLevel.get(level);
    if (!layer) {
      layer = { values: new Set(), counts: new Array<number>(count).fill(0), total: 0 };
      byLevel.set(level, layer);
    }
    layer.values.add(value ?? 'unknown');
    for (const [seconds, lines] of each.points) {
      const index = Math.round((seconds * 1000 - points.startMs) / stepMs);
      if (index < 0 || index >= count || !Number.isFinite(lines)) continue;
      layer.counts[index]! += lines;
      layer.total += lines;
    }
  }
  const layers = levels
    .filter((level) => byLevel.has(level))
    .map((level): VolumeLayer => {
      const { values, counts, total } = byLevel.get(level)!;
      return { level, values: [...values].sort(), counts, total };
    });
  return { stepMs, startsMs, layers, total: layers.reduce((sum, layer) => sum + layer.total, 0) };
}
