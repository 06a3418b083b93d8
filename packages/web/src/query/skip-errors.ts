/** `| __error__=""`: leaves out entries that a parser could not read, the way out that Loki's pipeline errors name. */
import type { Expression } from '@cordwood/logql';
import { stringFilter } from './field-filter.ts';
import { mapLogs } from './map-logs.ts';

export function skipErrors(expression: Expression): Expression {
  return mapLogs(expression, (log) => ({ ...log, stages: [...log.stages, stringFilter('__error__', '=', '')] }));
}
