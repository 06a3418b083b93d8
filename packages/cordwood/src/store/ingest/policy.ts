import type { Labels } from '../../model/labels.ts';
import type { Limits } from '../../model/limits.ts';

/** A LogQL stream selector -> what it matches. The store knows no LogQL; whoever wires it brings this. */
export type SelectorCompiler = (selector: string) => (labels: Labels) => boolean;

interface PolicyRule {
  readonly policy: string;
  readonly priority: number;
  readonly matches: (labels: Labels) => boolean;
}

/** Which ingestion policy a stream falls under (`policy_stream_mapping`): the matching one of highest priority, or ''. */
export class PolicyResolver {
  readonly #compile: SelectorCompiler;
  readonly #rules = new WeakMap<Limits, readonly PolicyRule[]>();

  constructor(compile: SelectorCompiler) {
    this.#compile = compile;
  }

  policyOf(labels: Labels, limits: Limits): string {
    let rules = this.#rules.get(limits);
    if (rules === undefined) {
      rules = Object.entries(limits.policyStreamMapping)
        .flatMap(([policy, streams]) =>
          streams.map(({ selector, priority }) => ({ policy, priority, matches: this.#compile(selector) })),
        )
        .sort((a, b) => b.priority - a.priority);
      this.#rules.set(limits, rules);
    }
    return rules.find((rule) => rule.matches(labels))?.policy ?? '';
  }
}
