/**
 * Text of an extracted value, or undefined when it has none (null, objects): then a stage skips it. Numbers print in plain
 * decimal with the fewest digits, never with an exponent.
 */
export function valueText(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return plainDecimal(value);
    case 'boolean':
      return value ? 'true' : 'false';
    default:
      return undefined;
  }
}

function plainDecimal(value: number): string {
  if (Object.is(value, -0)) return '-0';
  const text = String(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text === 'Infinity' ? '+Inf' : text === '-Infinity' ? '-Inf' : text;
  const [, sign, head, fraction = '', exponent] = match;
  const shift = Number(exponent);
  if (shift < 0) return `${sign}0.${'0'.repeat(-shift - 1)}${head}${fraction}`;
  return sign + (head! + fraction).padEnd(shift + 1, '0');
}
