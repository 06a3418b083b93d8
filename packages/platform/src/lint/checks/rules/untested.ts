import type { Check } from '../../check.ts';
import { ruleFile, tenantRules } from '../../log-rules.ts';

export const untested: Check = {
  id: 'rules/untested',
  severity: 'error',
  title: 'Every alert and every record has a test',
  reason: 'A rule that was never seen to fire may never fire. Logs to try it on are cheap: cordwood test.',
  fix: 'A case in tests/*.test.yaml beside the definition, with alertname or record.',
  find(input) {
    const { tests } = input;
    if (tests === undefined) return [];
    const seen = new Set<string>();
    return tenantRules(input.platform)
      .filter(({ name }) => !seen.has(name) && seen.add(name))
      .filter(
        ({ name }) => !tests.some((text) => new RegExp(`(alertname|record): *["']?${name}["']?\\s*$`, 'm').test(text)),
      )
      .map((one) => ({ message: `no test names ${one.name}`, at: one.at, in: ruleFile(one) }));
  },
};
