import { listType, required, schema, stringType } from '@cordwood/alloy';
import type { StageDefinition } from '../stage.ts';

const argumentSchema = schema({
  attributes: { values: required(listType(stringType)) },
  validate(args, report) {
    if (args.values.length === 0) report('values', 'labeldrop stage config cannot be empty');
  },
});

/** Removes labels. */
export const labelDrop: StageDefinition<{ readonly values: readonly string[] }> = {
  name: 'label_drop',
  schema: argumentSchema,
  create: (args) => ({
    process(entries) {
      for (const entry of entries) for (const name of args.values) entry.labels = entry.labels.without(name);
      return entries;
    },
  }),
};
