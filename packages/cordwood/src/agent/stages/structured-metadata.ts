import { type ArgumentsOf, mapType, nullableType, optional, schema, stringType } from '@cordwood/alloy';
import { createLabels } from '../../model/labels.ts';
import { regexType } from '../argument-types.ts';
import type { PipelineEntry } from '../pipeline-entry.ts';
import type { StageDefinition } from '../stage.ts';
import { valueText } from '../value-text.ts';

const argumentSchema = schema({
  attributes: {
    values: optional(nullableType(mapType(nullableType(stringType))), undefined),
    regex: optional(nullableType(regexType), undefined),
  },
  validate(args, report) {
    if (args.values === undefined && args.regex === undefined) {
      report(undefined, 'structured_metadata stage config cannot be empty: values or regex is required');
    }
  },
});

/**
 * Moves values into structured metadata. A label wins over an extracted value of the same name and is removed; metadata of the
 * same name is replaced.
 */
export const structuredMetadata: StageDefinition<ArgumentsOf<typeof argumentSchema>> = {
  name: 'structured_metadata',
  schema: argumentSchema,
  create(args) {
    const sources = [...(args.values ?? [])].map(([name, source]) => [name, source || name] as const);
    return {
      process(entries) {
        for (const entry of entries) {
          const found: [string, string][] = [];
          for (const [name, source] of sources) take(entry, name, source, found);
          if (args.regex !== undefined) {
            for (const name of new Set([
              ...entry.extracted.names(),
              ...entry.labels.labels.map((label) => label.name),
            ])) {
              if (args.regex.test(name)) take(entry, name, name, found);
            }
          }
          if (found.length > 0) {
            const before = entry.structuredMetadata.map(({ name, value }) => [name, value] as const);
            entry.structuredMetadata = createLabels([...before, ...found]);
          }
        }
        return entries;
      },
    };
  },
};

function take(entry: PipelineEntry, name: string, source: string, found: [string, string][]): void {
  if (entry.labels.has(source)) {
    found.push([name, entry.labels.get(source)]);
    entry.labels = entry.labels.without(source);
    return;
  }
  const text = valueText(entry.extracted.get(source));
  if (text?.isWellFormed()) found.push([name, text]);
}
