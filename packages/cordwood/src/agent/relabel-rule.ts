/** Relabelling rules as arguments: `rule` blocks, the export `rules`, the argument `relabel_rules`. */
import {
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
import { parseRelabelAction, type RelabelAction, type RelabelRule, relabelProblems } from '../extract/relabel.ts';
import { relabelRegexType } from './argument-types.ts';

const actionType = parsedType<RelabelAction>('action', 'replace', (text) => {
  const action = parseRelabelAction(text);
  return action === undefined ? { error: `unknown relabel action ${JSON.stringify(text)}` } : { value: action };
});

const defaultRegex = relabelRegexType.convert({ kind: 'string', value: '(.*)' });
const anything = 'value' in defaultRegex ? defaultRegex.value : relabelRegexType.zero;

const ruleSchema = schema({
  attributes: {
    source_labels: optional(listType(stringType), []),
    separator: optional(stringType, ';'),
    regex: optional(relabelRegexType, anything),
    modulus: optional(integerType, 0),
    target_label: optional(stringType, ''),
    replacement: optional(stringType, '$1'),
    action: optional(actionType, 'replace'),
  },
  validate(rule, report) {
    for (const { field, message } of relabelProblems(rule, rule.regex === anything)) report(field, message);
  },
});

/** Nested `rule` blocks. */
export const ruleBlocks = blocks(ruleSchema);

const rulesCapsule = 'alloy.relabel.Rules';
/** The export `rules`. */
export function rulesValue(rules: readonly RelabelRule[]): Value {
  return capsuleValue(rulesCapsule, rules);
}
/** The argument `relabel_rules`; null is none. */
export const relabelRulesType = nullableType(capsuleType<readonly RelabelRule[]>(rulesCapsule));
