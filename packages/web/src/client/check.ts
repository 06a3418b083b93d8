/**
 * Checks for values that come from outside. Each takes the value and the path at which it stands and gives back the value
 * with its type, or throws `ShapeMismatch` naming that path. Unknown keys are let through: servers may send more.
 */
export type Check<T> = (value: unknown, path: string) => T;

export class ShapeMismatch extends Error {
  constructor(path: string, expected: string, value: unknown) {
    super(`${path || 'the answer'} should be ${expected} but is ${describe(value)}`);
    this.name = 'ShapeMismatch';
  }
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === 'object' ? 'an object' : `the ${typeof value} ${JSON.stringify(value).slice(0, 40)}`;
}

export const text: Check<string> = (value, path) => {
  if (typeof value !== 'string') throw new ShapeMismatch(path, 'a string', value);
  return value;
};

export const number: Check<number> = (value, path) => {
  if (typeof value !== 'number') throw new ShapeMismatch(path, 'a number', value);
  return value;
};

export const flag: Check<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw new ShapeMismatch(path, 'true or false', value);
  return value;
};

export function oneOf<const T extends string>(...allowed: readonly T[]): Check<T> {
  return (value, path) => {
    if (!allowed.includes(value as T)) throw new ShapeMismatch(path, `one of ${allowed.join(', ')}`, value);
    return value as T;
  };
}

export function list<T>(item: Check<T>): Check<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new ShapeMismatch(path, 'a list', value);
    return value.map((each, index) => item(each, `${path}[${index}]`));
  };
}

/** Go encodes an empty list as null or leaves it out. */
export function listOrNothing<T>(item: Check<T>): Check<readonly T[]> {
  const full = list(item);
  return (value, path) => (value === null || value === undefined ? [] : full(value, path));
}

export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value, path) => (value === undefined || value === null ? undefined : check(value, path));
}

function plainObject(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ShapeMismatch(path, 'an object', value);
  return value as Record<string, unknown>;
}

/** A map with text values: labels. */
export const labels: Check<Readonly<Record<string, string>>> = (value, path) => {
  const object = plainObject(value, path);
  for (const name in object) if (typeof object[name] !== 'string') text(object[name], `${path}.${name}`);
  return object as Record<string, string>;
};

export function object<T extends Record<string, unknown>>(fields: { readonly [K in keyof T]: Check<T[K]> }): Check<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return (value, path) => {
    const from = plainObject(value, path);
    const out: Partial<T> = {};
    for (const name of names) out[name] = fields[name](from[name], path === '' ? name : `${path}.${name}`);
    return out as T;
  };
}

export function pair<A, B>(first: Check<A>, second: Check<B>): Check<readonly [A, B]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length !== 2) throw new ShapeMismatch(path, 'a pair', value);
    return [first(value[0], `${path}[0]`), second(value[1], `${path}[1]`)];
  };
}
