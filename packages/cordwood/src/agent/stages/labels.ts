import { enumType, mapType, nullableType, optional, required, schema, stringType } from '@cordwood/alloy';
import { labelValue } from '../../model/labels.ts';
import type { StageDefinition } from '../stage.ts';
import { valueText } from '../value-text.ts';

const argumentSchema = schema({
  attributes: {
    values: required(mapType(nullableType(stringType))),
    source_type: optional(enumType('extracted', 'structured_metadata'), 'extracted'),
  },
  validate(args, report) {
    for (const name of args.values.keys()) if (name === '') report('values', 'invalid label name: ""');
  },
});

/** Sets labels from extracted values (or structured metadata). Missing values set nothing. */
export const labels: StageDefinition<{
  readonly values: ReadonlyMap<string, string | undefined>;
  readonly source_type: 'extracted' | 'structured_metadata';
}> = {
  name: 'labels',
  schema: argumentSchema,
  create(args) {
    const sources = [...args.values].map(([name, source]) => [name, source || name] as const);
    const fromMetadata = args.source_type === 'structured_metadata';
    return {
      process(entries) {
        for (const entry of entries) {
          for (const [name, source] of sources) {
            const value = fromMetadata
              ? labelValue(entry.structuredMetadata, source)
              : valueText(entry.extracted.get(source));
            // A label value is UTF-8; an empty one is kept.
            if (value?.isWellFormed()) entry.labels = entry.labels.with(name, value);
          }
        }
        return entries;
      },
    };
  },
};
