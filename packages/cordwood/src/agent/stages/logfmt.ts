import { type ArgumentsOf, mapType, nullableType, optional, schema, stringType } from '@cordwood/alloy';
import { regexType } from '../argument-types.ts';
import type { StageDefinition } from '../stage.ts';
import { valueText } from '../value-text.ts';

const argumentSchema = schema({
  attributes: {
    mapping: optional(mapType(nullableType(stringType)), new Map()),
    regex: optional(nullableType(regexType), undefined),
    source: optional(stringType, ''),
  },
  validate(args, report) {
    if (args.mapping.size === 0 && args.regex === undefined) report(undefined, 'logfmt mapping or regex is required');
  },
});

/** Values of `key=value` pairs become extracted values, as texts. What was read before a syntax error stays. */
export const logfmt: StageDefinition<ArgumentsOf<typeof argumentSchema>> = {
  name: 'logfmt',
  schema: argumentSchema,
  create(args) {
    // Key -> name: of two names for one key the last one gets the value.
    const wanted = new Map([...args.mapping].map(([name, key]) => [key || name, name] as const));
    return {
      process(entries) {
        for (const entry of entries) {
          const text = args.source === '' ? entry.text : valueText(entry.extracted.get(args.source));
          if (text === undefined) continue;
          readLogfmt(text, (key, value) => {
            const name = wanted.get(key);
            if (name !== undefined) entry.extracted.set(name, value);
            if (args.regex?.test(key)) entry.extracted.set(key, value);
          });
        }
        return entries;
      },
    };
  },
};

const simpleValue = /[^\s"=\u0000-\u001f]*/y;
const keyPattern = /[^\s"=\u0000-\u001f]+/y;
const quoted = /"(?:[^"\\\u0000-\u001f]|\\.)*"/y;
const space = /[\s\u0000-\u001f]*/y;

/**
 * Reads pairs until the end or the first syntax error, each line for itself. A key without value has the value ''. This is
 * go-logfmt, which is stricter than the reader of LogQL in extract/: one stray quote ends the line.
 */
export function readLogfmt(text: string, visit: (key: string, value: string) => void): void {
  for (const line of text.includes('\n') ? text.split('\n') : [text]) if (!readLine(line, visit)) return;
}

function readLine(line: string, visit: (key: string, value: string) => void): boolean {
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(line)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  for (;;) {
    take(space);
    if (at >= line.length) return true;
    const key = take(keyPattern);
    if (key === undefined) return false;
    if (line[at] === '"') return false;
    if (line[at] !== '=') {
      visit(key, '');
      continue;
    }
    at++;
    if (line[at] === '"') {
      const literal = take(quoted);
      const value = literal === undefined ? undefined : unquoteJson(literal);
      if (value === undefined) return false;
      // A quote right behind a quoted value is tolerated.
      if (line[at] === '"') at++;
      visit(key, value);
      continue;
    }
    const value = take(simpleValue)!;
    if (line[at] === '"' || line[at] === '=') return false;
    visit(key, value);
  }
}

function unquoteJson(literal: string): string | undefined {
  if (!literal.includes('\\')) return literal.slice(1, -1);
  try {
    return (JSON.parse(literal) as string).toWellFormed();
  } catch {
    return undefined;
  }
}
