import { parseRegexp } from '@cordwood/logql';
import type { Check } from '../../check.ts';

export const customPattern: Check = {
  id: 'redaction/custom-pattern',
  severity: 'error',
  title: 'A custom pattern is RE2 and has a group that is replaced',
  reason:
    'Alloy replaces the capture groups and nothing else: without one the pattern finds and changes nothing. Look-around and back-references stop Alloy from starting.',
  fix: 'Put what is to go in parentheses: plot ([0-9]{6}).',
  find: ({ platform }) =>
    (platform.redaction.custom ?? []).flatMap(({ name, expression }, i) => {
      const { error, groups } = parseRegexp(expression);
      const at = `redaction.custom[${i}].expression`;
      if (error !== undefined) return [{ message: `${name}: ${error}`, at }];
      return groups.length > 0 ? [] : [{ message: `${name} has no group`, at }];
    }),
};
