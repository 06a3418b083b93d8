import { walk } from '@cordwood/logql';
import { printRuleDuration } from '../prometheus-duration.ts';
import type { RuleCheck } from './rule-check.ts';

export const shortWindow: RuleCheck = {
  name: 'short-window',
  severity: 'warning',
  describe:
    'A range shorter than the interval of the group: what is logged between two evaluations is never looked at.',
  check({ expression, intervalMs }) {
    if (intervalMs === 0) return [];
    return [...walk(expression)].flatMap((node) => {
      if (node.kind !== 'logRange' || Number(node.rangeNs) / 1e6 >= intervalMs) return [];
      const rangeText = printRuleDuration(Number(node.rangeNs) / 1e6);
      return [
        {
          message: `the range ${rangeText} is shorter than the group's interval ${printRuleDuration(intervalMs)}: lines in between are never looked at`,
          hint: `make the range at least ${printRuleDuration(intervalMs)}`,
          span: node.span,
        },
      ];
    });
  },
};
