import { formatCount } from '../chart/format-number.ts';
import type { Volume } from '../chart/volume-buckets.ts';
import { type Level, levelOf, levels } from '../lines/level.ts';

interface LevelChipsProps {
  readonly volume: Volume | undefined;
  /** Values of the level label that the query lets through; empty: all. */
  readonly chosen: readonly string[];
  readonly disabled: boolean;
  readonly onChoose: (values: readonly string[]) => void;
}

const always: ReadonlySet<Level> = new Set(['error', 'warn', 'info', 'debug']);

/** The legend of the bars, and the filter by level: several may be on, none means all. */
export function LevelChips({ volume, chosen, disabled, onChoose }: LevelChipsProps) {
  const layers = new Map(volume?.layers.map((layer) => [layer.level, layer]));
  const on = new Set(chosen.map(levelOf));
  const shown = levels.filter((level) => always.has(level) || layers.has(level) || on.has(level));
  const toggle = (level: Level) => {
    if (on.has(level)) return onChoose(chosen.filter((value) => levelOf(value) !== level));
    onChoose([...chosen, ...(layers.get(level)?.values ?? [level])]);
  };
  return (
    <fieldset class="chips" disabled={disabled}>
      <legend class="visually-hidden">Levels</legend>
      {shown.map((level) => {
        const total = layers.get(level)?.total;
        return (
          <button key={level} type="button" class="chip" aria-pressed={on.has(level)} onClick={() => toggle(level)}>
            <i class={`swatch level-${level}`} />
            {level}
            {total !== undefined && <span class="chip-count">{formatCount(total)}</span>}
          </button>
        );
      })}
      {chosen.length > 0 && (
        <button type="button" class="chip clear" onClick={() => onChoose([])}>
          All levels
        </button>
      )}
    </fieldset>
  );
}
