import type { LogqlError } from '@cordwood/logql';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { RawRule, RawRuleGroup, Rule, RuleGroup } from './rule-group.ts';
import { placeInText } from './text-place.ts';

/** What a rule group needs from outside to be judged. */
export interface RuleChecks {
  /** What is wrong with a LogQL expression, in Loki's words, or undefined. */
  expressionError(text: string): LogqlError | undefined;
  /** What is wrong with a template (Go text/template with Prometheus' functions), or undefined. `name` goes into the text. */
  templateError(name: string, text: string): string | undefined;
}

export interface CheckedGroup {
  /** Present when nothing is wrong. */
  readonly group: RuleGroup | undefined;
  /** With Loki's texts. */
  readonly diagnostics: readonly Diagnostic[];
}

const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** Judges one group by Loki's rules; `index` is its place in the file. All problems are given, in Loki's order. */
export function validateRuleGroup(raw: RawRuleGroup, index: number, file: string, checks: RuleChecks): CheckedGroup {
  const diagnostics: Diagnostic[] = [];
  if (raw.name === '') {
    diagnostics.push({ severity: 'error', message: `group ${index}: Groupname must not be empty`, file, ...raw.place });
  }
  for (const rule of raw.rules) {
    for (const problem of ruleErrors(rule, raw.name, checks))
      diagnostics.push({ severity: 'error', file, ...rule.place, ...problem });
  }
  if (diagnostics.length > 0) return { group: undefined, diagnostics };
  const group = { name: raw.name, intervalMs: raw.intervalMs, limit: raw.limit, rules: raw.rules.map(createRule) };
  return { group, diagnostics };
}

function createRule(raw: RawRule): Rule {
  return raw.record !== ''
    ? { kind: 'recording', name: raw.record, expression: raw.expr, labels: raw.labels }
    : {
        kind: 'alerting',
        name: raw.alert,
        expression: raw.expr,
        forMs: raw.forMs ?? 0,
        labels: raw.labels,
        annotations: raw.annotations,
      };
}

/** Without a place of its own a problem is shown at the rule. */
type Problem = Pick<Diagnostic, 'message'> & Partial<Pick<Diagnostic, 'line' | 'column' | 'length'>>;

function* ruleErrors(rule: RawRule, group: string, checks: RuleChecks): Generator<Problem> {
  if (rule.record !== '' && rule.alert !== '') yield { message: "only one of 'record' and 'alert' must be set" };
  if (rule.record === '' && rule.alert === '') yield { message: "one of 'record' or 'alert' must be set" };
  if (rule.expr === '') {
    yield { message: "field 'expr' must be set in rule" };
  } else {
    const error = checks.expressionError(rule.expr);
    if (error !== undefined) {
      const of = rule.record !== '' ? `record '${rule.record}'` : `alert '${rule.alert}'`;
      yield {
        message: `could not parse expression for ${of} in group '${group}': ${error.message}`,
        ...placeInText(rule.exprPlace, error),
        length: Math.max(1, error.span.end - error.span.start),
      };
    }
  }
  if (rule.record !== '') {
    if (Object.keys(rule.annotations).length > 0) yield { message: "invalid field 'annotations' in recording rule" };
    if ((rule.forMs ?? 0) !== 0) yield { message: "invalid field 'for' in recording rule" };
    if (!metricName.test(rule.record)) yield { message: `invalid recording rule name: ${rule.record}` };
  }
  for (const name of Object.keys(rule.labels)) {
    if (!labelName.test(name) || name === '__name__') yield { message: `invalid label name: ${name}` };
  }
  for (const name of Object.keys(rule.annotations)) {
    if (!labelName.test(name)) yield { message: `invalid annotation name: ${name}` };
  }
  if (rule.alert === '') return;
  for (const [what, texts] of [
    ['label', rule.labels],
    ['annotation', rule.annotations],
  ] as const) {
    for (const [name, text] of Object.entries(texts)) {
      const error = checks.templateError(`__alert_${rule.alert}`, text);
      if (error !== undefined) yield { message: `${what} "${name}": ${error}` };
    }
  }
}
