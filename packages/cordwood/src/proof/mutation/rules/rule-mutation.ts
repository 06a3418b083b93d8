import type { Expression, Span } from '@cordwood/logql';
import type { Rule } from '../../../rules/rule-group.ts';

/** One way to change rules: one file each, listed in registry.ts. A test that notices none of its mutants tests nothing there. */
export interface RuleMutation {
  readonly name: string;
  /** Mutants of a rule whose expression parses to `expression`. What cannot make a difference is left out. */
  mutate(rule: Rule, expression: Expression): Iterable<RuleMutant>;
}

export interface RuleMutant {
  /** `> 0.5 becomes > 0.55` */
  readonly what: string;
  readonly rule: Rule;
  /** In the expression; absent: the change is elsewhere in the rule. */
  readonly span?: Span;
}

/** The rule with a part of its expression replaced. */
export function edited(rule: Rule, span: Span, text: string, what?: string): RuleMutant {
  const before = rule.expression.slice(span.start, span.end);
  const expression = rule.expression.slice(0, span.start) + text + rule.expression.slice(span.end);
  const shown = (part: string) => part.trim().replace(/\s+/g, ' ');
  return {
    what: what ?? (text.trim() === '' ? `${shown(before)} is left out` : `${shown(before)} becomes ${shown(text)}`),
    rule: { ...rule, expression },
    span,
  };
}
