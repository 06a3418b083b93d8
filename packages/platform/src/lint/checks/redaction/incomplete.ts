import type { Check } from '../../check.ts';

/** Tags that TR-002 asks for, and what they stand for. */
const required = {
  '[REDACTED_EMAIL]': 'e-mail addresses',
  '[REDACTED_KEY]': 'keys and tokens',
  '[REDACTED_CC]': 'card numbers',
};

export const incompleteRedaction: Check = {
  id: 'redaction/incomplete',
  severity: 'error',
  title: 'E-mail addresses, keys and tokens, and card numbers are redacted, by what a value looks like',
  reason: 'A policy that leaves one out fails without a sign: what is missing is only seen by who reads the logs.',
  fix: 'Leave redaction.patterns out: all are on by default.',
  traps: ['T46'],
  find: ({ platform }) =>
    Object.entries(required)
      .filter(
        ([tag]) =>
          !platform.compiledRedaction.patterns.some(
            (pattern) => pattern.tag === tag && !pattern.name.startsWith('keys'),
          ),
      )
      .map(([tag, what]) => ({ message: `${what} (${tag}) pass`, at: 'redaction.patterns' })),
};
