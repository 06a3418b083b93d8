import { mapType, nullableType, required, schema, stringType } from '@cordwood/alloy';
import type { StageDefinition } from '../stage.ts';

const argumentSchema = schema({
  attributes: { values: required(mapType(nullableType(stringType))) },
});

/** Sets labels to fixed values; entries without a value are ignored. */
export const staticLabels: StageDefinition<{ readonly values: ReadonlyMap<string, string | undefined> }> = {
  name: 'static_labels',
  schema: argumentSchema,
  create(args) {
    const fixed = [...args.values].filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '');
    return {
      process(entries) {
        for (const entry of entries) for (const [name, value] of fixed) entry.labels = entry.labels.with(name, value);
        return entries;
      },
    };
  },
};
