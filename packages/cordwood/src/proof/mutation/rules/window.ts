import { walk } from '@cordwood/logql';
import { printRuleDuration } from '../../../rules/prometheus-duration.ts';
import { edited, type RuleMutation } from './rule-mutation.ts';

/** The range twice and half as long; without its offset. */
export const window: RuleMutation = {
  name: 'window',
  *mutate(rule, expression) {
    for (const node of walk(expression)) {
      if (node.kind !== 'logRange') continue;
      const text = rule.expression.slice(node.span.start, node.span.end);
      const range = /\[[^\]]*\](?![^[]*\[)/.exec(text);
      if (range === null) continue;
      const start = node.span.start + range.index;
      const span = { start, end: start + range[0].length };
      for (const factor of [2, 0.5])
        yield edited(
          rule,
          span,
          `[${printRuleDuration(Math.max(1, Math.round((Number(node.rangeNs) / 1e6) * factor)))}]`,
        );
      const offset = /offset\s+\S+?(?=[\s)]|$)/.exec(rule.expression.slice(span.end));
      if (node.offsetNs !== 0n && offset !== null)
        yield edited(rule, { start: span.end + offset.index, end: span.end + offset.index + offset[0].length }, '');
    }
  },
};
