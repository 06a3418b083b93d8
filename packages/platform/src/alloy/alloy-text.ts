/** Pieces of Alloy configuration as text. What they make is laid out by `format` in the end, so they need not be pretty. */
import { quote } from '@cordwood/alloy';

/** A string: raw where that saves escapes (regular expressions), else quoted. */
export const text = (value: string): string =>
  /[\\"]/.test(value) && !/[`\r]/.test(value) ? `\`${value}\`` : quote(value);

export const list = (values: readonly string[]): string => `[${values.map(text).join(', ')}]`;

/** An object; keys that are not names are quoted. */
export const map = (entries: Readonly<Record<string, string>>): string =>
  `{\n${Object.entries(entries)
    .map(([key, value]) => `${/^[A-Za-z_]\w*$/.test(key) ? key : quote(key)} = ${text(value)},\n`)
    .join('')}}`;

/** `name "label" { … }`; what is undefined is left out. */
export function block(head: string, ...body: readonly (string | undefined)[]): string {
  const lines = body.filter((line) => line !== undefined && line !== '');
  return lines.length === 0 ? `${head} { }\n` : `${head} {\n${lines.map((line) => line!.trimEnd()).join('\n')}\n}\n`;
}

/** Blocks and attributes with an empty line between them. */
export const spaced = (...parts: readonly (string | undefined)[]): string =>
  parts
    .filter((part) => part !== undefined && part !== '')
    .map((part) => part!.trimEnd())
    .join('\n\n');

export const comment = (sentence: string): string =>
  sentence
    .split('\n')
    .map((line) => `// ${line}`)
    .join('\n');

export type Matcher = readonly [name: string, operator: '=' | '!=' | '=~' | '!~', value: string];

/** A LogQL selector, as an Alloy string. */
export const selector = (...matchers: readonly Matcher[]): string =>
  quote(`{${matchers.map(([name, operator, value]) => `${name}${operator}${quote(value)}`).join(', ')}}`);

/** `stage.match` over a selector. */
export const match = (matchers: string, ...body: readonly (string | undefined)[]): string =>
  block('stage.match', `selector = ${matchers}`, '\n', spaced(...body));
