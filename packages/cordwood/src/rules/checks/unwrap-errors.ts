import { type LabelFilter, walk } from '@cordwood/logql';
import type { RuleCheck } from './rule-check.ts';

export const unwrapErrors: RuleCheck = {
  name: 'unwrap-errors',
  severity: 'warning',
  describe: 'unwrap without `| __error__=""`: one line whose value is no number fails the whole rule.',
  check({ expression }) {
    return [...walk(expression)].flatMap((node) => {
      if (node.kind !== 'logRange' || node.unwrap === undefined) return [];
      if (node.unwrap.filters.some(({ filter }) => namesError(filter))) return [];
      return [
        {
          message: `one line whose ${node.unwrap.label} is no number fails the whole rule`,
          hint: `after it: | unwrap ${node.unwrap.label} | __error__=""`,
          span: node.unwrap.span,
        },
      ];
    });
  },
};

function namesError(filter: LabelFilter): boolean {
  return filter.kind === 'binary' ? namesError(filter.left) || namesError(filter.right) : filter.name === '__error__';
}
