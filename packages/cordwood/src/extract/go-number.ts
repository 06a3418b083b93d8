import { quoteGo } from '../model/labels.ts';

export type GoFloatResult =
  | { readonly value: number; readonly error?: undefined }
  | { readonly error: string; readonly value?: undefined };

/**
 * A number as Go's strconv.ParseFloat(text, 64) reads it: decimal or hexadecimal (which needs its `p` exponent), with `_`
 * between digits, `Inf`, `Infinity` and `NaN` in any case. Errors are Go's texts, as Loki shows them.
 */
export function parseGoFloat(text: string): GoFloatResult {
  // What nearly all values look like; Number() reads these exactly as Go does.
  if (plainDecimal.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? { value } : failure(text, 'value out of range');
  }
  const special = specialValues.get(text.toLowerCase());
  if (special !== undefined) return { value: special };
  if (!text.includes('_') || underscoresAreBetweenDigits(text)) {
    const plain = text.replaceAll('_', '');
    if (plainDecimal.test(plain)) {
      const value = Number(plain);
      return Number.isFinite(value) ? { value } : failure(text, 'value out of range');
    }
    const hexadecimal = hexadecimalFloat.exec(plain);
    if (hexadecimal !== null) {
      const value = hexadecimalValue(hexadecimal);
      if (value !== undefined) return Number.isFinite(value) ? { value } : failure(text, 'value out of range');
    }
  }
  return failure(text, 'invalid syntax');
}

const plainDecimal = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const hexadecimalFloat = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?[0-9]+)$/;

const specialValues: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['+inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
  ['infinity', Number.POSITIVE_INFINITY],
  ['+infinity', Number.POSITIVE_INFINITY],
  ['-infinity', Number.NEGATIVE_INFINITY],
]);

function failure(text: string, reason: string): GoFloatResult {
  return { error: `strconv.ParseFloat: parsing ${quoteGo(text)}: ${reason}` };
}

/** A base prefix counts as a digit. */
function underscoresAreBetweenDigits(text: string): boolean {
  const digits = text.replace(/^[+-]/, '').replace(/^0[xX]/, '0');
  return !/(^|[^0-9a-fA-F])_|_([^0-9a-fA-F]|$)/.test(digits);
}

function hexadecimalValue([, sign, whole, fraction, exponentText]: RegExpExecArray): number | undefined {
  const digits = (whole! + fraction!).replace(/^0+/, '');
  if (whole === '' && fraction === '') return undefined;
  if (digits === '') return sign === '-' ? -0 : 0;
  const exponent = Math.max(-5000, Math.min(5000, Number(exponentText))) - 4 * fraction!.length;
  let mantissa = BigInt(`0x${digits}`);
  // Keep 64 bits and let what falls off stick to the last one, so that Number() rounds once and rightly.
  let shift = mantissa.toString(2).length - 64;
  if (shift > 0) {
    const lost = mantissa & ((1n << BigInt(shift)) - 1n);
    mantissa = (mantissa >> BigInt(shift)) | (lost === 0n ? 0n : 1n);
  } else shift = 0;
  const value = scaleByPowerOfTwo(Number(mantissa), exponent + shift);
  return sign === '-' ? -value : value;
}

function scaleByPowerOfTwo(value: number, exponent: number): number {
  let scaled = value;
  let rest = exponent;
  while (rest > 1000 && Number.isFinite(scaled)) {
    scaled *= 2 ** 1000;
    rest -= 1000;
  }
  while (rest < -1000 && scaled !== 0) {
    scaled *= 2 ** -1000;
    rest += 1000;
  }
  return scaled * 2 ** rest;
}

/** strconv.FormatFloat(value, 'f', -1, 64): shortest decimal that reads back as the same number, never an exponent. */
export function printGoFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  const text = String(value);
  const parts = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (parts === null) return text;
  const [, sign, whole, fraction = '', exponentText] = parts;
  const exponent = Number(exponentText);
  const digits = whole! + fraction;
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  return sign + digits.padEnd(exponent + 1, '0');
}

export type GoIntResult =
  | { readonly value: bigint; readonly error?: undefined }
  | { readonly error: string; readonly value?: undefined };

/** strconv.ParseInt(text, 10, 64). */
export function parseGoInt(text: string, functionName = 'ParseInt'): GoIntResult {
  if (!/^[+-]?[0-9]+$/.test(text)) {
    return { error: `strconv.${functionName}: parsing ${quoteGo(text)}: invalid syntax` };
  }
  const value = BigInt(text.replace('+', ''));
  if (value !== BigInt.asIntN(64, value)) {
    return { error: `strconv.${functionName}: parsing ${quoteGo(text)}: value out of range` };
  }
  return { value };
}
