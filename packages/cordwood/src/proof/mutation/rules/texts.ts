import type { RuleMutation } from './rule-mutation.ts';

/** Labels and annotations: each with another value, each left out. */
export const texts: RuleMutation = {
  name: 'texts',
  *mutate(rule) {
    for (const [name, text] of Object.entries(rule.labels)) {
      const { [name]: _, ...rest } = rule.labels;
      yield { what: `label ${name} is left out`, rule: { ...rule, labels: rest } };
      yield {
        what: `label ${name} has another value`,
        rule: { ...rule, labels: { ...rest, [name]: `${text}-other` } },
      };
    }
    if (rule.kind !== 'alerting') return;
    for (const [name, text] of Object.entries(rule.annotations)) {
      const { [name]: _, ...rest } = rule.annotations;
      yield {
        what: `annotation ${name} has another text`,
        rule: { ...rule, annotations: { ...rest, [name]: `${text} other` } },
      };
    }
  },
};
