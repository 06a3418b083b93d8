/**
 * Types of attributes and function parameters: how a value of the language becomes a value of the host. The conversions are
 * Alloy's: numbers and strings convert into each other, secrets never into strings, null into the zero value.
 */
import { parseByteSize, parseDuration } from './duration.ts';
import { numberText, toNumber, typeName, type Value } from './value.ts';

export interface Type<T> {
  /** As messages name it: `number`, `list(string)`, `capsule("loki.LogsReceiver")`. */
  readonly name: string;
  /** What `null` becomes. */
  readonly zero: T;
  readonly convert: (value: Value) => Converted<T>;
}

/** `path` is the place inside the value: `[1].name`. `error` says what is wrong, after the text of the expression. */
export type Converted<T> = { readonly value: T } | { readonly error: string; readonly path: string };

export type TypeValue<X> = X extends Type<infer T> ? T : never;

function mismatch(wanted: string, value: Value): { error: string; path: string } {
  return { error: `should be ${wanted}, got ${typeName(value)}`, path: '' };
}

/** A type from a conversion of what is not null. */
function type<T>(name: string, zero: T, convert: (value: Value) => T | undefined): Type<T> {
  return {
    name,
    zero,
    convert: (value) => {
      if (value.kind === 'null') return { value: zero };
      const converted = convert(value);
      return converted === undefined ? mismatch(name, value) : { value: converted };
    },
  };
}

/** The value as it is. */
export const anyType: Type<Value> = { name: 'any', zero: { kind: 'null' }, convert: (value) => ({ value }) };

export const stringType: Type<string> = {
  name: 'string',
  zero: '',
  convert: (value) => {
    if (value.kind === 'null') return { value: '' };
    if (value.kind === 'string') return { value: value.value };
    if (value.kind === 'number') return { value: numberText(value) };
    if (value.kind === 'secret' && value.optional && !value.hidden) return { value: value.text };
    if (value.kind === 'secret') return { error: 'secrets may not be converted into strings', path: '' };
    return mismatch('string', value);
  },
};

export const booleanType: Type<boolean> = type('bool', false, (value) =>
  value.kind === 'bool' ? value.value : undefined,
);

export const numberType: Type<number> = type('number', 0, (value) => {
  if (value.kind === 'number') return toNumber(value);
  if (value.kind !== 'string' || !/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value.value)) return undefined;
  return Number(value.value);
});

/** A whole number. */
export const integerType: Type<number> = {
  name: 'number',
  zero: 0,
  convert: (value) => {
    const converted = numberType.convert(value);
    if ('error' in converted) return converted;
    // Go converts a float to an integer by cutting the fraction.
    return { value: Math.trunc(converted.value) };
  },
};

/** Text that is parsed: the error of the parser becomes the message. */
export function parsedType<T>(
  name: string,
  zero: T,
  parse: (text: string) => { value: T } | { error: string },
): Type<T> {
  return {
    name,
    zero,
    convert: (value) => {
      const text = stringType.convert(value);
      if (value.kind === 'null') return { value: zero };
      if ('error' in text) return value.kind === 'secret' ? text : mismatch('string', value);
      const parsed = parse(text.value);
      return 'error' in parsed ? { error: parsed.error, path: '' } : parsed;
    },
  };
}

/** A Go duration, as milliseconds. */
export const durationType: Type<number> = parsedType('duration', 0, (text) => {
  const parsed = parseDuration(text);
  return 'error' in parsed ? parsed : { value: parsed.ms };
});

/** A size such as `1MiB`, as bytes. */
export const byteSizeType: Type<number> = parsedType('byte size', 0, (text) => {
  const parsed = parseByteSize(text);
  return 'error' in parsed ? parsed : { value: parsed.bytes };
});

/** One of several words. */
export function enumType<const T extends string>(...words: readonly T[]): Type<T> {
  return parsedType(words.join('|'), words[0]!, (text) =>
    words.includes(text as T)
      ? { value: text as T }
      : {
          error: `${JSON.stringify(text)} is not allowed: must be one of ${words.map((w) => JSON.stringify(w)).join(', ')}`,
        },
  );
}

/** Text that is never shown: prints and serialises as `(secret)`. */
export class Secret {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  reveal(): string {
    return this.#text;
  }
  toString(): string {
    return '(secret)';
  }
  toJSON(): string {
    return '(secret)';
  }
}

export const secretType: Type<Secret> = type('secret', new Secret(''), (value) => {
  if (value.kind === 'secret') return new Secret(value.text);
  return value.kind === 'string' ? new Secret(value.value) : undefined;
});

export function listType<T>(element: Type<T>): Type<readonly T[]> {
  const name = `list(${element.name})`;
  return {
    name,
    zero: [],
    convert: (value) => {
      if (value.kind === 'null') return { value: [] };
      if (value.kind !== 'array') return mismatch(name, value);
      const items: T[] = [];
      for (const [i, item] of value.items.entries()) {
        const converted = element.convert(item);
        if ('error' in converted) return { error: converted.error, path: `[${i}]${converted.path}` };
        items.push(converted.value);
      }
      return { value: items };
    },
  };
}

export function mapType<T>(element: Type<T>): Type<ReadonlyMap<string, T>> {
  const name = `map(${element.name})`;
  return {
    name,
    zero: new Map(),
    convert: (value) => {
      if (value.kind === 'null') return { value: new Map() };
      if (value.kind !== 'object') return mismatch(name, value);
      const fields = new Map<string, T>();
      for (const [field, item] of value.fields) {
        const converted = element.convert(item);
        if ('error' in converted) return { error: converted.error, path: `.${field}${converted.path}` };
        fields.set(field, converted.value);
      }
      return { value: fields };
    },
  };
}

/** `null` stays apart from the zero value. */
export function nullableType<T>(inner: Type<T>): Type<T | undefined> {
  return {
    name: inner.name,
    zero: undefined,
    convert: (value) => (value.kind === 'null' ? { value: undefined } : inner.convert(value)),
  };
}

/** A value of the host by the name of its capsule. */
export function capsuleType<T>(capsule: string): Type<T> {
  const name = `capsule("${capsule}")`;
  return {
    name,
    zero: undefined as T,
    convert: (value) =>
      value.kind === 'capsule' && value.type === capsule ? { value: value.value as T } : mismatch(name, value),
  };
}
