import { type ArgumentsOf, required, schema, stringType } from '@cordwood/alloy';
import type { StageDefinition } from '../stage.ts';
import { TemplateData, templateType } from '../template.ts';
import { valueText } from '../value-text.ts';

const argumentSchema = schema({
  attributes: { source: required(stringType), template: required(templateType) },
  validate(args, report) {
    if (args.source === '') report('source', 'template source value is required');
  },
});

/**
 * Sets an extracted value to the output of a template. Empty output removes the value; a template that fails leaves it.
 * `.Value` is the present value, `.Entry` the line.
 */
export const template: StageDefinition<ArgumentsOf<typeof argumentSchema>> = {
  name: 'template',
  schema: argumentSchema,
  create: (args) => ({
    process(entries) {
      for (const entry of entries) {
        const own = new Map([['Entry', entry.text]]);
        const value = valueText(entry.extracted.get(args.source));
        if (value !== undefined) own.set('Value', value);
        const text = args.template.constant ?? args.template.execute(new TemplateData(entry, own));
        if (text === undefined) continue;
        if (text === '') entry.extracted.delete(args.source);
        else entry.extracted.set(args.source, text);
      }
      return entries;
    },
  }),
};
