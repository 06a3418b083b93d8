/**
 * Differences that are meant. A migration changes things on purpose (ids become metadata, secrets are redacted): each such
 * change is written down with its reason, and everything else still fails.
 *
 *   accept:
 *     - difference: label trace_id
 *       reason: ids are structured metadata now
 *     - difference: line
 *       contains: true
 *       reason: the whole JSON line is kept, not only its message
 */

import type { Diagnostic } from '../../model/diagnostic.ts';
import { YamlFile } from '../../proof/yaml-map.ts';
import type { Difference } from './compare-replays.ts';

export interface AcceptRule {
  /** `line`, `timestamp`, `tenant`, `missing`, `extra`, `label NAME`, `metadata NAME`; NAME may be `*`. */
  readonly difference: string;
  /** What the value of either side must match. */
  readonly from: RegExp | undefined;
  readonly to: RegExp | undefined;
  /** The new value must have the old one in it, as it is or as a JSON string. */
  readonly contains: boolean;
  /** What the origin must match: a path, or `journal`. */
  readonly source: RegExp | undefined;
  readonly reason: string;
  readonly line: number;
}

const ruleKeys = ['difference', 'from', 'to', 'contains', 'source', 'reason'];
const kinds = /^(line|timestamp|tenant|missing|extra|(label|metadata) \S+)$/;

export function readAcceptFile(
  text: string,
  file: string,
): { readonly rules: readonly AcceptRule[]; readonly diagnostics: readonly Diagnostic[] } {
  const yaml = new YamlFile(text, file);
  const root = yaml.root === undefined ? undefined : yaml.map(yaml.root, 'the file', ['accept']);
  const entries = root?.maps('accept', 'a rule', ruleKeys) ?? [];
  const rules = entries.map((entry): AcceptRule => {
    const difference = entry.requiredText('difference');
    if (!kinds.test(difference)) {
      const hint = 'line, timestamp, tenant, missing, extra, label NAME or metadata NAME';
      entry.report('difference', `there is no difference '${difference}'`, hint);
    }
    const pattern = (key: string) => {
      const source = entry.text(key);
      if (source === undefined) return undefined;
      try {
        return new RegExp(source);
      } catch (error) {
        entry.report(key, (error as Error).message);
        return undefined;
      }
    };
    return {
      difference,
      from: pattern('from'),
      to: pattern('to'),
      contains: entry.text('contains') === 'true',
      source: pattern('source'),
      reason: entry.requiredText('reason'),
      line: entry.place().line,
    };
  });
  return { rules, diagnostics: yaml.diagnostics };
}

/** Is this difference one that the rule means? */
export function accepts(rule: AcceptRule, difference: Difference): boolean {
  const [kind, name] = rule.difference.split(' ');
  return (
    kind === difference.kind &&
    (name === undefined || name === '*' || name === difference.name) &&
    (rule.from === undefined || rule.from.test(difference.from ?? '')) &&
    (rule.to === undefined || rule.to.test(difference.to ?? '')) &&
    (!rule.contains || contains(difference)) &&
    (rule.source === undefined || rule.source.test(difference.origin.source))
  );
}

function contains({ from = '', to = '' }: Difference): boolean {
  return to.includes(from) || to.includes(JSON.stringify(from).slice(1, -1));
}
