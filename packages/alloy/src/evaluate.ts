import { type Diagnostic, diagnosticAt, type SourceFile } from './diagnostic.ts';
import { unquote } from './quote.ts';
import type { BinaryExpression, BinaryOperator, Expression, LiteralExpression, Span } from './tree.ts';
import {
  arrayValue,
  booleanValue,
  EvaluationError,
  equals,
  floatValue,
  type NumberValue,
  nullValue,
  objectValue,
  type SecretValue,
  stringValue,
  typeName,
  type Value,
} from './value.ts';

/** What identifiers mean. */
export interface Scope {
  readonly file: SourceFile;
  /**
   * The longest prefix of a chain `a.b.c` that names something, and its value; undefined when nothing does. The rest of the
   * chain is looked up as fields of the value.
   */
  resolve(names: readonly string[]): { readonly value: Value; readonly used: number } | undefined;
}

export type EvaluationResult = { readonly value: Value } | { readonly diagnostic: Diagnostic };

/** Value of an expression. Both sides of `&&` and `||` are always evaluated, as in Alloy. */
export function evaluate(expression: Expression, scope: Scope): EvaluationResult {
  try {
    return { value: new Evaluator(scope).value(expression) };
  } catch (thrown) {
    if (!(thrown instanceof PlacedError)) throw thrown;
    return { diagnostic: diagnosticAt(scope.file, thrown.span, thrown.message) };
  }
}

class PlacedError extends Error {
  readonly span: Span;
  constructor(span: Span, message: string) {
    super(message);
    this.span = span;
  }
}

/** Names of a chain `a.b.c`, or undefined for anything else. */
function chainNames(expression: Expression): string[] | undefined {
  if (expression.kind === 'identifier') return [expression.name];
  if (expression.kind !== 'access') return undefined;
  const names = chainNames(expression.value);
  names?.push(expression.name.name);
  return names;
}

class Evaluator {
  readonly #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  value(expression: Expression): Value {
    switch (expression.kind) {
      case 'literal':
        return literalValue(expression);
      case 'identifier':
      case 'access': {
        const names = chainNames(expression);
        if (names !== undefined) return this.#chain(expression, names);
        if (expression.kind === 'identifier')
          throw new PlacedError(expression, `identifier "${expression.name}" does not exist`);
        return this.#field(this.value(expression.value), expression.name.name, expression.name);
      }
      case 'list':
        return arrayValue(expression.items.map((item) => this.value(item)));
      case 'object':
        return objectValue(expression.fields.map((field) => [field.name, this.value(field.value)] as const));
      case 'index':
        return this.#index(this.value(expression.value), this.value(expression.index), expression);
      case 'call': {
        const callee = this.value(expression.callee);
        if (callee.kind !== 'function') {
          throw new PlacedError(expression.callee, `expected function, got ${typeName(callee)}`);
        }
        const items = expression.items.map((item) => this.value(item));
        return this.#guard(expression, expression.items, () => callee.call(items));
      }
      case 'unary': {
        const value = this.value(expression.value);
        if (expression.operator === '!' && value.kind === 'bool') return booleanValue(!value.value);
        if (expression.operator === '-' && value.kind === 'number') return negate(value);
        const wanted = expression.operator === '!' ? 'bool' : 'number';
        throw new PlacedError(expression.value, `expected ${wanted}, got ${typeName(value)}`);
      }
      case 'binary': {
        const left = this.value(expression.left);
        const right = this.value(expression.right);
        return binary(expression, left, right);
      }
      case 'parentheses':
        return this.value(expression.inner);
    }
  }

  #guard(expression: Expression, items: readonly Expression[], run: () => Value): Value {
    try {
      return run();
    } catch (thrown) {
      if (!(thrown instanceof EvaluationError)) throw thrown;
      throw new PlacedError(
        thrown.argument === undefined ? expression : (items[thrown.argument] ?? expression),
        thrown.message,
      );
    }
  }

  #chain(expression: Expression, names: readonly string[]): Value {
    const found = this.#scope.resolve(names);
    if (found === undefined) throw new PlacedError(expression, `identifier "${names[0]}" does not exist`);
    let { value } = found;
    for (const name of names.slice(found.used)) value = this.#field(value, name, expression);
    return value;
  }

  #field(value: Value, name: string, span: Span): Value {
    if (value.kind !== 'object')
      throw new PlacedError(span, `cannot access field "${name}" on value of type ${typeName(value)}`);
    const field = value.fields.get(name);
    if (field === undefined) throw new PlacedError(span, `field "${name}" does not exist`);
    return field;
  }

  #index(value: Value, index: Value, expression: { readonly value: Expression; readonly index: Expression }): Value {
    if (value.kind === 'array') {
      if (index.kind !== 'number' || !Number.isInteger(Number(index.value))) {
        throw new PlacedError(expression.index, `expected an integer as index of an array, got ${typeName(index)}`);
      }
      const item = Number(index.value) < 0 ? undefined : value.items[Number(index.value)];
      if (item === undefined) {
        throw new PlacedError(
          expression.index,
          `index ${index.value} is out of range of array with length ${value.items.length}`,
        );
      }
      return item;
    }
    if (value.kind === 'object') {
      if (index.kind !== 'string') throw new PlacedError(expression.index, `expected string, got ${typeName(index)}`);
      return value.fields.get(index.value) ?? nullValue;
    }
    throw new PlacedError(expression.value, `expected object or array, got ${typeName(value)}`);
  }
}

function literalValue(literal: LiteralExpression): Value {
  switch (literal.type) {
    case 'null':
      return nullValue;
    case 'bool':
      return booleanValue(literal.text === 'true');
    case 'string': {
      const result = unquote(literal.text);
      if ('error' in result) throw new PlacedError(literal, result.error);
      return stringValue(result.value);
    }
    case 'float':
      return floatValue(Number(literal.text));
    case 'number':
      return parseNumber(literal.text);
  }
}

/** Go's base-0 rules: a leading zero means octal; what does not fit 64 bits becomes a float. */
export function parseNumber(text: string): NumberValue {
  if (text.length > 1 && text.startsWith('0')) {
    return /^[0-7]+$/.test(text) ? integer(BigInt(`0o${text}`)) : floatValue(Number(text));
  }
  return integer(BigInt(text));
}

function integer(value: bigint): NumberValue {
  if (value < 1n << 63n) return { kind: 'number', type: 'int', value };
  return value < 1n << 64n ? { kind: 'number', type: 'uint', value } : floatValue(Number(value));
}

function negate(value: NumberValue): NumberValue {
  if (value.type === 'float') return floatValue(-value.value);
  return { kind: 'number', type: 'int', value: BigInt.asIntN(64, -value.value) };
}

function binary(expression: BinaryExpression, left: Value, right: Value): Value {
  const { operator } = expression;
  switch (operator) {
    case '==':
      return booleanValue(equals(left, right));
    case '!=':
      return booleanValue(!equals(left, right));
    case '&&':
    case '||': {
      for (const [value, side] of [
        [left, expression.left],
        [right, expression.right],
      ] as const) {
        if (value.kind !== 'bool') throw new PlacedError(side, `expected bool, got ${typeName(value)}`);
      }
      const [a, b] = [left.kind === 'bool' && left.value, right.kind === 'bool' && right.value];
      return booleanValue(operator === '&&' ? a && b : a || b);
    }
    default:
      break;
  }
  if (left.kind === 'number' && right.kind === 'number') return arithmetic(expression, operator, left, right);
  if (operator === '+') {
    const joined = join(left, right);
    if (joined !== undefined) return joined;
  } else if (left.kind === 'string' && right.kind === 'string') {
    const ordered = order(operator, compareBytes(left.value, right.value));
    if (ordered !== undefined) return booleanValue(ordered);
  }
  const textual = operator === '+' || operator.startsWith('<') || operator.startsWith('>');
  const wanted = textual ? 'number or string' : 'number';
  const fits = (value: Value) => value.kind === 'number' || (textual && value.kind === 'string');
  if (fits(left) && fits(right))
    throw new PlacedError(expression.right, `expected ${typeName(left)}, got ${typeName(right)}`);
  const [side, value] = fits(left) ? [expression.right, right] : [expression.left, left];
  throw new PlacedError(side, `expected ${wanted}, got ${typeName(value)}`);
}

/** `+` on strings; a secret on either side makes the result one. */
function join(left: Value, right: Value): Value | undefined {
  const text = (value: Value) =>
    value.kind === 'string' ? value.value : value.kind === 'secret' ? value.text : undefined;
  const [a, b] = [text(left), text(right)];
  if (a === undefined || b === undefined) return undefined;
  const secrets = [left, right].filter((value): value is SecretValue => value.kind === 'secret');
  if (secrets.length === 0) return stringValue(a + b);
  const optional = secrets.every((secret) => secret.optional);
  return { kind: 'secret', text: a + b, optional, hidden: secrets.some((secret) => secret.hidden) };
}

function order(operator: BinaryOperator, comparison: number): boolean | undefined {
  switch (operator) {
    case '<':
      return comparison < 0;
    case '<=':
      return comparison <= 0;
    case '>':
      return comparison > 0;
    case '>=':
      return comparison >= 0;
    default:
      return undefined;
  }
}

/** UTF-8 byte order is code point order. */
function compareBytes(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = left[i]!.codePointAt(0)! - right[i]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function arithmetic(
  expression: BinaryExpression,
  operator: BinaryOperator,
  left: NumberValue,
  right: NumberValue,
): Value {
  const comparison = left.value < right.value ? -1 : left.value > right.value ? 1 : 0;
  const ordered = order(operator, comparison);
  if (ordered !== undefined) return booleanValue(ordered);
  if ((operator === '/' || operator === '%') && Number(right.value) === 0) {
    throw new PlacedError(expression.right, 'divide by zero error');
  }
  if (left.type === 'float' || right.type === 'float') {
    return floatValue(floatArithmetic(operator, Number(left.value), Number(right.value)));
  }
  const type = left.type === 'int' || right.type === 'int' ? 'int' : 'uint';
  const wrap = type === 'int' ? BigInt.asIntN : BigInt.asUintN;
  return { kind: 'number', type, value: wrap(64, integerArithmetic(operator, left.value, right.value)) };
}

function floatArithmetic(operator: BinaryOperator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
    default:
      return left ** right;
  }
}

function integerArithmetic(operator: BinaryOperator, left: bigint, right: bigint): bigint {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
    default: {
      // Square and multiply modulo 2^64: the product wraps, so a large exponent costs nothing.
      let result = 1n;
      let base = BigInt.asUintN(64, left);
      for (let exponent = right; exponent > 0n; exponent >>= 1n) {
        if (exponent & 1n) result = BigInt.asUintN(64, result * base);
        base = BigInt.asUintN(64, base * base);
      }
      return result;
    }
  }
}
