import type { TextPattern } from './patterns.ts';
import type { RedactionTag } from './policy.ts';

/** One rule for keys: names in snake_case; `*` stands for any characters of a name. */
export interface KeyRule {
  readonly keys: readonly string[];
  readonly tag: RedactionTag;
}

/** Whatever stands under these keys is replaced, whatever it looks like. */
export const defaultKeyRules: readonly KeyRule[] = [
  {
    tag: '[REDACTED_KEY]',
    keys: [
      '*password*',
      '*passwd',
      '*passphrase',
      '*secret',
      '*secret_key',
      '*token',
      '*api_key',
      '*private_key',
      '*access_key',
      '*authorization',
      '*cookie',
      'pwd',
      'credentials',
      'connection_string',
      'otp',
    ],
  },
  { tag: '[REDACTED_CC]', keys: ['*card_number', 'credit_card', 'cvv', 'cvc', 'pan'] },
  { tag: '[REDACTED_EMAIL]', keys: ['*email', '*email_address'] },
];

/**
 * The expression of a key name, in RE2 and JavaScript syntax: `api_key` also means `apiKey`, `API-KEY` and `api.key`. It is
 * used as it is by the logger (on keys) and by the pipeline (on JSON text), so both agree.
 */
function keyExpression(key: string): string {
  return key
    .split('*')
    .map((part) =>
      part
        .split(/[_.\- ]/)
        .map((word) => word.replace(/[^\p{L}\p{N}]/gu, '\\$&'))
        .join('[_. -]?'),
    )
    .join('[^"\\\\]*');
}

/** Several names as one expression; those that begin with `*` share that beginning, which is then looked for once. */
export function keysExpression(keys: readonly string[]): string {
  const open = keys.filter((key) => key.startsWith('*')).map((key) => keyExpression(key.slice(1)));
  const whole = keys.filter((key) => !key.startsWith('*')).map(keyExpression);
  return `(?i:${[...(open.length === 0 ? [] : [`[^"\\\\]*(?:${open.join('|')})`]), ...whole].join('|')})`;
}

/**
 * A JSON string with its quotes, or a number: replaced together, so that what stays is JSON. The closing quote may be
 * missing: the line was cut off, and the rest is still a secret.
 */
const jsonValue = '"(?:[^"\\\\]|\\\\[^\\n])*"?|-?[0-9][0-9.eE+-]*';
/** The inside of a JSON string that is itself inside a JSON string, where each quote has one more backslash. */
const nestedText = '(?:[^"\\\\]|\\\\\\\\(?:\\\\["\\\\]|[^"\\\\]))*';

/**
 * The rules as patterns for JSON text: what the pipeline sees, and what the logger sees in a text that holds JSON. An object
 * or list under such a key is left to the logger, which has it as a value.
 */
export function keyPatterns(rules: readonly KeyRule[], allowKeys: readonly string[]): TextPattern[] {
  const possible = (text: string) => text.includes('":') || text.includes('" :');
  // An allowed key is matched first and without a group, so nothing of it is replaced.
  const allowed = allowKeys.length === 0 ? '' : `"${keysExpression(allowKeys)}" ?: ?(?:${jsonValue})|`;
  return rules.flatMap((rule) => [
    {
      name: `keys: ${rule.tag}`,
      tag: `"${rule.tag}"`,
      expression: `${allowed}"${keysExpression(rule.keys)}" ?: ?(${jsonValue})`,
      charactersAfter: 0,
      possible,
    },
    {
      name: `keys of JSON inside a JSON string: ${rule.tag}`,
      tag: rule.tag,
      expression: `\\\\"${keysExpression(rule.keys)}\\\\" ?: ?\\\\"(${nestedText})`,
      charactersAfter: 0,
      possible: (text) => text.includes('\\":'),
    },
  ]);
}
