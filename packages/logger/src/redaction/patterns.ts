import { ibanExpression, passesMod97 } from './iban.ts';
import { passesLuhn } from './luhn.ts';

/**
 * What secrets and personal data look like inside a text.
 *
 * Every expression is written in the part of the syntax that RE2 (Alloy, Loki) and JavaScript (with flag `u`) understand
 * alike: no look-around, no back-references, no `\s`, `\w` or `.`, whose sets differ. Like `stage.replace`, only the text
 * of capture groups is replaced. Three more rules keep them honest:
 *
 * - A line is mostly JSON text, in which the line break before a secret is the two characters `\n`. So an expression that
 *   starts with a word character is preceded by `start`, which takes a whole escape; else `\nbob@x.org` would lose its `n`
 *   and the line would stop being JSON.
 * - Time is linear in V8's backtracking engine too: an unbounded repeat either follows a literal and then succeeds, or
 *   begins at a boundary that does not occur inside the repeat, so that no text is scanned twice from different starts.
 * - No expression matches its own replacement, so redacting twice (in the logger, then in the pipeline) changes nothing.
 */
export interface TextPattern {
  readonly name: string;
  readonly tag: string;
  readonly expression: string;
  /**
   * Characters of a match behind its one group that takes part. With it replacing needs no positions of groups, which cost
   * more than the match; without it they are asked for.
   */
  readonly charactersAfter?: number;
  /** A cheap necessary condition, so that ordinary text costs no regular expression. */
  readonly possible: (text: string, features: TextFeatures) => boolean;
  /** Decides about a captured text; without it every one is replaced. */
  readonly accepts?: (captured: string) => boolean;
  /** Go template that decides like `accepts`: what `stage.replace` puts in place of `.Value`. */
  readonly template?: string;
}

/** A built-in pattern, which a policy may choose by its name. */
export interface ValuePattern extends TextPattern {
  readonly name: PatternName;
}

export type PatternName =
  | 'private_key'
  | 'url_credentials'
  | 'jwt'
  | 'vendor_key'
  | 'bearer'
  | 'assignment'
  | 'email'
  | 'card_number_json'
  | 'card'
  | 'iban'
  | 'ipv4'
  | 'ipv6';

/** What one pass over a text finds out. */
export interface TextFeatures {
  readonly at: boolean;
  /** `:` or `=`. */
  readonly assigns: boolean;
  readonly dots: number;
  readonly colons: number;
  readonly digits: number;
  /** Longest run of characters that tokens are made of. */
  readonly tokenRun: number;
  /** A word begins like a vendor's key, or has `_live_`, `_test_` or `_prod_` in it. */
  readonly vendorStart: boolean;
}

/** Where a word may start: after a JSON escape, at the start, or after a character that is not of the given class. */
function start(notAfter: string): string {
  return `(?:\\\\(?:[nrtbf"/]|u[0-9A-Fa-f]{4})|^|[^${notAfter}])`;
}

const escapeOrQuote = `["'\\\\]{0,4}`;
const blank = '[ \\t]{0,4}';

/** A value that is a credential and not a word of prose: a digit among its first letters, or very long. */
const token = '(?:[A-Za-z._~+/=-]{0,23}[0-9][A-Za-z0-9._~+/=-]{5,}|[A-Za-z0-9._~+/=-]{24,})';

/** Prefixes by which vendors mark their credentials, with the least length of what follows. */
export const vendorKeys = [
  '[a-z]{2,8}_(?:live|test|prod)_[A-Za-z0-9]{10,}', // Stripe and those who followed it
  'whsec_[A-Za-z0-9+/=]{20,}',
  'sk-[A-Za-z0-9_-]{20,}', // OpenAI, Anthropic, OpenRouter
  'gh[opsru]_[A-Za-z0-9]{20,}',
  'github_pat_[A-Za-z0-9_]{20,}',
  'gl(?:pat|ptt|rt|dt|ft|soat|agent|cbt|imt)-[A-Za-z0-9_-]{20,}',
  'xox[abeoprs]-[A-Za-z0-9-]{10,}',
  'xapp-[A-Za-z0-9-]{10,}',
  'AIza[A-Za-z0-9_-]{30,}',
  'ya29[.][A-Za-z0-9_-]{20,}',
  'GOCSPX-[A-Za-z0-9_-]{20,}',
  'A(?:KIA|SIA|ROA|IDA|GPA|NPA|NVA|BIA|CCA)[A-Z0-9]{16}',
  'SG[.][A-Za-z0-9_-]{16,}[.][A-Za-z0-9_-]{16,}',
  'npm_[A-Za-z0-9]{30,}',
  'pypi-[A-Za-z0-9_-]{30,}',
  'hf_[A-Za-z0-9]{30,}',
  'do[opr]_v1_[a-f0-9]{40,}',
  'shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32,}',
  'gl(?:sa|c)_[A-Za-z0-9+/=_]{20,}', // Grafana
  'hv[brs][.][A-Za-z0-9_-]{20,}', // Vault
  'lin_api_[A-Za-z0-9]{30,}',
  'pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.-]{20,}',
  'dapi[a-f0-9]{32,}',
  'tskey-[a-z]{2,10}-[A-Za-z0-9-]{10,}',
  'sq0(?:atp|csp|idp)-[A-Za-z0-9_-]{20,}',
  '(?:AC|SK)[a-f0-9]{32}', // Twilio
  'key-[a-f0-9]{32}', // Mailgun
  'NRAK-[A-Z0-9]{27,}',
  'ATATT3[A-Za-z0-9_=-]{20,}',
];

/** How these begin, beyond the first, which `_live_` and its like betray. A test holds this list against the expressions. */
export const vendorKeyStarts = [
  'whs',
  'sk-',
  'gho',
  'ghp',
  'ghs',
  'ghr',
  'ghu',
  'git',
  'glp',
  'glr',
  'gld',
  'glf',
  'gls',
  'gla',
  'glc',
  'gli',
  'xox',
  'xap',
  'AIz',
  'ya2',
  'GOC',
  'AKI',
  'ASI',
  'ARO',
  'AID',
  'AGP',
  'ANP',
  'ANV',
  'ABI',
  'ACC',
  'SG.',
  'npm',
  'pyp',
  'hf_',
  'doo',
  'dop',
  'dor',
  'shp',
  'hvb',
  'hvr',
  'hvs',
  'lin',
  'psc',
  'dap',
  'tsk',
  'sq0',
  'key',
  'NRA',
  'ATA',
  ...[...'0123456789abcdef'].flatMap((digit) => [`AC${digit}`, `SK${digit}`]),
] as const;

/** Card numbers by network (ISO/IEC 7812 ranges): written as one number. */
const compactCard = [
  '4[0-9]{12}(?:[0-9]{3}){0,2}',
  '5[1-5][0-9]{14}',
  '2(?:22[1-9]|2[3-9][0-9]|[3-6][0-9]{2}|7[01][0-9]|720)[0-9]{12}',
  '3[47][0-9]{13}',
  '3(?:0[0-59]|[689][0-9])[0-9]{11}',
  '35(?:2[89]|[3-8][0-9])[0-9]{12}',
  '6(?:011|4[4-9][0-9]|5[0-9]{2}|2[0-9]{2}|7[0-9]{2})[0-9]{12,15}',
].join('|');
/** ... and in the groups in which cards print them. */
const groupedCard = [
  '(?:4[0-9]{3}|5[0-8][0-9]{2}|2[2-7][0-9]{2}|6[0-9]{3}|35[0-9]{2})(?:[ .-][0-9]{4}){3}(?:[ .-][0-9]{3})?',
  '3[47][0-9]{2}[ .-][0-9]{6}[ .-][0-9]{5}',
  '3[0689][0-9]{2}[ .-][0-9]{6}[ .-][0-9]{4}',
].join('|');

/** Sums the digits with weights 1 and 2 from the right; a two-digit product counts as the sum of its digits. */
function luhnTemplate(tag: string): string {
  return (
    '{{ $d := regexReplaceAll "[^0-9]" .Value "" }}{{ $sum := 0 }}' +
    '{{ range $i, $c := splitList "" $d }}{{ $t := mul $c (sub 2 (mod (sub (len $d) $i) 2)) }}' +
    '{{ $sum = add $sum (div $t 10) (mod $t 10) }}{{ end }}' +
    `{{ if eq (mod $sum 10) 0 }}${tag}{{ else }}{{ .Value }}{{ end }}`
  );
}

/** A span or trace id of digits only is not a card, whatever its check digit says. */
const idPrefix = '"(?:span|trace)_?[iI][dD]": ?"';

const octet = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
const hextet = '[0-9A-Fa-f]{1,4}';

/** In the order in which they run: what contains others first. */
export const valuePatterns: readonly ValuePattern[] = [
  {
    name: 'private_key',
    tag: '[REDACTED_KEY]',
    charactersAfter: 0,
    // A block that was cut off has no end line; then everything that may belong to it goes.
    expression:
      '(-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----[A-Za-z0-9+/=\\\\ \\t\\r\\n:,]*(?:-----END [A-Z0-9 ]{0,60}-----)?)',
    possible: (text) => text.includes('-----BEGIN '),
  },
  {
    name: 'url_credentials',
    tag: '[REDACTED_KEY]',
    charactersAfter: 1,
    expression: '://([^\\[\\] \\t\\r\\n/?#@:"\'\\\\<>]{0,128}:[^\\[\\] \\t\\r\\n/?#@"\'\\\\<>]{1,256})@',
    possible: (text, features) => features.at && features.assigns && text.includes('://'),
  },
  {
    name: 'jwt',
    tag: '[REDACTED_KEY]',
    charactersAfter: 0,
    expression: `${start('A-Za-z0-9_-')}(eyJ[A-Za-z0-9_-]{8,}[.][A-Za-z0-9_-]{4,}(?:[.][A-Za-z0-9_-]*)?)`,
    possible: (text, features) => features.tokenRun >= 16 && text.includes('eyJ'),
  },
  {
    name: 'vendor_key',
    tag: '[REDACTED_KEY]',
    charactersAfter: 0,
    expression: `${start('A-Za-z0-9')}(${vendorKeys.join('|')})`,
    possible: (_text, features) => features.tokenRun >= 15 && features.vendorStart,
  },
  {
    name: 'bearer',
    tag: '[REDACTED_KEY]',
    charactersAfter: 0,
    expression:
      `(?i:authorization)${escapeOrQuote}${blank}[:=]${blank}${escapeOrQuote}(?:(?i:basic|bearer|digest|token|apikey)[ \\t]{1,4}([A-Za-z0-9._~+/=-]{4,})|(${token}))` +
      `|(?i:bearer)[ \\t]{1,4}${escapeOrQuote}(${token})`,
    possible: (text, features) => features.tokenRun >= 6 && /bearer|authorization/i.test(text),
  },
  {
    name: 'assignment',
    tag: '[REDACTED_KEY]',
    charactersAfter: 0,
    expression:
      `(?i:passw(?:or)?d|passphrase)${escapeOrQuote}${blank}[:=]${blank}${escapeOrQuote}([^\\[\\] \\t\\r\\n"'\\\\,;&<>(){}]{3,})` +
      `|(?i:secret|token|api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key|signature)${escapeOrQuote}${blank}[:=]${blank}${escapeOrQuote}(${token})`,
    possible: (text, features) =>
      features.assigns &&
      /passw|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|signature/i.test(text),
  },
  {
    name: 'email',
    tag: '[REDACTED_EMAIL]',
    charactersAfter: 0,
    expression: `${start('\\p{L}\\p{N}._%+-')}([\\p{L}\\p{N}._%+-]+(?:@|%40)[\\p{L}\\p{N}-]+(?:[.][\\p{L}\\p{N}-]+)*[.]\\p{L}{2,})`,
    possible: (text, features) => features.at || text.includes('%40'),
  },
  {
    name: 'iban',
    tag: '[REDACTED_IBAN]',
    charactersAfter: 0,
    expression: `${start('0-9A-Za-z')}(${ibanExpression})\\b`,
    possible: (text, features) => features.digits >= 6 && text.length >= 15 && /[A-Z]{2}[0-9]{2}/.test(text),
    accepts: passesMod97,
    template:
      '{{ $s := regexReplaceAll " " .Value "" }}{{ $t := print (substr 4 -1 $s) (substr 0 4 $s) }}{{ $r := 0 }}' +
      '{{ range $i := until (len $t) }}{{ $b := int (index $t $i) }}' +
      '{{ if lt $b 58 }}{{ $r = mod (add (mul $r 10) (sub $b 48)) 97 }}' +
      '{{ else }}{{ $r = mod (add (mul $r 100) (sub $b 55)) 97 }}{{ end }}{{ end }}' +
      '{{ if eq $r 1 }}[REDACTED_IBAN]{{ else }}{{ .Value }}{{ end }}',
  },
  {
    name: 'card_number_json',
    tag: '"[REDACTED_CC]"',
    expression: `[^\\\\]": ?(${compactCard})[ \\t\\r\\n]{0,4}[\\],}]`,
    possible: (_text, features) => features.digits >= 13 && features.assigns,
    accepts: passesLuhn,
    template: luhnTemplate('"[REDACTED_CC]"'),
  },
  {
    name: 'card',
    tag: '[REDACTED_CC]',
    charactersAfter: 0,
    expression: `${idPrefix}[0-9]+"|(?:\\\\(?:[nrtbf"/]|u[0-9A-Fa-f]{4})|^|[^0-9A-Za-z.]|[^0-9][.])(${groupedCard}|${compactCard})\\b`,
    possible: (_text, features) => features.digits >= 13,
    accepts: passesLuhn,
    template: luhnTemplate('[REDACTED_CC]'),
  },
  {
    name: 'ipv4',
    tag: '[REDACTED_IP]',
    charactersAfter: 0,
    // "Chrome/116.0.0.0" is a version: a slash after a letter does not start an address.
    expression: `(?:${start('0-9A-Za-z./')}|(?:^|[^A-Za-z])/)(${octet}(?:[.]${octet}){3})\\b`,
    possible: (_text, features) => features.dots >= 3 && features.digits >= 4,
  },
  {
    name: 'ipv6',
    tag: '[REDACTED_IP]',
    charactersAfter: 0,
    expression:
      `${start('0-9A-Za-z:.')}((?:${hextet}:){7}${hextet}` +
      `|(?:${hextet}:){1,6}(?::${hextet}){1,6}|(?:${hextet}:){2,7}:|::(?:${hextet}:){0,6}${hextet})`,
    possible: (_text, features) => features.colons >= 2,
  },
];

/** IP addresses are off by default: access logs need them (TR-002: configurable). */
export const defaultPatterns: readonly PatternName[] = valuePatterns
  .map((pattern) => pattern.name)
  .filter((name) => name !== 'ipv4' && name !== 'ipv6');

const tokenChar = 1;
const wordChar = 2;
const classes = new Uint8Array(128);
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789')
  classes[char.charCodeAt(0)] = tokenChar | wordChar;
for (const char of '._~+/=-') classes[char.charCodeAt(0)] = tokenChar;

/** First three characters of every vendor's key, hashed: a word that is not in here is none. */
const vendorStarts = new Uint8Array(4_096);
const startHash = (first: number, second: number, third: number) => (first * 961 + second * 31 + third) & 4_095;
for (const start of vendorKeyStarts)
  vendorStarts[startHash(start.charCodeAt(0), start.charCodeAt(1), start.charCodeAt(2))] = 1;

function startsVendorKey(text: string, at: number): boolean {
  return vendorStarts[startHash(text.charCodeAt(at), text.charCodeAt(at + 1), text.charCodeAt(at + 2))] === 1;
}

/** Reused for every text: looking at one allocates nothing. */
const found = { at: false, assigns: false, dots: 0, colons: 0, digits: 0, tokenRun: 0, vendorStart: false };

/** One pass over the characters; its result, valid until the next call, answers every pattern's `possible`. */
export function textFeatures(text: string): TextFeatures {
  let at = false;
  let assigns = false;
  let vendorStart = false;
  let dots = 0;
  let colons = 0;
  let digits = 0;
  let run = 0;
  let tokenRun = 0;
  let inWord = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const kind = code < 128 ? (classes[code] as number) : 0;
    if (kind === 0) {
      if (run > tokenRun) tokenRun = run;
      run = 0;
      inWord = false;
      if (code === 64) at = true;
      else if (code === 58) {
        colons++;
        assigns = true;
        // After a JSON escape (\n, \u000a) a word begins as well.
      } else if (code === 92 && (startsVendorKey(text, i + 2) || startsVendorKey(text, i + 6))) vendorStart = true;
      continue;
    }
    run++;
    if (kind === tokenChar) {
      inWord = false;
      if (code === 46) dots++;
      else if (code === 61) assigns = true;
      else if (code === 95 && !vendorStart) {
        const next = text.charCodeAt(i + 1);
        vendorStart =
          (next === 108 || next === 116 || next === 112) && /^_(?:live|test|prod)_/.test(text.slice(i, i + 6));
      }
      continue;
    }
    if (code <= 57) digits++;
    if (!inWord) {
      inWord = true;
      if (!vendorStart && vendorStarts[startHash(code, text.charCodeAt(i + 1), text.charCodeAt(i + 2))] === 1)
        vendorStart = true;
    }
  }
  found.at = at;
  found.assigns = assigns;
  found.dots = dots;
  found.colons = colons;
  found.digits = digits;
  found.tokenRun = run > tokenRun ? run : tokenRun;
  found.vendorStart = vendorStart;
  return found;
}
