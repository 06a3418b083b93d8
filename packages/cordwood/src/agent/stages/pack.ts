import { type ArgumentsOf, booleanType, listType, optional, required, schema, stringType } from '@cordwood/alloy';
import { jsonString } from '../json-text.ts';
import type { StageDefinition } from '../stage.ts';
import { valueText } from '../value-text.ts';

const argumentSchema = schema({
  attributes: { labels: required(listType(stringType)), ingest_timestamp: optional(booleanType, true) },
});

/**
 * Packs extracted values (labels included) and the line into one JSON object, `_entry` last, and removes those labels. With
 * `ingest_timestamp` the entry gets the present time.
 */
export const pack: StageDefinition<ArgumentsOf<typeof argumentSchema>> = {
  name: 'pack',
  schema: argumentSchema,
  create(args, context) {
    const names = [...new Set(args.labels)].sort();
    return {
      process(entries) {
        for (const entry of entries) {
          let text = '{';
          for (const name of names) {
            const value = valueText(entry.extracted.get(name));
            if (value === undefined) continue;
            text += `${jsonString(name)}:${jsonString(value)},`;
            entry.labels = entry.labels.without(name);
          }
          entry.setText(`${text}"_entry":${jsonString(entry.text)}}`);
          if (args.ingest_timestamp) entry.setTimestampNs(context.clock.nowNs());
        }
        return entries;
      },
    };
  },
};
