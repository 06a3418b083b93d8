import { type ArgumentsOf, booleanType, optional, schema, stringType } from '@cordwood/alloy';
import type { PipelineEntry } from '../pipeline-entry.ts';
import type { StageDefinition } from '../stage.ts';
import { valueText } from '../value-text.ts';

export const eventMessageSchema = schema({
  attributes: {
    source: optional(stringType, 'message'),
    drop_invalid_labels: optional(booleanType, false),
    overwrite_existing: optional(booleanType, false),
  },
  validate(args, report) {
    if (args.source === '') report('source', 'source is required', 'The name of the extracted value with the message.');
  },
});
export type EventMessageArguments = ArgumentsOf<typeof eventMessageSchema>;

/** `Key: value` lines (ended by CR LF) of a Windows event message become extracted values. */
export const eventlogmessage: StageDefinition<EventMessageArguments> = {
  name: 'eventlogmessage',
  schema: eventMessageSchema,
  create: (args, context) => ({
    process(entries) {
      const kept = entries.filter((entry) => {
        if (!entry.extracted.has(args.source)) return true;
        const message = valueText(entry.extracted.get(args.source));
        // As in Alloy an entry whose message has no text ends here; there it is not counted.
        if (message === undefined) return false;
        for (const line of message.split('\r\n')) {
          const colon = line.indexOf(':');
          if (colon >= 0) storeEventField(entry, line.slice(0, colon), line.slice(colon + 1).trim(), args);
        }
        return true;
      });
      if (kept.length < entries.length) context.dropped('eventlogmessage_stage', entries.length - kept.length);
      return kept;
    },
  }),
};

/** Stores a field under a name that a label may have; a name that is taken gets the suffix `_extracted`. */
export function storeEventField(entry: PipelineEntry, key: string, value: string, args: EventMessageArguments): void {
  let name = key;
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) {
    if (args.drop_invalid_labels) return;
    name = name.replace(/^[^a-zA-Z_]/, '_').replace(/[^a-zA-Z0-9_]/g, '_');
  }
  if (name === '') return;
  if (entry.extracted.has(name) && !args.overwrite_existing) name += '_extracted';
  entry.extracted.set(name, value);
}
