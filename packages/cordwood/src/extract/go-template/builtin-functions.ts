import { textOfBytes } from '../escaped-bytes.ts';
import { printValue, sprint, sprintf, sprintln } from './go-print.ts';
import { CallError, type FunctionSet, type GoValue, goFunction, isList, isMap, typeName } from './go-value.ts';

/** The functions every Go template has (https://pkg.go.dev/text/template#hdr-Functions). `and`, `or` short-circuit in the executor. */
export const builtinFunctions: FunctionSet = new Map([
  ['and', goFunction(['any'], () => undefined, 'any')],
  ['or', goFunction(['any'], () => undefined, 'any')],
  ['not', goFunction(['any'], (value: GoValue) => !truth(value))],
  [
    'eq',
    goFunction(
      ['any'],
      (first: GoValue, ...others: GoValue[]) => {
        if (others.length === 0) throw new CallError('missing argument for comparison');
        return others.some((other) => equal(first, other));
      },
      'any',
    ),
  ],
  ['ne', goFunction(['any', 'any'], (a: GoValue, b: GoValue) => !equal(a, b))],
  ['lt', goFunction(['any', 'any'], (a: GoValue, b: GoValue) => less(a, b))],
  ['le', goFunction(['any', 'any'], (a: GoValue, b: GoValue) => less(a, b) || equal(a, b))],
  ['gt', goFunction(['any', 'any'], (a: GoValue, b: GoValue) => !less(a, b) && !equal(a, b))],
  ['ge', goFunction(['any', 'any'], (a: GoValue, b: GoValue) => !less(a, b))],
  [
    'len',
    goFunction(['any'], (value: GoValue) => {
      if (typeof value === 'string') return BigInt(Buffer.byteLength(value));
      if (isList(value)) return BigInt(value.length);
      if (isMap(value)) return BigInt(value.entries.size);
      throw new CallError(value === undefined ? 'len of nil pointer' : `len of type ${typeName(value)}`);
    }),
  ],
  ['index', goFunction(['any'], (value: GoValue, ...indexes: GoValue[]) => indexes.reduce(indexOne, value), 'any')],
  ['slice', goFunction(['any'], sliceValue, 'any')],
  ['print', goFunction([], (...values: GoValue[]) => sprint(values), 'any')],
  ['println', goFunction([], (...values: GoValue[]) => sprintln(values), 'any')],
  ['printf', goFunction(['string'], (format: string, ...values: GoValue[]) => sprintf(format, values), 'any')],
  ['html', goFunction([], (...values: GoValue[]) => escapeHtml(joined(values)), 'any')],
  ['js', goFunction([], (...values: GoValue[]) => escapeJs(joined(values)), 'any')],
  ['urlquery', goFunction([], (...values: GoValue[]) => escapeQuery(joined(values)), 'any')],
  [
    'call',
    goFunction(
      ['any'],
      () => {
        throw new CallError('call of non-function');
      },
      'any',
    ),
  ],
]);

function truth(value: GoValue): boolean {
  return !(
    value === undefined ||
    value === false ||
    value === '' ||
    value === 0n ||
    value === 0 ||
    (isList(value) && value.length === 0) ||
    (isMap(value) && value.entries.size === 0)
  );
}

const joined = (values: readonly GoValue[]) =>
  values.length === 1 && typeof values[0] === 'string' ? values[0] : sprint(values);

function equal(a: GoValue, b: GoValue): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (typeof a === 'object' || typeof b === 'object')
    throw new CallError(
      `non-comparable type ${printValue(typeof a === 'object' ? a : b)}: ${typeName(typeof a === 'object' ? a : b)}`,
    );
  if (typeof a !== typeof b) throw new CallError('incompatible types for comparison');
  return a === b;
}

function less(a: GoValue, b: GoValue): boolean {
  if (
    typeof a === 'boolean' ||
    typeof b === 'boolean' ||
    typeof a === 'object' ||
    typeof b === 'object' ||
    a === undefined ||
    b === undefined
  ) {
    throw new CallError('invalid type for comparison');
  }
  if (typeof a !== typeof b) throw new CallError('incompatible types for comparison');
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string)) < 0;
  return a < (b as typeof a);
}

function indexOne(value: GoValue, index: GoValue): GoValue {
  if (value === undefined) throw new CallError('index of untyped nil');
  if (isMap(value)) {
    if (typeof index !== 'string') throw new CallError(`value has type ${typeName(index)}; should be string`);
    return value.entries.has(index) ? value.entries.get(index) : value.zero;
  }
  if (typeof value === 'string' || isList(value)) {
    if (typeof index !== 'bigint')
      throw new CallError(
        index === undefined
          ? 'cannot index slice/array with nil'
          : `cannot index slice/array with type ${typeName(index)}`,
      );
    const list = typeof value === 'string' ? Buffer.from(value) : value;
    if (index < 0n || index >= BigInt(list.length)) throw new CallError(`index out of range: ${index}`);
    const item = list[Number(index)];
    return typeof value === 'string' ? BigInt(item as number) : (item as GoValue);
  }
  throw new CallError(`can't index item of type ${typeName(value)}`);
}

function sliceValue(value: GoValue, ...bounds: GoValue[]): GoValue {
  if (value === undefined) throw new CallError('slice of untyped nil');
  if (bounds.length > 3) throw new CallError(`too many slice indexes: ${bounds.length}`);
  if (typeof value !== 'string' && !isList(value)) throw new CallError(`can't slice item of type ${typeName(value)}`);
  if (typeof value === 'string' && bounds.length === 3) throw new CallError('cannot 3-index slice a string');
  const source = typeof value === 'string' ? Buffer.from(value) : value;
  const [from = 0, to = source.length] = bounds.map((bound) => {
    if (typeof bound !== 'bigint') throw new CallError(`cannot index slice/array with type ${typeName(bound)}`);
    if (bound < 0n || bound > BigInt(source.length)) throw new CallError(`index out of range: ${bound}`);
    return Number(bound);
  });
  if (from > to) throw new CallError(`invalid slice index: ${from} > ${to}`);
  return typeof value === 'string'
    ? textOfBytes((source as Buffer).subarray(from, to))
    : (source as readonly GoValue[]).slice(from, to);
}

const htmlEscapes: Readonly<Record<string, string>> = {
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\0': '\uFFFD',
};
function escapeHtml(text: string): string {
  return text.replace(/["'&<>\0]/g, (char) => htmlEscapes[char]!);
}

const jsEscapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D',
};
function escapeJs(text: string): string {
  // Beyond ASCII what is not printable is escaped, by UTF-16 unit as JavaScript wants it.
  return text.replace(/[\\'"<>&=\u0000-\u001f]|[^\p{ASCII}\p{L}\p{M}\p{N}\p{P}\p{S}]/gu, (char) => {
    const code = char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
    return jsEscapes[char] ?? `\\u${code}`;
  });
}

/** net/url.QueryEscape */
export function escapeQuery(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
