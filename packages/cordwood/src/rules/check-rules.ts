import { lineAndColumn, parse } from '@cordwood/logql';
import type { Diagnostic } from '../model/diagnostic.ts';
import { createAlertTemplates } from './alert-template.ts';
import { ruleChecks } from './checks/registry.ts';
import type { CheckContext, CheckedRule, PipelineLabels, RuleFinding } from './checks/rule-check.ts';
import { readRules } from './local-rule-store.ts';
import { readRuleFile } from './rule-group.ts';
import { placeInText } from './text-place.ts';
import type { RuleChecks } from './validate-rule-group.ts';

export interface RuleSource {
  /** As it is shown. */
  readonly file: string;
  readonly text: string;
  readonly tenant: string;
}

export interface CheckedSource {
  readonly source: RuleSource;
  readonly ruleCount: number;
  readonly diagnostics: readonly NamedDiagnostic[];
}

/** `check` is the name of the check that found it, or `loki` for what Loki itself would say. */
export type NamedDiagnostic = Diagnostic & { readonly check: string };

export interface CheckRulesOptions {
  readonly pipelineLabels: PipelineLabels | undefined;
  /** Names of checks that are left out. */
  readonly ignore: ReadonlySet<string>;
}

/** What Loki judges a rule file by; with `lines` also Cordwood's own ruler, whose annotations may use `$lines`. */
export function lokiRuleChecks({ lines = false } = {}): RuleChecks {
  const templates = createAlertTemplates({ externalUrl: '', externalLabels: {}, lines });
  return {
    // A broken stage is an error of the evaluation in Loki, not of the file, which would take all rules of the tenant with it.
    expressionError: (text) => parse(text, { checkStages: false }).error,
    templateError: templates.check,
  };
}

/** Judges rule files together: first by Loki's rules, then by the checks of the registry. */
export function checkRules(sources: readonly RuleSource[], options: CheckRulesOptions): readonly CheckedSource[] {
  const loki = lokiRuleChecks();
  const rules = sources.flatMap(parseRules);
  const context: CheckContext = { rules: rules.map(({ rule }) => rule), pipelineLabels: options.pipelineLabels };
  const checks = ruleChecks.filter(({ name }) => !options.ignore.has(name));
  return sources.map((source) => {
    const own = rules.filter((one) => one.source === source);
    const diagnostics: NamedDiagnostic[] = readRules(source.text, source.file, loki).diagnostics.map((diagnostic) => ({
      ...diagnostic,
      check: 'loki',
    }));
    for (const { rule } of own) {
      for (const { name, severity, check } of checks)
        for (const finding of check(rule, context)) diagnostics.push(place(finding, rule, name, severity));
    }
    diagnostics.sort((a, b) => a.line - b.line || a.column - b.column);
    return { source, ruleCount: own.length, diagnostics };
  });
}

function parseRules(source: RuleSource): { source: RuleSource; rule: CheckedRule }[] {
  const { file, text, tenant } = source;
  return readRuleFile(text, file).groups.flatMap(({ rules, intervalMs }) =>
    rules.flatMap((raw) => {
      const { expression } = parse(raw.expr, { checkStages: false });
      return expression === undefined ? [] : [{ source, rule: { raw, expression, file, tenant, intervalMs } }];
    }),
  );
}

function place(
  { message, hint, span }: RuleFinding,
  { raw, file }: CheckedRule,
  check: string,
  severity: Diagnostic['severity'],
): NamedDiagnostic {
  const at =
    span === undefined
      ? raw.place
      : {
          ...placeInText(raw.exprPlace, lineAndColumn(raw.expr, span.start)),
          length: Math.max(1, span.end - span.start),
        };
  return { severity, message: `${raw.alert || raw.record}: ${message}`, file, ...at, ...(hint ? { hint } : {}), check };
}
