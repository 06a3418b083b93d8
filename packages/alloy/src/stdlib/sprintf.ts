import { quote } from '../quote.ts';
import { numberText, toPlain, type Value } from '../value.ts';

/** Go's fmt.Sprintf for values of the language: the usual verbs with flags, width and precision. */
export function sprintf(format: string, items: readonly Value[]): string {
  let next = 0;
  const verb = /%([-+# 0]*)(\*|\d+)?(?:\.(\*|\d+)?)?([a-zA-Z%])?/g;
  const out = format.replace(
    verb,
    (
      whole: string,
      flags: string,
      width: string | undefined,
      precision: string | undefined,
      letter: string | undefined,
    ) => {
      if (letter === '%') return '%';
      if (letter === undefined) return '%!(NOVERB)';
      const star = (part: string | undefined): number | undefined => {
        if (part !== '*') return part === undefined ? undefined : Number(part);
        const item = items[next++];
        return item?.kind === 'number' ? Number(item.value) : undefined;
      };
      const wide = star(width);
      const precise = whole.includes('.') ? (star(precision) ?? 0) : undefined;
      const item = items[next++];
      if (item === undefined) return `%!${letter}(MISSING)`;
      return pad(formatItem(item, letter, flags, precise), flags, wide ?? 0, item);
    },
  );
  const extra = items.slice(next).map((item) => `${goType(item)}=${formatItem(item, 'v', '', undefined)}`);
  return extra.length > 0 ? `${out}%!(EXTRA ${extra.join(', ')})` : out;
}

function pad(text: string, flags: string, width: number, item: Value): string {
  const length = [...text].length;
  if (length >= width) return text;
  if (flags.includes('-')) return text + ' '.repeat(width - length);
  if (flags.includes('0') && item.kind === 'number') {
    const sign = /^[+-]/.exec(text)?.[0] ?? '';
    return sign + '0'.repeat(width - length) + text.slice(sign.length);
  }
  return ' '.repeat(width - length) + text;
}

function goType(item: Value): string {
  switch (item.kind) {
    case 'number':
      return item.type === 'float' ? 'float64' : item.type === 'int' ? 'int' : 'uint';
    case 'null':
      return '<nil>';
    case 'array':
      return '[]interface {}';
    case 'object':
      return 'map[string]interface {}';
    default:
      return item.kind;
  }
}

function withSign(text: string, flags: string): string {
  if (text.startsWith('-')) return text;
  return flags.includes('+') ? `+${text}` : flags.includes(' ') ? ` ${text}` : text;
}

/** Go prints an exponent with at least two digits. */
function goExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

/** %v of a float: the shortest text, with an exponent below 1e-4 and from 1e21 on. */
function shortest(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e21)) return goExponent(value.toExponential());
  return numberText({ kind: 'number', type: 'float', value });
}

function formatItem(item: Value, letter: string, flags: string, precision: number | undefined): string {
  const bad = () => `%!${letter}(${goType(item)}=${formatItem(item, 'v', '', undefined)})`;
  switch (letter) {
    case 'v':
      return display(item);
    case 'T':
      return goType(item);
    case 't':
      return item.kind === 'bool' ? String(item.value) : bad();
    case 's':
    case 'q':
    case 'x':
    case 'X':
      if (item.kind === 'string') {
        const text = precision === undefined ? item.value : [...item.value].slice(0, precision).join('');
        if (letter === 's') return text;
        if (letter === 'q') return quote(text);
        const hex = Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, '0')).join('');
        return letter === 'x' ? hex : hex.toUpperCase();
      }
      if (letter === 's' && (item.kind === 'array' || item.kind === 'object')) return display(item);
      if (item.kind !== 'number' || item.type === 'float' || letter === 's' || letter === 'q') return bad();
      return withSign(letter === 'x' ? item.value.toString(16) : item.value.toString(16).toUpperCase(), flags);
    case 'd':
    case 'b':
    case 'o':
      if (item.kind !== 'number' || item.type === 'float') return bad();
      return withSign(item.value.toString(letter === 'd' ? 10 : letter === 'b' ? 2 : 8), flags);
    case 'c':
      if (item.kind !== 'number' || item.type === 'float') return bad();
      return String.fromCodePoint(Number(BigInt.asUintN(20, item.value)));
    case 'U':
      if (item.kind !== 'number' || item.type === 'float') return bad();
      return `U+${item.value.toString(16).toUpperCase().padStart(4, '0')}`;
    case 'f':
    case 'F':
      if (item.kind !== 'number' || item.type !== 'float') return bad();
      return withSign(item.value.toFixed(precision ?? 6), flags);
    case 'e':
    case 'E': {
      if (item.kind !== 'number' || item.type !== 'float') return bad();
      const text = goExponent(item.value.toExponential(precision ?? 6));
      return withSign(letter === 'e' ? text : text.toUpperCase(), flags);
    }
    case 'g':
    case 'G': {
      if (item.kind !== 'number' || item.type !== 'float') return bad();
      const rounded = precision === undefined ? item.value : Number(item.value.toPrecision(Math.max(1, precision)));
      return withSign(shortest(rounded), flags);
    }
    default:
      return bad();
  }
}

function display(item: Value): string {
  switch (item.kind) {
    case 'null':
      return '<nil>';
    case 'number':
      return item.type === 'float' ? shortest(item.value) : item.value.toString();
    case 'array':
      return `[${item.items.map(display).join(' ')}]`;
    case 'object':
      return `map[${[...item.fields]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, value]) => `${name}:${display(value)}`)
        .join(' ')}]`;
    default:
      return String(toPlain(item));
  }
}
