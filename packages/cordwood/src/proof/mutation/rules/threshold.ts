import { parse, walk } from '@cordwood/logql';
import { comparisonOutcome } from '../../../rules/checks/value-range.ts';
import { edited, type RuleMutation } from './rule-mutation.ts';

/** A threshold a little higher and a little lower: one more line, or a tenth. */
export const threshold: RuleMutation = {
  name: 'threshold',
  *mutate(rule, expression) {
    for (const node of walk(expression)) {
      if (node.kind !== 'binaryExpression' || !/^[<>=!]/.test(node.operator)) continue;
      for (const side of [node.left, node.right]) {
        if (side.kind !== 'literal') continue;
        const { value, span } = side;
        const step = Number.isInteger(value) ? 1 : Math.abs(value) / 10;
        for (const changed of [value + step, value - step]) {
          const text = String(Number(changed.toPrecision(12)));
          const what = `${node.operator} ${rule.expression.slice(span.start, span.end)} becomes ${node.operator} ${text}`;
          const mutant = edited(rule, span, text, what);
          if (!isEquivalent(comparisonOutcome(node), mutant.rule.expression, node.span.start)) yield mutant;
        }
      }
    }
  },
};

/** A comparison that holds for every value before and after the change. */
export function isEquivalent(before: ReturnType<typeof comparisonOutcome>, text: string, start: number): boolean {
  if (before !== 'always') return false;
  const { expression } = parse(text);
  if (expression === undefined) return false;
  const node = [...walk(expression)].find((one) => one.kind === 'binaryExpression' && one.span.start === start);
  return node?.kind === 'binaryExpression' && comparisonOutcome(node) === 'always';
}
