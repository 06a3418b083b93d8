import { required, schema, stringType } from '@cordwood/alloy';
import type { StageDefinition } from '../stage.ts';
import { valueText } from '../value-text.ts';

const argumentSchema = schema({
  attributes: { source: required(stringType) },
  validate(args, report) {
    if (args.source === '') report('source', 'output source value is required if output is specified');
  },
});

/** The line becomes an extracted value. */
export const output: StageDefinition<{ readonly source: string }> = {
  name: 'output',
  schema: argumentSchema,
  create: (args) => ({
    process(entries) {
      for (const entry of entries) {
        const text = valueText(entry.extracted.get(args.source));
        if (text !== undefined) entry.setText(text);
      }
      return entries;
    },
  }),
};
