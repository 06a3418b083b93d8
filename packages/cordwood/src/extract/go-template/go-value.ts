/**
 * Values as Go templates see them. Go's types matter to what is printed and compared, so integers are bigint (Go's int, int64),
 * floats are number, nil is undefined.
 */
export type GoValue = string | bigint | number | boolean | undefined | GoMap | readonly GoValue[] | GoObject;

/** A Go map. `zero` is what a missing key gives: '' for a map of strings, undefined (nil) for a map of anything. */
export interface GoMap {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, GoValue>;
  readonly zero: GoValue;
}

/** Anything else with methods or fields, such as a time. */
export interface GoObject {
  readonly kind: 'object';
  readonly typeName: string;
  print(): string;
  /** The value of a field, or a method to call. Undefined when there is none of this name. */
  member(name: string): GoValue | GoFunction | undefined;
}

export type GoType = 'string' | 'int' | 'int64' | 'float64' | 'bool' | 'time.Time' | 'any';

export interface GoFunction {
  readonly kind: 'function';
  readonly parameters: readonly GoType[];
  /** Type of the last parameter when it may be given any number of times (also none). */
  readonly variadic?: GoType;
  /** Throws a CallError for what Go would return as an error. Arguments have the types of the parameters. */
  call(...args: never[]): GoValue;
}

/** An error that a template function returns; shown as `error calling NAME: MESSAGE`. */
export class CallError extends Error {}

/** Declares a template function. */
export function goFunction(
  parameters: readonly GoType[],
  call: (...args: never[]) => GoValue,
  variadic?: GoType,
): GoFunction {
  return { kind: 'function', parameters, call, ...(variadic ? { variadic } : {}) };
}

export type FunctionSet = ReadonlyMap<string, GoFunction>;

export function stringMap(pairs: Iterable<readonly [string, string]>): GoMap {
  return { kind: 'map', entries: new Map(pairs), zero: '' };
}

export function isMap(value: GoValue): value is GoMap {
  return typeof value === 'object' && 'kind' in value && value.kind === 'map';
}
export function isList(value: GoValue): value is readonly GoValue[] {
  return Array.isArray(value);
}
export function isObject(value: GoValue): value is GoObject {
  return typeof value === 'object' && 'kind' in value && value.kind === 'object';
}

export function typeName(value: GoValue): string {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'bigint':
      return 'int';
    case 'number':
      return 'float64';
    case 'boolean':
      return 'bool';
    case 'undefined':
      return 'nil';
    default:
      if (isMap(value)) return value.zero === '' ? 'map[string]string' : 'map[string]interface {}';
      return isObject(value) ? value.typeName : '[]interface {}';
  }
}

/** Go's template truth: false, 0, nil, and empty strings, maps and lists are false. */
export function isTrue(value: GoValue): boolean {
  switch (typeof value) {
    case 'string':
      return value !== '';
    case 'bigint':
      return value !== 0n;
    case 'number':
      return value !== 0;
    case 'boolean':
      return value;
    case 'undefined':
      return false;
    default:
      if (isMap(value)) return value.entries.size > 0;
      return isList(value) ? value.length > 0 : true;
  }
}

/** Deeper documents are refused: printing them would exhaust the stack. */
const maxJsonDepth = 1_000;

/** JSON (as parsed, numbers as float64) to Go values. Throws a RangeError when it is nested too deeply. */
export function fromJsonValue(json: unknown, depth = 0): GoValue {
  if (depth > maxJsonDepth) throw new RangeError('nested too deeply');
  if (json === null || json === undefined) return undefined;
  if (Array.isArray(json)) return json.map((item) => fromJsonValue(item, depth + 1));
  if (typeof json === 'object') {
    return {
      kind: 'map',
      zero: undefined,
      entries: new Map(Object.entries(json).map(([key, value]) => [key, fromJsonValue(value, depth + 1)])),
    };
  }
  return json as string | number | boolean;
}

/** Keys in Go's order for printing and ranging: sorted by byte. */
export function sortedEntries(map: GoMap): [string, GoValue][] {
  return [...map.entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
