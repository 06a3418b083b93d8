import {
  type ArgumentsOf,
  booleanType,
  nullableType,
  optional,
  parsedType,
  required,
  schema,
  stringType,
} from '@cordwood/alloy';
import { compilePatternReader, type PatternPart, type PatternReader } from '../../extract/pattern-fields.ts';
import { memoize } from '../argument-types.ts';
import type { StageDefinition } from '../stage.ts';
import { valueText } from '../value-text.ts';

interface Pattern {
  readonly text: string;
  readonly read: PatternReader;
}

/** LogQL's pattern expressions: `<ip> - <_> "<method> <path>"`. */
const compilePattern = memoize<Pattern>((text) => {
  const parts: PatternPart[] = [];
  let end = 0;
  for (const match of text.matchAll(/<([a-zA-Z_][a-zA-Z0-9_]*)>/g)) {
    if (match.index > end) parts.push({ kind: 'literal', text: text.slice(end, match.index) });
    else if (parts.at(-1)?.kind === 'capture') return { error: 'found consecutive capture' };
    parts.push({ kind: 'capture', name: match[1]! });
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push({ kind: 'literal', text: text.slice(end) });
  const names = parts.flatMap((part) => (part.kind === 'capture' && part.name !== '_' ? [part.name] : []));
  if (names.length === 0) return { error: 'at least one named capture is required' };
  if (new Set(names).size < names.length) return { error: 'duplicate capture name' };
  return { value: { text, read: compilePatternReader(parts) } };
});

const argumentSchema = schema({
  attributes: {
    pattern: required(parsedType<Pattern>('pattern', { text: '', read: () => {} }, compilePattern)),
    source: optional(nullableType(stringType), undefined),
    labels_from_groups: optional(booleanType, false),
  },
  validate(args, report) {
    if (args.source === '') report('source', 'empty source');
  },
});

/** Captures of a pattern become extracted values. */
export const pattern: StageDefinition<ArgumentsOf<typeof argumentSchema>> = {
  name: 'pattern',
  schema: argumentSchema,
  create: (args) => ({
    process(entries) {
      for (const entry of entries) {
        const text = args.source === undefined ? entry.text : valueText(entry.extracted.get(args.source));
        if (text === undefined) continue;
        args.pattern.read(text, (name, value) => {
          entry.extracted.set(name, value);
          if (args.labels_from_groups && value.isWellFormed()) entry.labels = entry.labels.with(name, value);
          return true;
        });
      }
      return entries;
    },
  }),
};
