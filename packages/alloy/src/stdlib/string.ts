import { listType, stringType } from '../type.ts';
import { arrayValue, stringValue } from '../value.ts';
import { argument, countError, fixed, variadic } from './function.ts';
import { sprintf } from './sprintf.ts';

/** Go's unicode.IsSpace. */
const goSpace = '[\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+';
const leadingSpace = new RegExp(`^${goSpace}`);
const trailingSpace = new RegExp(`${goSpace}$`);

export const format = variadic('string.format', (values) => {
  if (values.length === 0) throw countError(1, 0);
  return stringValue(sprintf(argument(values, 0, stringType), values.slice(1)));
});
export const join = fixed('string.join', [listType(stringType), stringType], (items, separator) =>
  stringValue(items.join(separator)),
);
export const replace = fixed('string.replace', [stringType, stringType, stringType], (text, old, replacement) =>
  stringValue(
    old === ''
      ? [...text].reduce((out, char) => out + char + replacement, replacement)
      : text.replaceAll(old, () => replacement),
  ),
);
export const split = fixed('string.split', [stringType, stringType], (text, separator) =>
  arrayValue((separator === '' ? [...text] : text.split(separator)).map(stringValue)),
);
export const toLower = fixed('string.to_lower', [stringType], (text) => stringValue(text.toLowerCase()));
export const toUpper = fixed('string.to_upper', [stringType], (text) => stringValue(text.toUpperCase()));
export const trim = fixed('string.trim', [stringType, stringType], (text, cutset) => {
  const cut = new Set(cutset);
  const characters = [...text];
  let start = 0;
  let end = characters.length;
  while (start < end && cut.has(characters[start]!)) start++;
  while (end > start && cut.has(characters[end - 1]!)) end--;
  return stringValue(characters.slice(start, end).join(''));
});
export const trimPrefix = fixed('string.trim_prefix', [stringType, stringType], (text, prefix) =>
  stringValue(text.startsWith(prefix) ? text.slice(prefix.length) : text),
);
export const trimSuffix = fixed('string.trim_suffix', [stringType, stringType], (text, suffix) =>
  stringValue(suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text),
);
export const trimSpace = fixed('string.trim_space', [stringType], (text) =>
  stringValue(text.replace(leadingSpace, '').replace(trailingSpace, '')),
);
