import type { Labels } from '../model/labels.ts';
import type { Limits } from '../model/limits.ts';
import type { LogMessage } from '../model/log-message.ts';
import type { SelectorCompiler } from './ingest/policy.ts';

/**
 * How long a stream's entries are kept (loki.md 3.3): the matching `retention_stream` of highest priority, of equal ones the
 * shortest, else `retention_period`. 0 and below: for ever. With a selector that cannot be read nothing expires: what it would
 * have kept cannot be known.
 */
export class RetentionRules {
  readonly #compile: SelectorCompiler;
  readonly #log: LogMessage;
  readonly #compiled = new WeakMap<Limits, readonly RetentionRule[]>();

  constructor(compile: SelectorCompiler, log: LogMessage) {
    this.#compile = compile;
    this.#log = log;
  }

  /** Milliseconds, or Infinity. */
  periodMs(labels: Labels, limits: Limits): number {
    const rule = this.#rulesOf(limits).find(({ matches }) => matches(labels));
    const periodMs = rule === undefined ? limits.retentionPeriodMs : rule.periodMs;
    return periodMs > 0 ? periodMs : Number.POSITIVE_INFINITY;
  }

  /** The shortest and the longest that any stream may be kept; milliseconds, or Infinity. */
  bounds(limits: Limits): { readonly shortestMs: number; readonly longestMs: number } {
    const periods =
      this.#rulesOf(limits) === keepEverything
        ? [Number.POSITIVE_INFINITY]
        : [limits.retentionPeriodMs, ...limits.retentionStream.map((rule) => rule.periodMs)].map((periodMs) =>
            periodMs > 0 ? periodMs : Number.POSITIVE_INFINITY,
          );
    return { shortestMs: Math.min(...periods), longestMs: Math.max(...periods) };
  }

  /** The first that matches wins. */
  #rulesOf(limits: Limits): readonly RetentionRule[] {
    let rules = this.#compiled.get(limits);
    if (rules === undefined) {
      rules = this.#compileRules(limits);
      this.#compiled.set(limits, rules);
    }
    return rules;
  }

  #compileRules(limits: Limits): readonly RetentionRule[] {
    try {
      return limits.retentionStream
        .map(({ selector, priority, periodMs }) => ({ priority, periodMs, matches: this.#compile(selector) }))
        .sort((a, b) => b.priority - a.priority || a.periodMs - b.periodMs);
    } catch (error) {
      this.#log('error', 'A selector of retention_stream cannot be read; nothing expires until it is mended.', {
        error: String(error),
      });
      return keepEverything;
    }
  }
}

const keepEverything: readonly RetentionRule[] = [{ priority: 0, periodMs: 0, matches: () => true }];

interface RetentionRule {
  readonly priority: number;
  readonly periodMs: number;
  readonly matches: (labels: Labels) => boolean;
}
