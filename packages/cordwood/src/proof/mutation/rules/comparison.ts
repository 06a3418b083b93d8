import { walk } from '@cordwood/logql';
import { comparisonOutcome } from '../../../rules/checks/value-range.ts';
import { edited, type RuleMutation } from './rule-mutation.ts';
import { isEquivalent } from './threshold.ts';

const others: Readonly<Record<string, readonly string[]>> = {
  '>': ['>=', '<'],
  '>=': ['>', '<'],
  '<': ['<=', '>'],
  '<=': ['<', '>'],
  '==': ['!='],
  '!=': ['=='],
};

/** The neighbour of a comparison, and its opposite. */
export const comparison: RuleMutation = {
  name: 'comparison',
  *mutate(rule, expression) {
    for (const node of walk(expression)) {
      if (node.kind !== 'binaryExpression') continue;
      // What stands between the operands is the operator; a closing parenthesis of the left one may come before it.
      const between = rule.expression.slice(node.left.span.end, node.right.span.start);
      const at = between.indexOf(node.operator);
      if (at < 0) continue;
      const start = node.left.span.end + at;
      for (const operator of others[node.operator] ?? []) {
        const mutant = edited(rule, { start, end: start + node.operator.length }, operator);
        if (!isEquivalent(comparisonOutcome(node), mutant.rule.expression, node.span.start)) yield mutant;
      }
    }
  },
};
