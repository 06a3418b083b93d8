import { outputLabels } from './output-labels.ts';
import type { RuleCheck } from './rule-check.ts';
import { templateLabels } from './template-labels.ts';

export const annotationLabels: RuleCheck = {
  name: 'annotation-labels',
  severity: 'error',
  describe:
    'A label or annotation uses a label that the result of the expression does not have: it is empty in every alert.',
  check({ raw, expression }) {
    if (raw.alert === '' || expression.kind === 'log' || expression.kind === 'variants') return [];
    const { names, open } = outputLabels(expression);
    if (open) return [];
    const texts = [
      ...Object.entries(raw.annotations).map(([name, text]) => ({ what: `annotation ${name}`, text })),
      ...Object.entries(raw.labels).map(([name, text]) => ({ what: `label ${name}`, text })),
    ];
    return texts.flatMap(({ what, text }) =>
      templateLabels(text)
        .filter((name) => !names.has(name))
        .map((name) => ({
          message: `${what} uses $labels.${name}, which the expression does not give`,
          hint:
            names.size === 0
              ? `its series have no labels: sum by (${name}) keeps this one`
              : `its series have ${[...names].sort().join(', ')}`,
        })),
    );
  },
};
