import { stringType } from '../type.ts';
import { EvaluationError, fromPlain, stringValue, toPlain, typeName, type Value } from '../value.ts';
import { countError, fixed, variadic } from './function.ts';

/** Largest integer that a double holds; beyond it JSON numbers are kept as integers by hand. */
export function fromJson(text: string): Value {
  try {
    return fromPlain(
      JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
        typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d{1,18}$/.test(context?.source ?? '')
          ? BigInt(context!.source!)
          : value,
      ),
    );
  } catch (cause) {
    throw new EvaluationError(`argument 1 is not JSON: ${(cause as Error).message}`, 0);
  }
}

function bytesToText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function fromBase64(text: string, urlSafe: boolean): Value {
  const alphabet = urlSafe ? /^[A-Za-z0-9_-]*={0,2}$/ : /^[A-Za-z0-9+/]*={0,2}$/;
  const compact = text.replace(/[\r\n]/g, '');
  const bad =
    alphabet.test(compact) && compact.length % 4 === 0
      ? -1
      : compact.search(urlSafe ? /[^A-Za-z0-9_-]/ : /[^A-Za-z0-9+/]/);
  if (!alphabet.test(compact) || compact.length % 4 !== 0) {
    throw new EvaluationError(`illegal base64 data at input byte ${bad < 0 ? compact.length : bad}`, 0);
  }
  const binary = atob(compact.replaceAll('-', '+').replaceAll('_', '/'));
  return stringValue(bytesToText(Uint8Array.from(binary, (char) => char.charCodeAt(0))));
}

function toBase64(text: string, urlSafe: boolean): Value {
  let binary = '';
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  const encoded = btoa(binary);
  return stringValue(urlSafe ? encoded.replaceAll('+', '-').replaceAll('/', '_') : encoded);
}

/** Go's JSON: `<`, `>`, `&` and the line separators are escaped, keys are sorted. */
export function goJson(plain: unknown): string {
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sorted);
    if (value === null || typeof value !== 'object') return value;
    const names = Object.keys(value).sort();
    return Object.fromEntries(names.map((name) => [name, sorted((value as Record<string, unknown>)[name])]));
  };
  const escapes = /[<>&\u2028\u2029]/g;
  return JSON.stringify(sorted(plain)).replace(
    escapes,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export const fromJsonFunction = fixed('encoding.from_json', [stringType], fromJson);
export const fromBase64Function = fixed('encoding.from_base64', [stringType], (text) => fromBase64(text, false));
export const fromUrlBase64 = fixed('encoding.from_URLbase64', [stringType], (text) => fromBase64(text, true));
export const toBase64Function = fixed('encoding.to_base64', [stringType], (text) => toBase64(text, false));
export const toUrlBase64 = fixed('encoding.to_URLbase64', [stringType], (text) => toBase64(text, true));

export const toJson = variadic('encoding.to_json', (values) => {
  if (values.length !== 1) throw countError(1, values.length);
  const value = values[0]!;
  if (value.kind !== 'object') {
    throw new EvaluationError(`encoding.to_json: argument must be an object, got ${typeName(value)}`, 0);
  }
  return stringValue(goJson(toPlain(value)));
});

/** Go's url.QueryEscape. */
export const urlEncode = fixed('encoding.url_encode', [stringType], (text) =>
  stringValue(
    encodeURIComponent(text.toWellFormed())
      .replaceAll('%20', '+')
      .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`),
  ),
);

/** Go's url.QueryUnescape. */
export const urlDecode = fixed('encoding.url_decode', [stringType], (text) => {
  const bad = /%(?![0-9a-fA-F]{2}).{0,2}/s.exec(text);
  if (bad !== null) throw new EvaluationError(`invalid URL escape ${JSON.stringify(bad[0])}`, 0);
  const bytes: number[] = [];
  for (const part of text.replaceAll('+', ' ').match(/%[0-9a-fA-F]{2}|[^%]+/g) ?? []) {
    if (part.startsWith('%')) bytes.push(Number.parseInt(part.slice(1), 16));
    else bytes.push(...new TextEncoder().encode(part));
  }
  return stringValue(bytesToText(new Uint8Array(bytes)));
});
