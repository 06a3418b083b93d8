import { listType, required, schema, stringType } from '@cordwood/alloy';
import type { StageDefinition } from '../stage.ts';

const argumentSchema = schema({
  attributes: { values: required(listType(stringType)) },
  validate(args, report) {
    if (args.values.length === 0) report('values', 'structured_metadata_drop stage config cannot be empty');
  },
});

/** Removes structured metadata by name. */
export const structuredMetadataDrop: StageDefinition<{ readonly values: readonly string[] }> = {
  name: 'structured_metadata_drop',
  schema: argumentSchema,
  create(args) {
    const dropped = new Set(args.values);
    return {
      process(entries) {
        for (const entry of entries) {
          if (entry.structuredMetadata.some((label) => dropped.has(label.name))) {
            entry.structuredMetadata = entry.structuredMetadata.filter((label) => !dropped.has(label.name));
          }
        }
        return entries;
      },
    };
  },
};
