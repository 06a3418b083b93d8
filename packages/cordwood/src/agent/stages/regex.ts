import { type ArgumentsOf, booleanType, nullableType, optional, required, schema, stringType } from '@cordwood/alloy';
import { regexType } from '../argument-types.ts';
import type { StageDefinition } from '../stage.ts';
import { valueText } from '../value-text.ts';

const argumentSchema = schema({
  attributes: {
    expression: required(regexType),
    source: optional(nullableType(stringType), undefined),
    labels_from_groups: optional(booleanType, false),
  },
  validate(args, report) {
    if (args.expression.source === '') report('expression', 'expression is required');
    if (args.source === '') report('source', 'empty source');
  },
});

/** Named groups of an expression become extracted values. No match changes nothing; an unmatched group is ''. */
export const regex: StageDefinition<ArgumentsOf<typeof argumentSchema>> = {
  name: 'regex',
  schema: argumentSchema,
  create(args) {
    const groups = args.expression.groupNames.flatMap((name, index) => (name === '' ? [] : [[name, index] as const]));
    return {
      process(entries) {
        for (const entry of entries) {
          const text = args.source === undefined ? entry.text : valueText(entry.extracted.get(args.source));
          const found = text === undefined ? null : args.expression.exec(text);
          if (found === null) continue;
          for (const [name, index] of groups) {
            const value = found.groups[index] ?? '';
            entry.extracted.set(name, value);
            if (args.labels_from_groups && value.isWellFormed()) entry.labels = entry.labels.with(name, value);
          }
        }
        return entries;
      },
    };
  },
};
