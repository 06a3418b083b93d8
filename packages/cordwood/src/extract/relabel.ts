/**
 * Relabelling as Prometheus has it, for labels of entries, targets, series and alerts
 * (https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config).
 */
import { createHash } from 'node:crypto';
import { createLabels, type Labels } from '../model/labels.ts';
import type { Re2 } from './re2.ts';

export const relabelActions = [
  'replace', 'keep', 'drop', 'keepequal', 'dropequal', 'hashmod', 'labelmap', 'labeldrop', 'labelkeep', 'lowercase', 'uppercase',
] as const; // biome-ignore format: one table
export type RelabelAction = (typeof relabelActions)[number];

/** A rule, with the names that it has in configuration files. */
export interface RelabelRule {
  readonly action: RelabelAction;
  readonly source_labels: readonly string[];
  readonly separator: string;
  readonly target_label: string;
  /** Anchored at both ends. */
  readonly regex: Re2;
  readonly modulus: number;
  readonly replacement: string;
}

/** An action in any case. */
export function parseRelabelAction(text: string): RelabelAction | undefined {
  return relabelActions.find((action) => action === text.toLowerCase());
}

/** What is wrong with a rule, in Prometheus' words, at a field or as a whole. */
export interface RelabelProblem {
  readonly field?: keyof RelabelRule;
  readonly message: string;
}

/** `isDefaultRegex`: the rule names none, or names what is the default. */
export function relabelProblems(rule: Omit<RelabelRule, 'regex'>, isDefaultRegex: boolean): RelabelProblem[] {
  const { action, target_label: target, replacement } = rule;
  const problems: RelabelProblem[] = [];
  const plainFields = rule.modulus === 0 && rule.separator === ';' && replacement === '$1';
  if (needsTarget.has(action) && target === '')
    problems.push({ message: `relabel configuration for ${action} action requires 'target_label' value` });
  if (action === 'hashmod' && !(Number.isInteger(rule.modulus) && rule.modulus > 0))
    problems.push({ message: 'relabel configuration for hashmod requires non-zero modulus' });
  if (action === 'labelmap' && !replacement.includes('$') && !labelName.test(replacement))
    problems.push({ field: 'replacement', message: `"${replacement}" is invalid 'replacement' for labelmap action` });
  if (onlyRegex.has(action) && !(rule.source_labels.length === 0 && target === '' && plainFields))
    problems.push({ message: `${action} action requires only 'regex', and no other fields` });
  if (namedTarget.has(action) && target !== '' && !target.includes('$') && !labelName.test(target))
    problems.push({ field: 'target_label', message: `"${target}" is invalid 'target_label' for ${action} action` });
  if (comparing.has(action) && !(isDefaultRegex && plainFields))
    problems.push({
      message: `${action} action requires only 'source_labels' and \`target_label\`, and no other fields`,
    });
  return problems;
}

const comparing: ReadonlySet<RelabelAction> = new Set(['keepequal', 'dropequal']);
const namedTarget: ReadonlySet<RelabelAction> = new Set(['lowercase', 'uppercase', 'hashmod']);
const onlyRegex: ReadonlySet<RelabelAction> = new Set(['labeldrop', 'labelkeep']);
const needsTarget: ReadonlySet<RelabelAction> = new Set(['replace', ...namedTarget, ...comparing]);
const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Which names `replace` may set; others are passed over. */
export type NameScheme = 'utf8' | 'legacy';

/** Labels after all rules; undefined when a rule drops them. A label with an empty value does not exist. */
export function relabel(labels: Labels, rules: readonly RelabelRule[], names: NameScheme = 'utf8'): Labels | undefined {
  const current = new Map(labels.filter(({ value }) => value !== '').map(({ name, value }) => [name, value] as const));
  for (const rule of rules) if (!apply(rule, current, names)) return undefined;
  return createLabels([...current].filter(([, value]) => value !== ''));
}

/** False when the rule drops the labels. */
function apply(rule: RelabelRule, labels: Map<string, string>, names: NameScheme): boolean {
  const { regex, target_label: targetLabel, replacement } = rule;
  const source = rule.source_labels.map((name) => labels.get(name) ?? '').join(rule.separator);
  const set = (name: string, value: string) => (value === '' ? labels.delete(name) : labels.set(name, value));
  switch (rule.action) {
    case 'keep':
      return regex.test(source);
    case 'drop':
      return !regex.test(source);
    case 'keepequal':
      return (labels.get(targetLabel) ?? '') === source;
    case 'dropequal':
      return (labels.get(targetLabel) ?? '') !== source;
    case 'replace': {
      const match = regex.exec(source);
      if (match === null) return true;
      const target = expand(targetLabel, match.groups, regex.groupNames);
      if (names === 'utf8' ? target !== '' : labelName.test(target))
        set(target, expand(replacement, match.groups, regex.groupNames));
      return true;
    }
    case 'lowercase':
      set(targetLabel, source.toLowerCase());
      return true;
    case 'uppercase':
      set(targetLabel, source.toUpperCase());
      return true;
    case 'hashmod': {
      const digest = createHash('md5').update(source).digest();
      set(targetLabel, String(digest.readBigUInt64BE(8) % BigInt(rule.modulus)));
      return true;
    }
    case 'labelmap':
      for (const [name, value] of [...labels]) {
        const match = regex.exec(name);
        if (match !== null) set(expand(replacement, match.groups, regex.groupNames), value);
      }
      return true;
    case 'labeldrop':
      for (const name of [...labels.keys()]) if (regex.test(name)) labels.delete(name);
      return true;
    case 'labelkeep':
      for (const name of [...labels.keys()]) if (!regex.test(name)) labels.delete(name);
      return true;
  }
}

/** Go's Regexp.Expand: `$1`, `${1}`, `$name`, `${name}`, `$$`. */
function expand(template: string, groups: readonly (string | undefined)[], names: readonly string[]): string {
  if (!template.includes('$')) return template;
  return template.replace(/\$(?:(\$)|\{([^{}]*)\}|([\p{L}\p{Nd}_]+))/gu, (_whole, dollar, braced, bare) => {
    if (dollar !== undefined) return '$';
    const name: string = braced ?? bare;
    const index = /^\d+$/.test(name) ? Number(name) : names.indexOf(name);
    return name === '' || index < 0 ? '' : (groups[index] ?? '');
  });
}
