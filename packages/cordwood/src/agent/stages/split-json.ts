import { type ArgumentsOf, nullableType, optional, schema, stringType } from '@cordwood/alloy';
import { PipelineEntry } from '../pipeline-entry.ts';
import type { StageDefinition } from '../stage.ts';
import { valueText } from '../value-text.ts';

const argumentSchema = schema({
  attributes: { source: optional(nullableType(stringType), undefined) },
  validate(args, report) {
    if (args.source === '') report('source', 'empty source');
  },
});

/** A JSON array becomes one entry per element, an empty one none; everything else passes. */
export const splitJson: StageDefinition<ArgumentsOf<typeof argumentSchema>> = {
  name: 'split_json',
  schema: argumentSchema,
  create: (args, context) => ({
    process(entries) {
      const out: PipelineEntry[] = [];
      for (const entry of entries) {
        const text = args.source === undefined ? entry.text : valueText(entry.extracted.get(args.source));
        const elements = text === undefined ? undefined : splitArray(text);
        if (elements === undefined) {
          out.push(entry);
          continue;
        }
        if (elements.length === 0) context.dropped('split_json_stage');
        for (const element of elements) {
          const child = new PipelineEntry(entry, entry.extracted.copy());
          child.setText(element);
          out.push(child);
        }
      }
      return out;
    },
  }),
};

/** Texts of the elements as they are written; undefined when the text is no JSON array. */
export function splitArray(text: string): string[] | undefined {
  const trimmed = text.trim();
  if (!trimmed.startsWith('[')) return undefined;
  try {
    if (!Array.isArray(JSON.parse(trimmed))) return undefined;
  } catch {
    return undefined;
  }
  const elements: string[] = [];
  let depth = 0;
  let start = 1;
  for (let i = 1; i < trimmed.length; i++) {
    const char = trimmed[i];
    if (char === '"') {
      for (i++; trimmed[i] !== '"'; i++) if (trimmed[i] === '\\') i++;
    } else if (char === '[' || char === '{') depth++;
    else if ((char === ',' && depth === 0) || (char === ']' && depth === 0)) {
      const element = trimmed.slice(start, i).trim();
      if (element !== '') elements.push(element);
      start = i + 1;
    } else if (char === ']' || char === '}') depth--;
  }
  return elements;
}
