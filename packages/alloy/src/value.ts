/** Values of the language. Plain data; functions and capsules are opaque. */
export type Value =
  | NullValue
  | BooleanValue
  | NumberValue
  | StringValue
  | ArrayValue
  | ObjectValue
  | FunctionValue
  | SecretValue
  | CapsuleValue;

export interface NullValue {
  readonly kind: 'null';
}
export interface BooleanValue {
  readonly kind: 'bool';
  readonly value: boolean;
}
/** Integers are 64-bit (signed, or unsigned when too large) and wrap; the rest are floats. */
export type NumberValue =
  | { readonly kind: 'number'; readonly type: 'int' | 'uint'; readonly value: bigint }
  | { readonly kind: 'number'; readonly type: 'float'; readonly value: number };
export interface StringValue {
  readonly kind: 'string';
  readonly value: string;
}
export interface ArrayValue {
  readonly kind: 'array';
  readonly items: readonly Value[];
}
export interface ObjectValue {
  readonly kind: 'object';
  readonly fields: ReadonlyMap<string, Value>;
}
export interface FunctionValue {
  readonly kind: 'function';
  readonly name: string;
  /** Throws EvaluationError. */
  readonly call: (argumentList: readonly Value[]) => Value;
}
/** A string that is never shown. `optional` ones may be used where a string is wanted when `hidden` is false. */
export interface SecretValue {
  readonly kind: 'secret';
  readonly text: string;
  readonly optional: boolean;
  readonly hidden: boolean;
}
/** A value of the host (receiver, rules ...), passed by reference. `type` is the name that messages show. */
export interface CapsuleValue {
  readonly kind: 'capsule';
  readonly type: string;
  readonly value: unknown;
}

/** An expression cannot be evaluated. `argument`: index of the argument of a call that is to blame. */
export class EvaluationError extends Error {
  readonly argument: number | undefined;
  constructor(message: string, argument?: number) {
    super(message);
    this.name = 'EvaluationError';
    this.argument = argument;
  }
}

export const nullValue: NullValue = Object.freeze({ kind: 'null' });

export function stringValue(value: string): StringValue {
  return { kind: 'string', value };
}
export function booleanValue(value: boolean): BooleanValue {
  return { kind: 'bool', value };
}
export function integerValue(value: bigint | number): NumberValue {
  return { kind: 'number', type: 'int', value: BigInt.asIntN(64, BigInt(value)) };
}
export function floatValue(value: number): NumberValue {
  return { kind: 'number', type: 'float', value };
}
export function arrayValue(items: readonly Value[]): ArrayValue {
  return { kind: 'array', items };
}
export function objectValue(fields: Iterable<readonly [string, Value]>): ObjectValue {
  return { kind: 'object', fields: new Map(fields) };
}
export function capsuleValue(type: string, value: unknown): CapsuleValue {
  return { kind: 'capsule', type, value };
}

/** How messages name the type of a value. */
export function typeName(value: Value): string {
  if (value.kind === 'secret') return 'capsule("alloytypes.Secret")';
  return value.kind === 'capsule' ? `capsule("${value.type}")` : value.kind;
}

/** JSON-like data as a value; whole numbers become integers. */
export function fromPlain(plain: unknown): Value {
  if (plain === null || plain === undefined) return nullValue;
  if (typeof plain === 'boolean') return booleanValue(plain);
  if (typeof plain === 'string') return stringValue(plain);
  if (typeof plain === 'bigint') return integerValue(plain);
  if (typeof plain === 'number') return Number.isSafeInteger(plain) ? integerValue(plain) : floatValue(plain);
  if (Array.isArray(plain)) return arrayValue(plain.map(fromPlain));
  const entries = plain instanceof Map ? [...plain] : Object.entries(plain);
  return objectValue(entries.map(([name, value]) => [String(name), fromPlain(value)] as const));
}

/** Decimal text without exponent, with the fewest digits that read back as the same number. */
export function numberText(value: NumberValue): string {
  if (value.type !== 'float') return value.value.toString();
  const number = value.value;
  if (!Number.isFinite(number)) return Number.isNaN(number) ? 'NaN' : number > 0 ? '+Inf' : '-Inf';
  const text = Object.is(number, -0) ? '-0' : String(number);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign, head, fraction = '', exponent] = match;
  const shift = Number(exponent);
  const digits = head! + fraction;
  if (shift < 0) return `${sign}0.${'0'.repeat(-shift - 1)}${digits}`;
  return sign + digits.padEnd(shift + 1, '0');
}

/** Number as a float. */
export function toNumber(value: NumberValue): number {
  return Number(value.value);
}

/** Deep equality; 3 and 3.0 are equal, functions never are, values of different types are not. */
export function equals(a: Value, b: Value): boolean {
  if (a.kind === 'number' && b.kind === 'number') {
    return a.type === 'float' || b.type === 'float' ? Number(a.value) === Number(b.value) : a.value === b.value;
  }
  switch (a.kind) {
    case 'null':
      return b.kind === 'null';
    case 'bool':
      return b.kind === 'bool' && a.value === b.value;
    case 'string':
      return b.kind === 'string' && a.value === b.value;
    case 'array':
      return (
        b.kind === 'array' && a.items.length === b.items.length && a.items.every((item, i) => equals(item, b.items[i]!))
      );
    case 'object':
      return (
        b.kind === 'object' &&
        a.fields.size === b.fields.size &&
        [...a.fields].every(([name, value]) => {
          const other = b.fields.get(name);
          return other !== undefined && equals(value, other);
        })
      );
    case 'secret':
      return b.kind === 'secret' && a.text === b.text && a.hidden === b.hidden;
    case 'capsule':
      return b.kind === 'capsule' && a.type === b.type && a.value === b.value;
    default:
      return false;
  }
}

/** Plain data for JSON; secrets, functions and capsules as the text that a page may show. */
export function toPlain(value: Value): unknown {
  switch (value.kind) {
    case 'null':
      return null;
    case 'bool':
    case 'string':
      return value.value;
    case 'number':
      return Number(value.value);
    case 'array':
      return value.items.map(toPlain);
    case 'object':
      return Object.fromEntries([...value.fields].map(([name, field]) => [name, toPlain(field)]));
    case 'function':
      return `function("${value.name}")`;
    case 'secret':
      return value.hidden ? '(secret)' : value.text;
    case 'capsule':
      return `capsule("${value.type}")`;
  }
}
