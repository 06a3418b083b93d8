import {
  type ArgumentsOf,
  booleanType,
  mapType,
  nullableType,
  optional,
  parsedType,
  schema,
  stringType,
} from '@cordwood/alloy';
import { compile, type JSONValue, TreeInterpreter } from '@jmespath-community/jmespath';
import { memoize, regexType } from '../argument-types.ts';
import { jsonText } from '../json-text.ts';
import type { PipelineEntry } from '../pipeline-entry.ts';
import type { StageDefinition } from '../stage.ts';
import { valueText } from '../value-text.ts';

type Json = Readonly<Record<string, unknown>>;
type Lookup = (document: Json) => unknown;

/** A JMESPath expression, compiled; '' stands for the name that it is given to. */
interface Path {
  readonly text: string;
  readonly find: Lookup;
}

const compilePath = memoize<Path>((text) => {
  if (text === '') return { value: { text, find: () => null } };
  // Plain names and chains of them are by far the most frequent, and need no interpreter.
  if (/^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/.test(text))
    return { value: { text, find: chain(text.split('.')) } };
  try {
    const expression = compile(text);
    return { value: { text, find: (document) => TreeInterpreter.search(expression, document as JSONValue) ?? null } };
  } catch (cause) {
    return { error: `could not compile JMES expression: ${(cause as Error).message}` };
  }
});

function chain(names: readonly string[]): Lookup {
  const [first] = names;
  if (names.length === 1) return (document) => (Object.hasOwn(document, first!) ? document[first!] : null);
  return (document) => {
    let value: unknown = document;
    for (const name of names) {
      if (value === null || typeof value !== 'object' || Array.isArray(value) || !Object.hasOwn(value, name))
        return null;
      value = (value as Json)[name];
    }
    return value;
  };
}

/** A JMESPath expression (community dialect). */
const pathType = parsedType<Path>('JMESPath expression', { text: '', find: () => null }, compilePath);

const argumentSchema = schema({
  attributes: {
    expressions: optional(mapType(nullableType(pathType)), new Map()),
    regex: optional(nullableType(regexType), undefined),
    source: optional(nullableType(stringType), undefined),
    drop_malformed: optional(booleanType, false),
  },
  validate(args, report) {
    if (args.expressions.size === 0 && args.regex === undefined)
      report(undefined, 'JMES expressions or regex is required');
    if (args.source === '') report('source', 'empty source');
    for (const [name, path] of args.expressions) {
      if (path !== undefined && path.text !== '') continue;
      const own = compilePath(name);
      if ('error' in own)
        report('expressions', own.error, `Give "${name}" an expression; quote special names: \`"${name}"\`.`);
    }
  },
});

/**
 * Values of a JSON object become extracted values. A missing key stores null over what was there; objects and arrays become
 * JSON text. What is not an object changes nothing, or is dropped (uncounted, as in Alloy) with `drop_malformed`.
 */
export const json: StageDefinition<ArgumentsOf<typeof argumentSchema>> = {
  name: 'json',
  schema: argumentSchema,
  create(args) {
    const lookups = [...args.expressions].map(([name, path]) => {
      if (path !== undefined && path.text !== '') return [name, path.find] as const;
      const own = compilePath(name);
      return [name, 'error' in own ? () => null : own.value.find] as const;
    });

    /** False when the entry is malformed. */
    const extract = (entry: PipelineEntry): boolean => {
      let text: string | undefined;
      if (args.source === undefined) text = entry.text;
      else {
        text = valueText(entry.extracted.get(args.source));
        if (text === undefined) return true;
      }
      const document = parseObject(text);
      if (document === undefined) return false;
      for (const [name, find] of lookups) {
        let value: unknown;
        try {
          value = find(document);
        } catch {
          // A function that does not fit the data: the expression is skipped.
          continue;
        }
        entry.extracted.set(name, extractedValue(value));
      }
      if (args.regex !== undefined) {
        for (const [name, value] of Object.entries(document)) {
          if (args.regex.test(name)) entry.extracted.set(name, extractedValue(value));
        }
      }
      return true;
    };

    return {
      process(entries) {
        if (args.drop_malformed) return entries.filter(extract);
        for (const entry of entries) extract(entry);
        return entries;
      },
    };
  },
};

const emptyObject: Json = Object.freeze({});

/** The object that a text is; null counts as an empty one. */
export function parseObject(text: string): Json | undefined {
  // Most lines that are not objects are no JSON at all: do not pay for an exception.
  const first = firstCharacter(text);
  if (first !== '{' && first !== 'n') return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (parsed === null) return emptyObject;
  return typeof parsed === 'object' && !Array.isArray(parsed) ? (parsed as Json) : undefined;
}

function firstCharacter(text: string): string | undefined {
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char !== ' ' && char !== '\t' && char !== '\n' && char !== '\r') return char;
  }
  return undefined;
}

/** Scalars stay what they are; the rest becomes text. */
function extractedValue(value: unknown): unknown {
  if (typeof value === 'string') return value.isWellFormed() ? value : value.toWellFormed();
  return typeof value === 'object' && value !== null ? jsonText(value) : (value ?? null);
}
