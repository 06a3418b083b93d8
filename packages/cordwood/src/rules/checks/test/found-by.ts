import { parse } from '@cordwood/logql';
import { readRuleFile } from '../../rule-group.ts';
import type { CheckContext, CheckedRule, PipelineLabels, RuleCheck } from '../rule-check.ts';

/**
 * What one check says about the rules of a file, each as `message @ text that it points at`. `rules` is the YAML of a list of
 * rules; a text without `expr:` stands for an alert with that expression.
 */
export function foundBy(check: RuleCheck, rules: string, pipelineLabels?: PipelineLabels): string[] {
  const list = rules.includes('expr:') ? rules : `[{ alert: A, expr: '${rules}' }]`;
  return foundInFile(check, `groups: [{ name: g, rules: ${list} }]`, pipelineLabels);
}

export function foundInFile(check: RuleCheck, yaml: string, pipelineLabels?: PipelineLabels): string[] {
  const { groups, diagnostics } = readRuleFile(yaml, 'f.yaml');
  if (diagnostics.length > 0) throw new Error(JSON.stringify(diagnostics));
  const checked = groups.flatMap(({ rules, intervalMs }) =>
    rules.map((raw): CheckedRule => {
      const { expression, error } = parse(raw.expr, { checkStages: false });
      if (expression === undefined) throw new Error(error.message);
      return { raw, expression, file: 'f.yaml', tenant: 't', intervalMs };
    }),
  );
  const context: CheckContext = { rules: checked, pipelineLabels };
  return checked.flatMap((rule) =>
    check
      .check(rule, context)
      .map(({ message, span }) =>
        span === undefined ? message : `${message} @ ${rule.raw.expr.slice(span.start, span.end)}`,
      ),
  );
}
