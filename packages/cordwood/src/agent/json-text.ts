/**
 * JSON as Alloy's pipeline writes it: compact, `<`, `>`, `&` and line separators escaped, exponents with two digits.
 */
export function jsonText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return jsonString(value);
    case 'number':
      return jsonNumber(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
      return `{${Object.entries(value)
        .map(([name, item]) => `${jsonString(name)}:${jsonText(item)}`)
        .join(',')}}`;
    default:
      return 'null';
  }
}

const escaped = /[<>&\u2028\u2029]/g;

export function jsonString(text: string): string {
  return JSON.stringify(text.toWellFormed())
    .replace(escaped, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(/\\b|\\f|\\\\/g, (short) => (short === '\\b' ? '\\u0008' : short === '\\f' ? '\\u000c' : short));
}

function jsonNumber(value: number): string {
  if (Object.is(value, -0)) return '-0';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-6 || size >= 1e21)) return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  return String(value);
}
