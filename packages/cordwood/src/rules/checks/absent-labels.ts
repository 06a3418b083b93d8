import { walk } from '@cordwood/logql';
import { equalityLabels } from './output-labels.ts';
import type { RuleCheck } from './rule-check.ts';

export const absentLabels: RuleCheck = {
  name: 'absent-labels',
  severity: 'warning',
  describe:
    'absent_over_time over several streams: it only says that all of them are silent, and its alert does not name them.',
  check({ expression }) {
    return [...walk(expression)].flatMap((node) => {
      if (node.kind !== 'rangeAggregation' || node.operation !== 'absent_over_time') return [];
      const known = new Set(equalityLabels(node.range));
      return node.range.log.selector.matchers.flatMap((matcher) => {
        if (matcher.operator !== '=~' || known.has(matcher.name)) return [];
        return {
          message: `this is absent only when no ${matcher.name} of /${matcher.value}/ has lines, and the alert has no label ${matcher.name}`,
          hint: `one rule for each: ${matcher.name}="…"`,
          span: matcher.span,
        };
      });
    });
  },
};
