import { quoteGo } from '../../model/labels.ts';
import { type GoValue, isList, isMap, isObject, sortedEntries, typeName } from './go-value.ts';

/** Go's fmt: `%v` and friends for the values that templates have (https://pkg.go.dev/fmt). */

/** A float64 as `%v`, `%e`, `%f` and `%g` print it; the shortest form takes an exponent from seven digits on, as strconv does. */
export function printFloat(value: number, form: 'v' | 'e' | 'f' | 'g' = 'v', precision = -1): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const negative = value < 0 || Object.is(value, -0);
  const size = Math.abs(value);
  if (form === 'f') return (negative ? '-' : '') + (precision < 0 ? plainDigits(size) : toFixed(size, precision));
  if (form === 'e')
    return (
      (negative ? '-' : '') +
      twoDigitExponent(precision < 0 ? size.toExponential() : size.toExponential(Math.min(precision, 100)))
    );
  const digits = precision < 0 ? size.toExponential() : size.toExponential(Math.min(Math.max(precision, 1) - 1, 100));
  const exponent = Number(digits.slice(digits.indexOf('e') + 1));
  const upper = precision < 0 ? 6 : Math.max(precision, 1);
  if (exponent < -4 || exponent >= upper) {
    return (negative ? '-' : '') + twoDigitExponent(precision < 0 ? digits : digits.replace(/\.?0+(?=e)/, ''));
  }
  const text = precision < 0 ? plainDigits(size) : plainDigits(Number(digits));
  return (negative ? '-' : '') + text;
}

function toFixed(size: number, precision: number): string {
  return size < 1e21
    ? size.toFixed(Math.min(precision, 100))
    : `${BigInt(size)}${precision > 0 ? `.${'0'.repeat(precision)}` : ''}`;
}

/** All digits without an exponent. */
function plainDigits(size: number): string {
  const [mantissa, exponentText] = size.toExponential().split('e');
  const exponent = Number(exponentText);
  const digits = mantissa!.replace('.', '');
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return digits + '0'.repeat(exponent + 1 - digits.length);
  return `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

function twoDigitExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

/** `%v`. `<no value>` for nil at the top is the template's business. */
export function printValue(value: GoValue): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'number':
      return printFloat(value);
    case 'undefined':
      return '<nil>';
    default:
      if (isMap(value))
        return `map[${sortedEntries(value)
          .map(([key, item]) => `${key}:${printValue(item)}`)
          .join(' ')}]`;
      if (isList(value)) return `[${value.map(printValue).join(' ')}]`;
      return isObject(value) ? value.print() : '';
  }
}

/** `%#v`, roughly: enough for the types of templates. */
function printGoSyntax(value: GoValue): string {
  if (typeof value === 'string') return quoteGo(value);
  if (isMap(value))
    return `${typeName(value)}{${sortedEntries(value)
      .map(([key, item]) => `${quoteGo(key)}:${printGoSyntax(item)}`)
      .join(', ')}}`;
  if (isList(value)) return `${typeName(value)}{${value.map(printGoSyntax).join(', ')}}`;
  return printValue(value);
}

/** fmt.Sprint: a space between operands when neither is a string. */
export function sprint(values: readonly GoValue[]): string {
  return values.reduce<string>((text, value, index) => {
    const space = index > 0 && typeof value !== 'string' && typeof values[index - 1] !== 'string' ? ' ' : '';
    return text + space + printValue(value);
  }, '');
}

export function sprintln(values: readonly GoValue[]): string {
  return `${values.map(printValue).join(' ')}\n`;
}

const widthMax = 1_000_000;

/** fmt.Sprintf, with Go's marks for what does not fit: `%!d(string=x)`, `%!s(MISSING)`, `%!(EXTRA int=1)`. */
export function sprintf(format: string, values: readonly GoValue[]): string {
  let next = 0;
  let reordered = false;
  const text = format.replace(
    /%([+\-# 0]*)(?:\[(\d+)\])?(\*|\d+)?(?:\.(\*|\d+)?)?(?:\[(\d+)\])?([\s\S]|$)/gu,
    (
      whole,
      flags: string,
      firstIndex: string | undefined,
      width: string | undefined,
      precision: string | undefined,
      lastIndex: string | undefined,
      verb: string,
    ) => {
      if (verb === '%') return '%';
      if (verb === '') return '%!(NOVERB)';
      const takeNumber = (part: string | undefined): number | undefined => {
        if (part === undefined) return undefined;
        if (part !== '*') return Math.min(Number(part), widthMax);
        const value = values[next++];
        return typeof value === 'bigint' ? Number(value) : undefined;
      };
      const index = lastIndex ?? firstIndex;
      let pad = takeNumber(width);
      const digits = whole.includes('.') ? (takeNumber(precision) ?? 0) : undefined;
      if (index !== undefined) {
        next = Number(index) - 1;
        reordered = true;
        if (next < 0 || next >= values.length) return `%!${verb}(BADINDEX)`;
      }
      if (next >= values.length) return `%!${verb}(MISSING)`;
      let left = flags.includes('-');
      if (pad !== undefined && pad < 0) {
        pad = -pad;
        left = true;
      }
      return padded(formatOne(verb, flags, digits, values[next++]), pad ?? 0, left, flags.includes('0') && !left, verb);
    },
  );
  if (reordered || next >= values.length) return text;
  const extra = values
    .slice(next)
    .map((value) => (value === undefined ? '<nil>' : `${typeName(value)}=${printValue(value)}`));
  return `${text}%!(EXTRA ${extra.join(', ')})`;
}

function padded(text: string, width: number, left: boolean, zeros: boolean, verb: string): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  if (left) return text + ' '.repeat(missing);
  if (!zeros || /^[%]!/.test(text)) return ' '.repeat(missing) + text;
  const sign = /^[+-]/.test(text) && !'sqv'.includes(verb) ? text[0]! : '';
  return sign + '0'.repeat(missing) + text.slice(sign.length);
}

function formatOne(verb: string, flags: string, precision: number | undefined, value: GoValue): string {
  const bad = () => (value === undefined ? `%!${verb}(<nil>)` : `%!${verb}(${typeName(value)}=${printValue(value)})`);
  const signed = (text: string) =>
    flags.includes('+') && !text.startsWith('-')
      ? `+${text}`
      : flags.includes(' ') && !text.startsWith('-')
        ? ` ${text}`
        : text;
  if (verb === 'v') {
    if (flags.includes('#')) return printGoSyntax(value);
    if (typeof value === 'number' && precision !== undefined) return signed(printFloat(value, 'g', precision));
    if (typeof value === 'number' || typeof value === 'bigint') return signed(printValue(value));
    const text = printValue(value);
    return typeof value === 'string' && precision !== undefined ? [...text].slice(0, precision).join('') : text;
  }
  if (verb === 'T') return value === undefined ? '<nil>' : typeName(value);
  if (isList(value) && !'sq'.includes(verb))
    return `[${value.map((item) => formatOne(verb, flags, precision, item)).join(' ')}]`;
  if (typeof value === 'bigint') return formatInteger(verb, flags, precision, value, signed) ?? bad();
  if (typeof value === 'number') {
    switch (verb) {
      case 'f':
      case 'F':
        return signed(printFloat(value, 'f', precision ?? 6));
      case 'e':
      case 'E': {
        const text = signed(printFloat(value, 'e', precision ?? 6));
        return verb === 'E' ? text.toUpperCase() : text;
      }
      case 'g':
      case 'G': {
        const text = signed(printFloat(value, 'g', precision ?? -1));
        return verb === 'G' ? text.toUpperCase() : text;
      }
      default:
        return bad();
    }
  }
  if (typeof value === 'boolean') return verb === 't' ? String(value) : bad();
  if (typeof value === 'string' || isObject(value)) {
    const whole = printValue(value);
    const text = precision === undefined ? whole : [...whole].slice(0, precision).join('');
    switch (verb) {
      case 's':
        return text;
      case 'q':
        return flags.includes('#') && !text.includes('`') ? `\`${text}\`` : quoteGo(text);
      case 'x':
        return Buffer.from(text).toString('hex');
      case 'X':
        return Buffer.from(text).toString('hex').toUpperCase();
      default:
        return bad();
    }
  }
  if (value !== undefined && 'sq'.includes(verb)) {
    if (isList(value)) return `[${value.map((item) => formatOne(verb, flags, precision, item)).join(' ')}]`;
    if (isMap(value))
      return `map[${sortedEntries(value)
        .map(([key, item]) => `${formatOne(verb, flags, precision, key)}:${formatOne(verb, flags, precision, item)}`)
        .join(' ')}]`;
  }
  return bad();
}

function formatInteger(
  verb: string,
  flags: string,
  precision: number | undefined,
  value: bigint,
  signed: (text: string) => string,
): string | undefined {
  const inBase = (base: number, prefix: string) => {
    const size = (value < 0n ? -value : value).toString(base).padStart(precision ?? 0, '0');
    return signed((value < 0n ? '-' : '') + (flags.includes('#') ? prefix : '') + size);
  };
  switch (verb) {
    case 'd':
      return inBase(10, '');
    case 'x':
      return inBase(16, '0x');
    case 'X':
      return inBase(16, '0X').toUpperCase();
    case 'o':
      return inBase(8, '0');
    case 'O':
      return inBase(8, '').replace(/^([+-]?)/, '$10o');
    case 'b':
      return inBase(2, '0b');
    case 'c':
      return String.fromCodePoint(Number(value) <= 0x10ffff && value >= 0n ? Number(value) : 0xfffd);
    case 'q':
      return `'${String.fromCodePoint(Number(value) <= 0x10ffff && value >= 0n ? Number(value) : 0xfffd)}'`;
    case 'U':
      return `U+${value.toString(16).toUpperCase().padStart(4, '0')}`;
    default:
      return undefined;
  }
}
