import { listType, required, schema, stringType } from '@cordwood/alloy';
import type { StageDefinition } from '../stage.ts';

const argumentSchema = schema({
  attributes: { values: required(listType(stringType)) },
  validate(args, report) {
    if (args.values.length === 0) report('values', 'labelallow stage config cannot be empty');
  },
});

/** Removes all labels but these. */
export const labelKeep: StageDefinition<{ readonly values: readonly string[] }> = {
  name: 'label_keep',
  schema: argumentSchema,
  create(args) {
    const kept = new Set(args.values);
    return {
      process(entries) {
        for (const entry of entries) {
          for (const { name } of entry.labels.labels) if (!kept.has(name)) entry.labels = entry.labels.without(name);
        }
        return entries;
      },
    };
  },
};
