/** The level chips: a `detected_level` filter right behind the selector, where it is cheapest. */
import type { Expression, LogExpression, Stage } from '@cordwood/logql';
import { stringFilter } from './field-filter.ts';
import { firstLog, mapLogs } from './map-logs.ts';
import { escapeRegex, literalsOfRegex } from './selector-edit.ts';

const label = 'detected_level';

function levelsOfStage(stage: Stage): readonly string[] | undefined {
  if (stage.kind !== 'labelFilter' || stage.filter.kind !== 'string' || stage.filter.name !== label) return undefined;
  if (stage.filter.operator === '=') return [stage.filter.value];
  return stage.filter.operator === '=~' ? literalsOfRegex(stage.filter.value) : undefined;
}

/** The levels that the query lets through; an empty list: all of them. */
export function chosenLevels(expression: Expression): readonly string[] {
  for (const stage of firstLog(expression)?.stages ?? []) {
    const levels = levelsOfStage(stage);
    if (levels) return levels;
  }
  return [];
}

export function chooseLevels(expression: Expression, levels: readonly string[]): Expression {
  return mapLogs(expression, (log): LogExpression => {
    const rest = log.stages.filter((stage) => levelsOfStage(stage) === undefined);
    if (levels.length === 0) return { ...log, stages: rest };
    const filter =
      levels.length === 1
        ? stringFilter(label, '=', levels[0]!)
        : stringFilter(label, '=~', levels.map(escapeRegex).join('|'));
    return { ...log, stages: [filter, ...rest] };
  });
}
