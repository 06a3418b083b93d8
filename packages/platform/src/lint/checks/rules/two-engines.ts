import { parse } from '@cordwood/logql';
import type { Check } from '../../check.ts';
import { ruleFile, tenantRules } from '../../log-rules.ts';

export const twoEngines: Check = {
  id: 'rules/two-engines',
  severity: 'error',
  title: 'LogQL is in rules, PromQL in platformRules',
  reason:
    'The ruler of Loki knows no metrics, Prometheus no lines: in the wrong one a rule is refused when it is loaded, and with it its whole file.',
  fix: 'Move the rule to the other list.',
  traps: ['T39'],
  find: ({ platform }) => [
    ...tenantRules(platform)
      .filter(({ logs, rule }) => logs.length === 0 && parse(rule.expr).error !== undefined)
      .map((one) => ({
        message: `${one.name} is no LogQL: ${parse(one.rule.expr).error!.message}`,
        at: `${one.at}.expr`,
        in: ruleFile(one),
      })),
    ...platform.platformRules.flatMap(({ rules }, i) =>
      rules
        .map((rule, j) => ({ rule, j }))
        .filter(({ rule }) => /\|[=~]|\}\s*\|\s*(json|logfmt|line_format)|count_over_time\(\{/.test(rule.expr))
        .map(({ rule, j }) => ({ message: `${rule.alert} is LogQL`, at: `platformRules[${i}].rules[${j}].expr` })),
    ),
  ],
};
