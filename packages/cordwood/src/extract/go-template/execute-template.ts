import { builtinFunctions } from './builtin-functions.ts';
import { printValue } from './go-print.ts';
import {
  CallError,
  type FunctionSet,
  type GoFunction,
  type GoType,
  type GoValue,
  isList,
  isMap,
  isObject,
  isTrue,
  sortedEntries,
  typeName,
} from './go-value.ts';
import { parseTemplate } from './parse-template.ts';
import {
  type Branch,
  type Command,
  type Operand,
  type Pipe,
  printCommand,
  printOperand,
  type Template,
  type TemplateNode,
} from './tree.ts';

/** Go text/template, executed (https://pkg.go.dev/text/template), with `missingkey=zero` as Loki, Promtail and Prometheus set it. */

export type ExecuteResult =
  | { readonly text: string; readonly error?: undefined }
  | { readonly text?: undefined; readonly error: string };

export interface CompiledTemplate {
  /** Expands the template. `functions` may replace some of the set's functions for this one execution (`__line__`, `query`). */
  execute(data: GoValue, functions?: FunctionSet): ExecuteResult;
}

export type CompileResult =
  | { readonly template: CompiledTemplate; readonly error?: undefined }
  | { readonly template?: undefined; readonly error: string };

/** A template may loop over itself or build a huge text; both end here with an error. */
export interface ExecuteLimits {
  readonly outputLengthMax: number;
  readonly stepsMax: number;
}
const defaultLimits: ExecuteLimits = { outputLengthMax: 16 * 1024 * 1024, stepsMax: 1_000_000 };
const callDepthMax = 100;

export interface CompileOptions {
  readonly limits?: ExecuteLimits;
  /** Bytes that are no UTF-8 stay in the output as lone surrogates U+DC80..U+DCFF; else they become U+FFFD. */
  readonly keepInvalidBytes?: boolean;
}

export function compileTemplate(
  name: string,
  text: string,
  functions: FunctionSet,
  options: CompileOptions = {},
): CompileResult {
  const { limits = defaultLimits, keepInvalidBytes = false } = options;
  const parsed = parseTemplate(name, text, (wanted) => functions.has(wanted) || builtinFunctions.has(wanted));
  if (parsed.error !== undefined) return { error: parsed.error };
  const { template } = parsed;
  return {
    template: {
      execute(data, replaced) {
        const run = new Execution(template, functions, replaced, limits);
        try {
          const expanded = run.execute(data);
          return { text: keepInvalidBytes ? expanded : expanded.toWellFormed() };
        } catch (problem) {
          if (problem instanceof ExecutionProblem) return { error: problem.message };
          throw problem;
        }
      },
    },
  };
}

class ExecutionProblem extends Error {}

/** `{{break}}` and `{{continue}}` travel up as values, not exceptions. */
type Flow = 'break' | 'continue' | undefined;

interface Where {
  readonly position: number;
  print(): string;
}

const missing = Symbol('no final argument');
type Final = GoValue | typeof missing;

class Execution {
  readonly #template: Template;
  readonly #functions: FunctionSet;
  readonly #replaced: FunctionSet | undefined;
  readonly #limits: ExecuteLimits;
  #variables: [name: string, value: GoValue][] = [];
  #name: string;
  #out = '';
  #steps = 0;
  #depth = 0;

  constructor(template: Template, functions: FunctionSet, replaced: FunctionSet | undefined, limits: ExecuteLimits) {
    this.#template = template;
    this.#functions = functions;
    this.#replaced = replaced;
    this.#limits = limits;
    this.#name = template.name;
  }

  execute(data: GoValue): string {
    this.#variables = [['$', data]];
    this.#nodes(this.#template.nodes, data);
    return this.#out;
  }

  #fail(where: Where, message: string): never {
    const before = this.#template.text.slice(0, where.position);
    const newline = before.lastIndexOf('\n');
    const line = before.split('\n').length;
    const column = Buffer.byteLength(before.slice(newline + 1));
    throw new ExecutionProblem(
      `template: ${this.#template.name}:${line}:${column}: executing ${JSON.stringify(this.#name)} at <${where.print()}>: ${message}`,
    );
  }

  #write(text: string): void {
    this.#out += text;
    if (this.#out.length > this.#limits.outputLengthMax)
      throw new ExecutionProblem(
        `template: ${this.#name}: output is longer than ${this.#limits.outputLengthMax} characters`,
      );
  }

  #nodes(nodes: readonly TemplateNode[], dot: GoValue): Flow {
    for (const node of nodes) {
      const flow = this.#node(node, dot);
      if (flow) return flow;
    }
    return undefined;
  }

  #node(node: TemplateNode, dot: GoValue): Flow {
    if (++this.#steps > this.#limits.stepsMax)
      throw new ExecutionProblem(`template: ${this.#name}: more than ${this.#limits.stepsMax} steps`);
    switch (node.kind) {
      case 'text':
        this.#write(node.text);
        return undefined;
      case 'action': {
        const value = this.#pipe(node.pipe, dot);
        if (node.pipe.variables.length === 0) this.#write(value === undefined ? '<no value>' : printValue(value));
        return undefined;
      }
      case 'if':
      case 'with': {
        const mark = this.#variables.length;
        const value = this.#pipe(node.pipe, dot);
        const inner = node.kind === 'with' ? value : dot;
        const flow = isTrue(value) ? this.#nodes(node.body, inner) : node.otherwise && this.#nodes(node.otherwise, dot);
        this.#variables.length = mark;
        return flow;
      }
      case 'range':
        return this.#range(node, dot);
      case 'template': {
        const nodes = this.#template.defined.get(node.name);
        const where = {
          position: node.position,
          print: () => `{{template ${JSON.stringify(node.name)}${node.pipe ? ` ${printCommandOf(node.pipe)}` : ''}}}`,
        };
        if (nodes === undefined) this.#fail(where, `template ${JSON.stringify(node.name)} not defined`);
        if (++this.#depth > callDepthMax) this.#fail(where, `exceeded maximum template depth (${callDepthMax})`);
        const value = node.pipe ? this.#pipe(node.pipe, dot) : undefined;
        const [variables, name] = [this.#variables, this.#name];
        this.#variables = [['$', value]];
        this.#name = node.name;
        this.#nodes(nodes, value);
        this.#variables = variables;
        this.#name = name;
        this.#depth--;
        return undefined;
      }
      case 'break':
      case 'continue':
        return node.kind;
    }
  }

  #range(node: Branch<'range'>, dot: GoValue): Flow {
    const mark = this.#variables.length;
    const value = this.#pipe(node.pipe, dot);
    const items = this.#items(node, value);
    const { variables, assigns } = node.pipe;
    for (const [key, item] of items) {
      this.#variables.length = mark;
      const pairs: [string, GoValue][] =
        variables.length === 1
          ? [[variables[0]!, item]]
          : variables.length === 2
            ? [
                [variables[0]!, key],
                [variables[1]!, item],
              ]
            : [];
      for (const [name, each] of pairs) {
        if (assigns) this.#assign(name, each);
        else this.#variables.push([name, each]);
      }
      if (this.#nodes(node.body, item) === 'break') break;
    }
    this.#variables.length = mark;
    return items.length === 0 && node.otherwise ? this.#nodes(node.otherwise, dot) : undefined;
  }

  #items(node: Branch<'range'>, value: GoValue): readonly (readonly [GoValue, GoValue])[] {
    if (isList(value)) return value.map((item, index) => [BigInt(index), item]);
    if (isMap(value)) return sortedEntries(value);
    if (value === undefined) return [];
    const where = { position: node.pipe.position, print: () => printCommandOf(node.pipe) };
    if (typeof value === 'bigint') {
      if (value > BigInt(this.#limits.stepsMax)) this.#fail(where, `range over ${value} is too long`);
      return Array.from({ length: Math.max(0, Number(value)) }, (_, index) => [BigInt(index), BigInt(index)]);
    }
    if (typeof value === 'string') return this.#fail(where, `range can't iterate over ${value}`);
    return this.#fail(where, `range can't iterate over ${printValue(value)}`);
  }

  #assign(name: string, value: GoValue): void {
    for (let i = this.#variables.length - 1; i >= 0; i--) {
      if (this.#variables[i]![0] === name) {
        this.#variables[i]![1] = value;
        return;
      }
    }
  }

  #pipe(pipe: Pipe, dot: GoValue): GoValue {
    let value: Final = missing;
    for (const command of pipe.commands) value = this.#command(command, dot, value);
    const result = value === missing ? undefined : value;
    // In a range the variables take the elements, not the list.
    if (pipe.variables.length === 1) {
      if (pipe.assigns) this.#assign(pipe.variables[0]!, result);
      else this.#variables.push([pipe.variables[0]!, result]);
    }
    return result;
  }

  #command(command: Command, dot: GoValue, final: Final): GoValue {
    const [first, ...rest] = command.operands;
    const where = { position: command.position, print: () => printCommand(command) };
    if (first!.kind === 'function') return this.#callNamed(first!.name, where, where, rest, dot, final);
    if (first!.kind === 'field' || first!.kind === 'chain' || first!.kind === 'variable') {
      const found = this.#member(first!, dot);
      if (isFunction(found)) return this.#call(first!.kind, found, where, where, rest, dot, final);
      this.#noArguments(where, first!, rest, final);
      return found;
    }
    this.#noArguments(where, first!, rest, final);
    if (first!.kind === 'nil') return this.#fail(where, 'nil is not a command');
    return this.#value(first!, dot);
  }

  #noArguments(where: Where, first: Operand, rest: readonly Operand[], final: Final): void {
    if (rest.length > 0 || final !== missing)
      this.#fail(
        where,
        `can't give argument to non-function ${first.kind === 'pipe' ? `(${printOperand(first)})` : printOperand(first)}`,
      );
  }

  #value(operand: Operand, dot: GoValue): GoValue {
    switch (operand.kind) {
      case 'string':
      case 'integer':
      case 'float':
      case 'bool':
        return operand.value;
      case 'nil':
        return undefined;
      case 'dot':
        return dot;
      case 'pipe': {
        const mark = this.#variables.length;
        const value = this.#pipe(operand.pipe, dot);
        this.#variables.length = mark;
        return value;
      }
      case 'function': {
        const where = whereOf(operand);
        return this.#callNamed(operand.name, where, where, [], dot, missing);
      }
      default: {
        const found = this.#member(operand, dot);
        return isFunction(found)
          ? this.#call('method', found, whereOf(operand), whereOf(operand), [], dot, missing)
          : found;
      }
    }
  }

  /** A field, a variable's field, or the field of a parenthesised value. */
  #member(operand: Operand & { kind: 'field' | 'variable' | 'chain' }, dot: GoValue): GoValue | GoFunction {
    let value: GoValue;
    let names = operand.names;
    if (operand.kind === 'variable') {
      const found = this.#variables.findLast(([name]) => name === names[0]);
      value = found?.[1];
      names = names.slice(1);
    } else {
      value = operand.kind === 'chain' ? this.#value(operand.operand, dot) : dot;
    }
    let result: GoValue | GoFunction = value;
    names.forEach((name) => {
      if (isFunction(result)) result = this.#call(name, result, whereOf(operand), whereOf(operand), [], dot, missing);
      result = this.#field(operand, result, name);
    });
    return result;
  }

  #field(operand: Operand, value: GoValue, name: string): GoValue | GoFunction {
    if (isMap(value)) return value.entries.has(name) ? value.entries.get(name) : value.zero;
    if (isObject(value)) {
      const member = value.member(name);
      if (member !== undefined) return member;
    }
    if (value === undefined) return undefined;
    return this.#fail(whereOf(operand), `can't evaluate field ${name} in type ${typeName(value)}`);
  }

  #callNamed(
    name: string,
    where: Where,
    callWhere: Where,
    operands: readonly Operand[],
    dot: GoValue,
    final: Final,
  ): GoValue {
    if (name === 'and' || name === 'or') {
      const count = operands.length + (final === missing ? 0 : 1);
      if (count === 0) this.#fail(where, `wrong number of args for ${name}: want at least 1 got 0`);
      let value: GoValue;
      for (const operand of operands) {
        value = this.#value(operand, dot);
        if (isTrue(value) === (name === 'or')) return value;
      }
      return final === missing ? value : final;
    }
    const found = this.#replaced?.get(name) ?? this.#functions.get(name) ?? builtinFunctions.get(name)!;
    return this.#call(name, found, where, callWhere, operands, dot, final);
  }

  #call(
    name: string,
    found: GoFunction,
    where: Where,
    callWhere: Where,
    operands: readonly Operand[],
    dot: GoValue,
    final: Final,
  ): GoValue {
    const { parameters, variadic } = found;
    const count = operands.length + (final === missing ? 0 : 1);
    if (variadic !== undefined ? count < parameters.length : count !== parameters.length) {
      const want = variadic !== undefined ? `at least ${parameters.length}` : `${parameters.length}`;
      this.#fail(where, `wrong number of args for ${name}: want ${want} got ${count}`);
    }
    const args: GoValue[] = operands.map((operand, index) =>
      this.#argument(operand, parameters[index] ?? variadic!, dot),
    );
    if (final !== missing) args.push(this.#convert(final, parameters[args.length] ?? variadic!, where));
    try {
      return (found.call as (...values: GoValue[]) => GoValue)(...args);
    } catch (problem) {
      if (problem instanceof CallError) return this.#fail(callWhere, `error calling ${name}: ${problem.message}`);
      throw problem;
    }
  }

  #argument(operand: Operand, type: GoType, dot: GoValue): GoValue {
    // Literals are untyped constants: 1 fits a float64 parameter.
    if (operand.kind === 'integer' && type === 'float64') return Number(operand.value);
    const literal =
      operand.kind === 'string' || operand.kind === 'integer' || operand.kind === 'float' || operand.kind === 'bool';
    if (literal && type !== 'any') {
      const fits = { string: 'string', int: 'integer', int64: 'integer', float64: 'float', bool: 'bool' }[type];
      if (operand.kind !== fits) {
        const expected =
          type === 'int' || type === 'int64'
            ? 'integer'
            : type === 'float64'
              ? 'float'
              : type === 'bool'
                ? 'bool'
                : 'string';
        this.#fail(whereOf(operand), `expected ${expected}; found ${printOperand(operand)}`);
      }
      return operand.value;
    }
    return this.#convert(this.#value(operand, dot), type, whereOf(operand));
  }

  #convert(value: GoValue, type: GoType, where: Where): GoValue {
    switch (type) {
      case 'any':
        return value;
      case 'string':
        if (typeof value === 'string') return value;
        break;
      case 'int':
      case 'int64':
        if (typeof value === 'bigint') return value;
        break;
      case 'float64':
        if (typeof value === 'number') return value;
        break;
      case 'bool':
        if (typeof value === 'boolean') return value;
        break;
    }
    if (value === undefined) return this.#fail(where, `invalid value; expected ${type}`);
    return this.#fail(where, `wrong type for value; expected ${type}; got ${typeName(value)}`);
  }
}

function isFunction(value: GoValue | GoFunction): value is GoFunction {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'function';
}

function whereOf(operand: Operand): Where {
  return { position: operand.position, print: () => printOperand(operand) };
}

function printCommandOf(pipe: Pipe): string {
  return pipe.commands.map(printCommand).join(' | ');
}
