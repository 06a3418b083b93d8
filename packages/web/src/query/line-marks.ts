/** The literals that the query looked for in the lines: marked where they stand. */
import type { Expression } from '@cordwood/logql';
import { firstLog } from './map-logs.ts';

export function lineMarks(expression: Expression | undefined): readonly string[] {
  if (expression?.kind !== 'log') return [];
  return (firstLog(expression)?.stages ?? []).flatMap((stage) =>
    stage.kind === 'lineFilter' && stage.operator === '|='
      ? stage.operands.filter((operand) => !operand.ip && operand.text.length > 1).map((operand) => operand.text)
      : [],
  );
}
