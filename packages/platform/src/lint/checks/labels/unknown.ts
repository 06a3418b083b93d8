import type { Check } from '../../check.ts';
import { ruleFile, tenantRules } from '../../log-rules.ts';
import { indexLabels } from '../../pipeline-labels.ts';

export const unknownLabel: Check = {
  id: 'labels/unknown',
  severity: 'error',
  title: 'Every label in a selector of a rule is one that the pipeline makes',
  reason:
    'A selector over a label that no stream has finds nothing, without an error: the alert never fires, the series stays empty.',
  fix: 'Use a label of the pipeline, or filter after it (| json, | trace_id="…") where it is a field or structured metadata.',
  traps: ['T26'],
  find({ platform }) {
    const known = indexLabels(platform);
    return tenantRules(platform).flatMap((one) =>
      one.logs
        .flatMap(({ selector }) => selector.matchers)
        .filter(
          ({ name, operator, value }) => !known.has(name) && !((operator === '=' || operator === '=~') && value === ''),
        )
        .map(({ name }) => ({
          message: `${one.name} selects by ${name}; the pipeline makes ${[...known].filter((label) => !label.startsWith('__')).join(', ')}`,
          at: `${one.at}.expr`,
          in: ruleFile(one),
        })),
    );
  },
};
