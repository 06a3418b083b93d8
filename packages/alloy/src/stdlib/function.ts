import type { Type, TypeValue } from '../type.ts';
import { EvaluationError, type FunctionValue, typeName, type Value } from '../value.ts';

/** A function with parameters of fixed types. */
// biome-ignore lint/suspicious/noExplicitAny: inferred per parameter
export function fixed<const P extends readonly Type<any>[]>(
  name: string,
  parameters: P,
  run: (...values: { -readonly [K in keyof P]: TypeValue<P[K]> }) => Value,
): FunctionValue {
  return {
    kind: 'function',
    name,
    call: (items) => {
      if (items.length !== parameters.length) throw countError(parameters.length, items.length);
      const values = parameters.map((parameter, i) => argument(items, i, parameter));
      return run(...(values as { -readonly [K in keyof P]: TypeValue<P[K]> }));
    },
  };
}

/** A function that takes any number of values. */
export function variadic(name: string, run: (values: readonly Value[]) => Value): FunctionValue {
  return { kind: 'function', name, call: run };
}

export function countError(expected: number, got: number): EvaluationError {
  return new EvaluationError(`expected ${expected} args, got ${got}`);
}

/** Argument `index` converted; a function does not take null where it wants something. */
export function argument<T>(items: readonly Value[], index: number, type: Type<T>): T {
  const item = items[index]!;
  const converted = type.convert(item);
  if ('value' in converted) return converted.value;
  const text = converted.path === '' ? converted.error : `${converted.path} ${converted.error}`;
  throw new EvaluationError(`argument ${index + 1} ${text || `has type ${typeName(item)}`}`, index);
}
