import { absentLabels } from './absent-labels.ts';
import { alwaysFires } from './always-fires.ts';
import { annotationLabels } from './annotation-labels.ts';
import { brokenStage } from './broken-stage.ts';
import { logQuery } from './log-query.ts';
import { neverFires } from './never-fires.ts';
import { noCondition } from './no-condition.ts';
import type { RuleCheck } from './rule-check.ts';
import { sameSeries } from './same-series.ts';
import { shortWindow } from './short-window.ts';
import { unknownLabels } from './unknown-labels.ts';
import { unwrapErrors } from './unwrap-errors.ts';
import { valueInLabel } from './value-in-label.ts';

/** Every check of `cordwood rules check`. */
export const ruleChecks: readonly RuleCheck[] = [
  logQuery,
  brokenStage,
  alwaysFires,
  neverFires,
  noCondition,
  unwrapErrors,
  unknownLabels,
  annotationLabels,
  valueInLabel,
  absentLabels,
  shortWindow,
  sameSeries,
];
