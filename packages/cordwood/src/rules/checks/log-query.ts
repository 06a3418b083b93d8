import type { RuleCheck } from './rule-check.ts';

export const logQuery: RuleCheck = {
  name: 'log-query',
  severity: 'error',
  describe: 'The expression gives lines. Loki loads it and fails at every evaluation.',
  check({ raw, expression }) {
    if (expression.kind !== 'log') return [];
    const text = raw.expr.trim().replace(/\s+/g, ' ');
    return [
      {
        message: 'a log query gives lines, not a value: rule result is not a vector or scalar',
        hint: `count the lines: sum(count_over_time(${text} [5m])) > 0`,
        span: expression.span,
      },
    ];
  },
};
