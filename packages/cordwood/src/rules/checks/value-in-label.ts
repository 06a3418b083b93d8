import type { RuleCheck } from './rule-check.ts';

export const valueInLabel: RuleCheck = {
  name: 'value-in-label',
  severity: 'error',
  describe:
    'A label holds the value of the expression: with each new value it is another alert, `for` begins anew, Alertmanager tells again.',
  check({ raw }) {
    return Object.entries(raw.labels).flatMap(([name, text]) =>
      [...text.matchAll(/\{\{.*?\}\}/gs)].some(([action]) => /\$value\b|(?<![\w.])\.Value\b/.test(action))
        ? [
            {
              message: `label ${name} holds $value: each value makes another alert`,
              hint: 'values belong in annotations',
            },
          ]
        : [],
    );
  },
};
