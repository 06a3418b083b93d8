import type { StageDefinition } from '../stage.ts';
import { valueText } from '../value-text.ts';
import { type EventMessageArguments, eventMessageSchema, storeEventField } from './eventlogmessage.ts';

/**
 * Parses the message of a Windows event: the first line is the `Description`; below a heading `Section:`, indented
 * `Key: value` lines become `Section_Key`; an indented line without a key continues the value before it.
 */
export const windowsevent: StageDefinition<EventMessageArguments> = {
  name: 'windowsevent',
  schema: eventMessageSchema,
  create: (args) => ({
    process(entries) {
      for (const entry of entries) {
        const message = valueText(entry.extracted.get(args.source));
        if (message === undefined) continue;
        for (const [key, value] of parseEvent(message)) storeEventField(entry, key, value, args);
      }
      return entries;
    },
  }),
};

export function parseEvent(message: string): Map<string, string> {
  const fields = new Map<string, string>();
  let section = '';
  let last: string | undefined;
  for (const [i, raw] of message.split(/\r?\n/).entries()) {
    const line = raw.trimEnd();
    if (i === 0) {
      fields.set('Description', line.trim());
      continue;
    }
    if (line === '') {
      last = undefined;
      continue;
    }
    const indented = /^\s/.test(line);
    const text = line.trim();
    const colon = text.indexOf(':');
    if (!indented) {
      last = undefined;
      section = text.endsWith(':') ? compact(text.slice(0, -1)) : '';
      const value = colon < 0 ? '' : text.slice(colon + 1).trim();
      // A line of prose is no heading, and neither is a sentence that has a colon in it.
      if (section === '' && value !== '' && /^[^.]{1,60}:\s*\t/.test(text)) {
        last = compact(text.slice(0, colon));
        fields.set(last, value);
      }
    } else if (colon > 0) {
      const key = compact(text.slice(0, colon));
      last = section === '' ? key : `${section}_${key}`;
      fields.set(last, text.slice(colon + 1).trim());
    } else if (last !== undefined) {
      const before = fields.get(last);
      fields.set(last, before === '' || before === undefined ? text : `${before},${text}`);
    }
  }
  return fields;
}

function compact(key: string): string {
  return key.replace(/\s+/g, '');
}
