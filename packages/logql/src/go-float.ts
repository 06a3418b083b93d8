/** Floating-point numbers as Go reads and prints them. */

export type FloatResult =
  | { readonly value: number; readonly error?: undefined }
  | { readonly error: string; readonly value?: undefined };

/** Go's strconv.ParseFloat for the spellings a LogQL number can have: decimal, and hexadecimal with `p`. */
export function parseGoFloat(text: string): FloatResult {
  const value = readFloat(text);
  if (value === undefined) return { error: `strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax` };
  if (!Number.isFinite(value))
    return { error: `strconv.ParseFloat: parsing ${JSON.stringify(text)}: value out of range` };
  return { value };
}

function readFloat(text: string): number | undefined {
  if (/^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$/i.test(text)) return Number(text);
  const hex = /^([+-]?)0x([0-9a-f_]*)(?:\.([0-9a-f_]*))?p([+-]?[0-9]+)$/i.exec(text);
  if (!hex) return undefined;
  const whole = hex[2]!.replaceAll('_', '');
  const fraction = (hex[3] ?? '').replaceAll('_', '');
  if (whole + fraction === '') return undefined;
  const mantissa = Number(`0x${whole}${fraction}`);
  return (hex[1] === '-' ? -1 : 1) * mantissa * 2 ** (Number(hex[4]) - 4 * fraction.length);
}

/** Shortest digits that read back as the same number, and the power of ten of the first one. */
function shortestDigits(value: number): { digits: string; exponent: number } {
  const [mantissa = '', exponent = '0'] = Math.abs(value).toExponential().split('e');
  return { digits: mantissa.replace('.', ''), exponent: Number(exponent) };
}

function special(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return undefined;
}

function sign(value: number): string {
  return value < 0 || Object.is(value, -0) ? '-' : '';
}

/** Go's `%v`: `0.5`, `1e-05`, `1e+21`. */
export function printFloat(value: number): string {
  const { digits, exponent } = shortestDigits(value);
  const known = special(value);
  if (known) return known;
  if (exponent >= -4 && exponent < 21) return printPlainFloat(value);
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
  return `${sign(value)}${mantissa}e${exponent < 0 ? '-' : '+'}${`${Math.abs(exponent)}`.padStart(2, '0')}`;
}

/** Go's FormatFloat(v, 'f', -1, 64): never an exponent, as many digits as needed. */
export function printPlainFloat(value: number): string {
  const known = special(value);
  if (known) return known;
  const { digits, exponent } = shortestDigits(value);
  if (exponent < 0) return `${sign(value)}0.${'0'.repeat(-exponent - 1)}${digits}`.replace(/^(-?0)\.$/, '$1');
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const fraction = digits.slice(exponent + 1);
  return `${sign(value)}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Go's `%f`: six digits after the point. */
export function printFixedFloat(value: number): string {
  const known = special(value);
  if (known) return known;
  if (Math.abs(value) < 1e21) return Object.is(value, -0) ? '-0.000000' : value.toFixed(6);
  return `${BigInt(value)}.000000`;
}
