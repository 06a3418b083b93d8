import { createHash } from 'node:crypto';
import { compileRe2, type Re2 } from '../extract/re2.ts';
import { createLabels, type Labels } from '../model/labels.ts';
import type { ConfigValue } from '../model/limits.ts';
import { readBlock } from './read-block.ts';

/** Prometheus' relabelling, as `alert_relabel_configs` and `write_relabel_configs` have it
 * (https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config). */

const actions = [
  'replace',
  'keep',
  'drop',
  'keepequal',
  'dropequal',
  'hashmod',
  'labelmap',
  'labeldrop',
  'labelkeep',
  'lowercase',
  'uppercase',
] as const;
type Action = (typeof actions)[number];

export interface RelabelRule {
  readonly action: Action;
  readonly sourceLabels: readonly string[];
  readonly separator: string;
  readonly targetLabel: string;
  readonly regex: Re2;
  readonly modulus: number;
  readonly replacement: string;
}

export type RelabelRules =
  | { readonly rules: readonly RelabelRule[]; readonly problems?: undefined }
  | { readonly rules?: undefined; readonly problems: readonly string[] };

const needsTarget: ReadonlySet<Action> = new Set<Action>([
  'replace',
  'hashmod',
  'lowercase',
  'uppercase',
  'keepequal',
  'dropequal',
]);

/** Rules from a list of blocks as written; `name` is the key that holds them. */
export function parseRelabelRules(value: unknown, name: string): RelabelRules {
  if (value === undefined || value === null) return { rules: [] };
  if (!Array.isArray(value)) return { problems: [`${name} must be a list`] };
  const problems: string[] = [];
  const rules = value.map((item: ConfigValue, index) => {
    const block = readBlock(item, `${name}[${index}]`, problems);
    const action = actions.find((known) => known === block.text('action', 'replace').toLowerCase());
    const pattern = block.text('regex', '(.*)');
    const compiled = compileRe2(pattern, { anchored: true });
    const rule = {
      action: action ?? 'replace',
      sourceLabels: block.texts('source_labels'),
      separator: block.text('separator', ';'),
      targetLabel: block.text('target_label', ''),
      regex: 're2' in compiled ? compiled.re2 : undefined,
      modulus: block.number('modulus', 0),
      replacement: block.text('replacement', '$1'),
    };
    if (action === undefined) problems.push(`${name}[${index}]: unknown relabel action "${block.text('action', '')}"`);
    if ('error' in compiled) problems.push(`${name}[${index}]: ${compiled.error}`);
    if (needsTarget.has(rule.action) && rule.targetLabel === '')
      problems.push(`${name}[${index}]: relabel configuration for ${rule.action} action requires 'target_label' value`);
    if (rule.action === 'hashmod' && !(Number.isInteger(rule.modulus) && rule.modulus > 0))
      problems.push(`${name}[${index}]: relabel configuration for hashmod requires non-zero modulus`);
    block.end();
    return rule;
  });
  return problems.length > 0 ? { problems } : { rules: rules as RelabelRule[] };
}

/** Labels after all rules; undefined when a rule drops them. A label with an empty value does not exist. */
export function relabel(labels: Labels, rules: readonly RelabelRule[]): Labels | undefined {
  if (rules.length === 0) return labels;
  const current = new Map(labels.map(({ name, value }) => [name, value] as const));
  for (const rule of rules) if (!apply(rule, current)) return undefined;
  return createLabels([...current].filter(([, value]) => value !== ''));
}

const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** False when the rule drops the labels. */
function apply(rule: RelabelRule, labels: Map<string, string>): boolean {
  const { action, regex, targetLabel, replacement } = rule;
  const source = rule.sourceLabels.map((name) => labels.get(name) ?? '').join(rule.separator);
  switch (action) {
    case 'keep':
      return regex.test(source);
    case 'drop':
      return !regex.test(source);
    case 'keepequal':
      return (labels.get(targetLabel) ?? '') === source;
    case 'dropequal':
      return (labels.get(targetLabel) ?? '') !== source;
    case 'replace': {
      if (!regex.test(source)) return true;
      const target = regex.replaceAll(source, targetLabel);
      if (labelName.test(target)) setLabel(labels, target, regex.replaceAll(source, replacement));
      return true;
    }
    case 'lowercase':
      setLabel(labels, targetLabel, source.toLowerCase());
      return true;
    case 'uppercase':
      setLabel(labels, targetLabel, source.toUpperCase());
      return true;
    case 'hashmod': {
      const digest = createHash('md5').update(source).digest();
      setLabel(labels, targetLabel, String(digest.readBigUInt64BE(8) % BigInt(rule.modulus)));
      return true;
    }
    case 'labelmap':
      for (const [name, value] of [...labels])
        if (regex.test(name)) setLabel(labels, regex.replaceAll(name, replacement), value);
      return true;
    case 'labeldrop':
      for (const name of [...labels.keys()]) if (regex.test(name)) labels.delete(name);
      return true;
    case 'labelkeep':
      for (const name of [...labels.keys()]) if (!regex.test(name)) labels.delete(name);
      return true;
  }
}

function setLabel(labels: Map<string, string>, name: string, value: string): void {
  if (value === '') labels.delete(name);
  else labels.set(name, value);
}
