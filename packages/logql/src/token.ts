/**
 * The kinds of tokens, named as Loki's messages name them, in the order in which its parser generator numbers them: that is
 * the order of the alternatives in `unexpected X, expecting A or B`.
 */
export const tokenKinds = [
  '$end',
  'BYTES',
  'IDENTIFIER',
  'STRING',
  'NUMBER',
  'FUNCTION_FLAG',
  'DURATION',
  'RANGE',
  '=',
  '=~',
  '!~',
  '!>',
  '{',
  '}',
  '[',
  ']',
  ',',
  '.',
  '|~',
  '|=',
  '|>',
  '(',
  ')',
  'by',
  'without',
  'COUNT_OVER_TIME',
  'RATE',
  'RATE_COUNTER',
  'SUM',
  'SORT',
  'SORT_DESC',
  'AVG',
  'MAX',
  'MIN',
  'COUNT',
  'STDDEV',
  'STDVAR',
  'BOTTOMK',
  'TOPK',
  'APPROX_TOPK',
  'BYTES_OVER_TIME',
  'BYTES_RATE',
  'bool',
  'json',
  'regexp',
  'logfmt',
  '|',
  'line_format',
  'label_format',
  'unwrap',
  'AVG_OVER_TIME',
  'SUM_OVER_TIME',
  'MIN_OVER_TIME',
  'MAX_OVER_TIME',
  'STDVAR_OVER_TIME',
  'STDDEV_OVER_TIME',
  'QUANTILE_OVER_TIME',
  'BYTES_CONV',
  'DURATION_CONV',
  'DURATION_SECONDS_CONV',
  'FIRST_OVER_TIME',
  'LAST_OVER_TIME',
  'ABSENT_OVER_TIME',
  'VECTOR',
  'label_replace',
  'unpack',
  'offset',
  'pattern',
  'ip',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'decolorize',
  'drop',
  'keep',
  'variants',
  'of',
  'or',
  'and',
  'unless',
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
] as const;

export type TokenKind = (typeof tokenKinds)[number];

const order = new Map<TokenKind, number>(tokenKinds.map((kind, index) => [kind, index]));

export function compareTokenKinds(a: TokenKind, b: TokenKind): number {
  return order.get(a)! - order.get(b)!;
}

/** Names that mean a function only when `(` (or `by (`, `without (`) follows; otherwise they are identifiers. */
export const functionTokens: ReadonlyMap<string, TokenKind> = new Map<string, TokenKind>([
  ...(
    [
      'COUNT_OVER_TIME',
      'RATE',
      'RATE_COUNTER',
      'BYTES_OVER_TIME',
      'BYTES_RATE',
      'AVG_OVER_TIME',
      'SUM_OVER_TIME',
      'MIN_OVER_TIME',
      'MAX_OVER_TIME',
      'STDVAR_OVER_TIME',
      'STDDEV_OVER_TIME',
      'QUANTILE_OVER_TIME',
      'FIRST_OVER_TIME',
      'LAST_OVER_TIME',
      'ABSENT_OVER_TIME',
      'SUM',
      'SORT',
      'SORT_DESC',
      'AVG',
      'MAX',
      'MIN',
      'COUNT',
      'STDDEV',
      'STDVAR',
      'BOTTOMK',
      'TOPK',
      'APPROX_TOPK',
      'VECTOR',
      'label_replace',
      'ip',
    ] as const
  ).map((kind) => [kind.toLowerCase(), kind] as const),
  ['bytes', 'BYTES_CONV'],
  ['duration', 'DURATION_CONV'],
  ['duration_seconds', 'DURATION_SECONDS_CONV'],
]);

/** Words that are always keywords, so that no label in a query can be called by them. */
export const keywordTokens: ReadonlySet<TokenKind> = new Set<TokenKind>([
  'by',
  'without',
  'bool',
  'json',
  'regexp',
  'logfmt',
  'line_format',
  'label_format',
  'unwrap',
  'unpack',
  'offset',
  'pattern',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'decolorize',
  'drop',
  'keep',
  'variants',
  'of',
  'or',
  'and',
  'unless',
]);

/** Operators and punctuation. A character that is none of them is an IDENTIFIER to Loki. */
export const symbolTokens: ReadonlySet<TokenKind> = new Set<TokenKind>([
  '=',
  '=~',
  '!~',
  '!>',
  '{',
  '}',
  ']',
  ',',
  '.',
  '|~',
  '|=',
  '|>',
  '(',
  ')',
  '|',
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
]);

export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
  /** As Loki prints them: line 0 for tokens of which a part was read by hand (see go-scanner.ts). */
  readonly line: number;
  readonly column: number;
  /** IDENTIFIER, NUMBER, FUNCTION_FLAG: as written. STRING: its value. */
  readonly text: string;
  /** DURATION and RANGE: nanoseconds. */
  readonly durationNs: bigint;
  /** BYTES. */
  readonly bytes: number;
}
