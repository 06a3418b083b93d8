/**
 * Exact decimal arithmetic on float64 values, as sprig's addf, subf, mulf and divf do it: each operand is taken as the shortest
 * decimal that prints it, so that 0.1 + 0.2 is 0.3.
 */
export type DecimalOperation = 'add' | 'sub' | 'mul' | 'div';

/** Digits after the point of a quotient, as in the library that sprig uses. */
const quotientDigits = 16;

interface Decimal {
  readonly digits: bigint;
  /** value = digits / 10^scale */
  readonly scale: number;
}

export class DivisionByZero extends Error {}

export function decimalFold(operation: DecimalOperation, first: number, others: readonly number[]): number {
  if (![first, ...others].every(Number.isFinite)) return Number.NaN;
  return toNumber(others.map(fromNumber).reduce((total, value) => apply(operation, total, value), fromNumber(first)));
}

function fromNumber(value: number): Decimal {
  const [mantissa, exponent] = value.toExponential().split('e');
  const point = mantissa!.indexOf('.');
  const digits = BigInt(mantissa!.replace('.', ''));
  const scale = (point < 0 ? 0 : mantissa!.length - point - 1) - Number(exponent);
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

function toNumber({ digits, scale }: Decimal): number {
  return Number(`${digits}e-${scale}`);
}

function apply(operation: DecimalOperation, a: Decimal, b: Decimal): Decimal {
  if (operation === 'mul') return { digits: a.digits * b.digits, scale: a.scale + b.scale };
  if (operation === 'div') {
    if (b.digits === 0n) throw new DivisionByZero('decimal division by 0');
    const numerator = a.digits * 10n ** BigInt(quotientDigits + 1 + b.scale);
    const quotient = numerator / (b.digits * 10n ** BigInt(a.scale));
    const rounded = (quotient + (quotient < 0n ? -5n : 5n)) / 10n;
    return { digits: rounded, scale: quotientDigits };
  }
  const scale = Math.max(a.scale, b.scale);
  const left = a.digits * 10n ** BigInt(scale - a.scale);
  const right = b.digits * 10n ** BigInt(scale - b.scale);
  return { digits: operation === 'add' ? left + right : left - right, scale };
}
