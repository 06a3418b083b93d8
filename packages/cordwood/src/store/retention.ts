import type { Labels } from '../model/labels.ts';
import type { Limits } from '../model/limits.ts';
import type { SelectorCompiler } from './ingest/policy.ts';

/**
 * How long a stream's entries are kept (loki.md 3.3): the matching `retention_stream` of highest priority, of equal ones the
 * shortest, else `retention_period`. 0 and below: for ever.
 */
export class RetentionRules {
  readonly #compile: SelectorCompiler;
  readonly #compiled = new WeakMap<Limits, readonly RetentionRule[]>();

  constructor(compile: SelectorCompiler) {
    this.#compile = compile;
  }

  /** Milliseconds, or Infinity. */
  periodMs(labels: Labels, limits: Limits): number {
    const rule = this.#rulesOf(limits).find(({ matches }) => matches(labels));
    const periodMs = rule === undefined ? limits.retentionPeriodMs : rule.periodMs;
    return periodMs > 0 ? periodMs : Number.POSITIVE_INFINITY;
  }

  /** The shortest that any stream may be kept. */
  shortestMs(limits: Limits): number {
    const periods = [limits.retentionPeriodMs, ...limits.retentionStream.map((rule) => rule.periodMs)];
    return Math.min(...periods.map((periodMs) => (periodMs > 0 ? periodMs : Number.POSITIVE_INFINITY)));
  }

  /** The first that matches wins. */
  #rulesOf(limits: Limits): readonly RetentionRule[] {
    let rules = this.#compiled.get(limits);
    if (rules === undefined) {
      rules = limits.retentionStream
        .map(({ selector, priority, periodMs }) => ({ priority, periodMs, matches: this.#compile(selector) }))
        .sort((a, b) => b.priority - a.priority || a.periodMs - b.periodMs);
      this.#compiled.set(limits, rules);
    }
    return rules;
  }
}

interface RetentionRule {
  readonly priority: number;
  readonly periodMs: number;
  readonly matches: (labels: Labels) => boolean;
}
