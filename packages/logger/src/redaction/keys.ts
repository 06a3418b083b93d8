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
      'passwd',
      'pwd',
      'passphrase',
      '*secret',
      '*secret_key',
      '*secret_access_key',
      'client_secret*',
      'token',
      '*_token',
      'access_token*',
      '*api_key',
      'x_api_key',
      '*private_key',
      '*access_key',
      'authorization',
      'proxy_authorization',
      'cookie',
      'set_cookie',
      'credentials',
      'connection_string',
      'otp',
    ],
  },
  { tag: '[REDACTED_CC]', keys: ['card_number', 'credit_card', '*_card_number', 'cvv', 'cvc', 'pan'] },
  { tag: '[REDACTED_EMAIL]', keys: ['email', 'email_address', '*_email'] },
];

/**
 * The expression of a key name, in RE2 and JavaScript syntax: `api_key` also means `apiKey`, `API-KEY` and `api.key`. It is
 * used as it is by the logger (on keys) and by the pipeline (on JSON text), so both agree.
 */
export function keyExpression(key: string): string {
  return key
    .split('*')
    .map((part) =>
      part
        .split(/[_.\- ]/)
        .map((word) => word.replace(/[^\p{L}\p{N}]/gu, '\\$&'))
        .join('[_. -]?'),
    )
    .join('[^"\\\\]{0,64}');
}
