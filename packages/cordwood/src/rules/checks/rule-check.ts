import type { Expression, Span } from '@cordwood/logql';
import type { RawRule } from '../rule-group.ts';

/**
 * A check of one rule beyond what Loki and lokitool look at: the file loads, the rule runs, and yet it does not do what it says.
 * One file each, listed in registry.ts.
 */
export interface RuleCheck {
  /** In reports, and to switch the check off: `--ignore always-fires`. */
  readonly name: string;
  /** An error is certain to be one; a warning may be meant. */
  readonly severity: 'error' | 'warning';
  /** One line for the documentation. */
  readonly describe: string;
  check(rule: CheckedRule, context: CheckContext): readonly RuleFinding[];
}

/** A rule whose expression parses. */
export interface CheckedRule {
  readonly raw: RawRule;
  readonly expression: Expression;
  readonly file: string;
  /** The folder of the file, by Loki's layout `<tenant>/<file>`. */
  readonly tenant: string;
  /** 0: the group names none. */
  readonly intervalMs: number;
}

export interface RuleFinding {
  readonly message: string;
  readonly hint?: string;
  /** In the expression; absent: the finding is about the rule. */
  readonly span?: Span;
}

export interface CheckContext {
  /** Every rule of the files that are checked together. */
  readonly rules: readonly CheckedRule[];
  /** What the collection pipeline gives to entries; undefined: not known, and not checked. */
  readonly pipelineLabels: PipelineLabels | undefined;
}

export interface PipelineLabels {
  readonly labels: ReadonlySet<string>;
  readonly structuredMetadata: ReadonlySet<string>;
}
