import { type ArgumentsOf, integerType, nullableType, optional, schema, stringType } from '@cordwood/alloy';
import { regexType } from '../argument-types.ts';
import type { StageDefinition } from '../stage.ts';

const minLengthDefault = 13;

const argumentSchema = schema({
  attributes: {
    replacement: optional(stringType, '**REDACTED**'),
    source: optional(nullableType(stringType), undefined),
    min_length: optional(integerType, minLengthDefault),
    delimiters: optional(stringType, ''),
    skip_regex: optional(nullableType(regexType), undefined),
  },
  validate(args, report) {
    if (args.source === '') report('source', 'empty source');
  },
});

/**
 * Replaces runs of digits that pass the Luhn check (card numbers). With `source` the redacted value overwrites the line, as in
 * Alloy. A run too long for 64 bits is left alone there; here it is checked as well, since redaction must not fail open.
 */
export const luhn: StageDefinition<ArgumentsOf<typeof argumentSchema>> = {
  name: 'luhn',
  schema: argumentSchema,
  create(args) {
    const minLength = args.min_length > 0 ? args.min_length : minLengthDefault;
    const delimiters = new Set(args.delimiters);
    return {
      process(entries) {
        for (const entry of entries) {
          const value = args.source === undefined ? entry.text : entry.extracted.get(args.source);
          if (typeof value !== 'string') continue;
          const skipped = args.skip_regex?.execAll(value).filter((match) => match.end > match.start) ?? [];
          const keep = (start: number, end: number) =>
            skipped.some((match) => match.start <= start && end <= match.end);
          const redacted = redact(value, args.replacement, minLength, delimiters, keep);
          if (redacted !== value || (args.source !== undefined && value !== entry.text)) entry.setText(redacted);
        }
        return entries;
      },
    };
  },
};

/** A text with its card numbers replaced. */
export function redact(
  text: string,
  replacement: string,
  minLength: number,
  delimiters: ReadonlySet<string>,
  keep: (start: number, end: number) => boolean = () => false,
): string {
  let out = '';
  let copied = 0;
  for (let i = 0; i < text.length; ) {
    if (!isDigit(text.charCodeAt(i))) {
      i++;
      continue;
    }
    // A run: digits, with delimiters between digits.
    const start = i;
    let digits = '';
    let end = i;
    while (i < text.length) {
      if (isDigit(text.charCodeAt(i))) {
        digits += text[i];
        end = ++i;
      } else if (delimiters.has(text[i]!)) i++;
      else break;
    }
    if (digits.length >= minLength && passesLuhn(digits) && !keep(start, end)) {
      out += text.slice(copied, start) + replacement;
      copied = end;
    }
  }
  return copied === 0 ? text : out + text.slice(copied);
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 0x30;
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
