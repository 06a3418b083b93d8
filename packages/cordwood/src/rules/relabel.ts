import { compileRe2 } from '../extract/re2.ts';
import { parseRelabelAction, type RelabelRule, relabelProblems } from '../extract/relabel.ts';
import type { ConfigValue } from '../model/limits.ts';
import { readBlock } from './read-block.ts';

/** Rules of relabelling as `alert_relabel_configs` and `write_relabel_configs` have them. */
export type RelabelRules =
  | { readonly rules: readonly RelabelRule[]; readonly problems?: undefined }
  | { readonly rules?: undefined; readonly problems: readonly string[] };

const defaultRegex = '(.*)';

/** Rules from a list of blocks as written; `name` is the key that holds them. */
export function parseRelabelRules(value: unknown, name: string): RelabelRules {
  if (value === undefined || value === null) return { rules: [] };
  if (!Array.isArray(value)) return { problems: [`${name} must be a list`] };
  const problems: string[] = [];
  const rules = value.map((item: ConfigValue, index) => {
    const where = `${name}[${index}]`;
    const block = readBlock(item, where, problems);
    const action = parseRelabelAction(block.text('action', 'replace'));
    const pattern = block.text('regex', defaultRegex);
    const compiled = compileRe2(pattern, { anchored: true, dotAll: true });
    const rule = {
      action: action ?? 'replace',
      source_labels: block.texts('source_labels'),
      separator: block.text('separator', ';'),
      target_label: block.text('target_label', ''),
      regex: 're2' in compiled ? compiled.re2 : undefined,
      modulus: block.number('modulus', 0),
      replacement: block.text('replacement', '$1'),
    };
    if (action === undefined) problems.push(`${where}: unknown relabel action "${block.text('action', '')}"`);
    else problems.push(...relabelProblems(rule, pattern === defaultRegex).map(({ message }) => `${where}: ${message}`));
    if ('error' in compiled) problems.push(`${where}: ${compiled.error}`);
    block.end();
    return rule;
  });
  return problems.length > 0 ? { problems } : { rules: rules as RelabelRule[] };
}
