/** Relabelling rules as Prometheus has them, for labels of entries and of targets. */
import { createHash } from 'node:crypto';
import {
  type ArgumentsOf,
  blocks,
  capsuleType,
  capsuleValue,
  integerType,
  listType,
  nullableType,
  optional,
  parsedType,
  schema,
  stringType,
  type Value,
} from '@cordwood/alloy';
import { createLabels, type Labels } from '../model/labels.ts';
import { relabelRegexType } from './argument-types.ts';

const actions = [
  'replace', 'keep', 'drop', 'keepequal', 'dropequal', 'hashmod', 'labelmap', 'labeldrop', 'labelkeep', 'lowercase', 'uppercase',
] as const; // biome-ignore format: one table
type Action = (typeof actions)[number];

const actionType = parsedType<Action>('action', 'replace', (text) => {
  const action = actions.find((candidate) => candidate === text.toLowerCase());
  return action === undefined ? { error: `unknown relabel action ${JSON.stringify(text)}` } : { value: action };
});

const defaultRegex = relabelRegexType.convert({ kind: 'string', value: '(.*)' });
const anything = 'value' in defaultRegex ? defaultRegex.value : relabelRegexType.zero;
const defaultReplacement = '$1';

const ruleSchema = schema({
  attributes: {
    source_labels: optional(listType(stringType), []),
    separator: optional(stringType, ';'),
    regex: optional(relabelRegexType, anything),
    modulus: optional(integerType, 0),
    target_label: optional(stringType, ''),
    replacement: optional(stringType, defaultReplacement),
    action: optional(actionType, 'replace'),
  },
  validate(rule, report) {
    const { action } = rule;
    const needsTarget: readonly Action[] = ['replace', 'hashmod', 'lowercase', 'uppercase', 'keepequal', 'dropequal'];
    if (needsTarget.includes(action) && rule.target_label === '') {
      report(undefined, `relabel configuration for ${action} action requires 'target_label' value`);
    }
    if (action === 'hashmod' && rule.modulus <= 0)
      report(undefined, 'relabel configuration for hashmod requires non-zero modulus');
    if (action === 'labelmap' && !/\$/.test(rule.replacement) && !labelName.test(rule.replacement)) {
      report('replacement', `"${rule.replacement}" is invalid 'replacement' for labelmap action`);
    }
    const onlyRegex =
      rule.source_labels.length === 0 &&
      rule.target_label === '' &&
      rule.modulus === 0 &&
      rule.separator === ';' &&
      rule.replacement === defaultReplacement;
    if ((action === 'labeldrop' || action === 'labelkeep') && !onlyRegex) {
      report(undefined, `${action} action requires only 'regex', and no other fields`);
    }
    if (
      (action === 'lowercase' || action === 'uppercase' || action === 'hashmod') &&
      !isTemplate(rule.target_label) &&
      !labelName.test(rule.target_label)
    ) {
      report('target_label', `"${rule.target_label}" is invalid 'target_label' for ${action} action`);
    }
    if (action === 'keepequal' || action === 'dropequal') {
      const plain =
        rule.regex === anything &&
        rule.modulus === 0 &&
        rule.separator === ';' &&
        rule.replacement === defaultReplacement;
      if (!plain)
        report(undefined, `${action} action requires only 'source_labels' and \`target_label\`, and no other fields`);
    }
  },
});

export type RelabelRule = ArgumentsOf<typeof ruleSchema>;

/** Nested `rule` blocks. */
export const ruleBlocks = blocks(ruleSchema);

const rulesCapsule = 'alloy.relabel.Rules';
/** The export `rules`. */
export function rulesValue(rules: readonly RelabelRule[]): Value {
  return capsuleValue(rulesCapsule, rules);
}
/** The argument `relabel_rules`; null is none. */
export const relabelRulesType = nullableType(capsuleType<readonly RelabelRule[]>(rulesCapsule));

const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

function isTemplate(text: string): boolean {
  return text.includes('$');
}

/** Labels after all rules; undefined when a rule drops them. Labels with an empty value do not exist. */
export function relabel(labels: Labels, rules: readonly RelabelRule[]): Labels | undefined {
  const current = new Map(labels.filter(({ value }) => value !== '').map(({ name, value }) => [name, value] as const));
  for (const rule of rules) if (!apply(rule, current)) return undefined;
  return createLabels([...current].filter(([, value]) => value !== ''));
}

/** False when the rule drops the labels. */
function apply(rule: RelabelRule, labels: Map<string, string>): boolean {
  const source = rule.source_labels.map((name) => labels.get(name) ?? '').join(rule.separator);
  const set = (name: string, value: string) => (value === '' ? labels.delete(name) : labels.set(name, value));
  switch (rule.action) {
    case 'keep':
      return rule.regex.test(source);
    case 'drop':
      return !rule.regex.test(source);
    case 'keepequal':
      return (labels.get(rule.target_label) ?? '') === source;
    case 'dropequal':
      return (labels.get(rule.target_label) ?? '') !== source;
    case 'replace': {
      const match = rule.regex.exec(source);
      if (match === null) return true;
      const target = expand(rule.target_label, match.groups, rule.regex.groupNames);
      // Any name may be given since label names are UTF-8; an empty one is none.
      if (target !== '') set(target, expand(rule.replacement, match.groups, rule.regex.groupNames));
      return true;
    }
    case 'lowercase':
      set(rule.target_label, source.toLowerCase());
      return true;
    case 'uppercase':
      set(rule.target_label, source.toUpperCase());
      return true;
    case 'hashmod': {
      const digest = createHash('md5').update(source).digest();
      set(rule.target_label, String(digest.readBigUInt64BE(8) % BigInt(rule.modulus)));
      return true;
    }
    case 'labelmap':
      for (const [name, value] of [...labels]) {
        const match = rule.regex.exec(name);
        if (match !== null) set(expand(rule.replacement, match.groups, rule.regex.groupNames), value);
      }
      return true;
    case 'labeldrop':
      for (const name of [...labels.keys()]) if (rule.regex.test(name)) labels.delete(name);
      return true;
    case 'labelkeep':
      for (const name of [...labels.keys()]) if (!rule.regex.test(name)) labels.delete(name);
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
