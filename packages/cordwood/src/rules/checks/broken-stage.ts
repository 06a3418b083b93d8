import { checkStages } from '@cordwood/logql';
import type { RuleCheck } from './rule-check.ts';

export const brokenStage: RuleCheck = {
  name: 'broken-stage',
  severity: 'error',
  describe:
    'A regular expression, JSON path or template in a stage is wrong. Loki loads the rule and fails at every evaluation.',
  check({ expression }) {
    const problem = checkStages(expression);
    return problem === undefined ? [] : [{ message: problem.message, span: problem.span }];
  },
};
