import { quoteGo } from '../../model/labels.ts';
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
  printNode,
  type Template,
  type TemplateNode,
} from './tree.ts';

/**
 * Go text/template, executed (https://pkg.go.dev/text/template).
 *
 * The executor remembers the node it looked at last (`#at`), and sets it at the same moments as Go's: error messages quote
 * it, and users compare messages.
 */

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
  /** What a key that a map lacks gives: the zero of its values (Loki, Prometheus), or no value at all (Promtail, Alloy). */
  readonly missingKey?: 'zero' | 'invalid';
  /** Bytes that are no UTF-8 stay in the output as lone surrogates U+DC80..U+DCFF; else they become U+FFFD. */
  readonly keepInvalidBytes?: boolean;
}

export function compileTemplate(
  name: string,
  text: string,
  functions: FunctionSet,
  options: CompileOptions = {},
): CompileResult {
  const { limits = defaultLimits, keepInvalidBytes = false, missingKey = 'zero' } = options;
  const parsed = parseTemplate(name, text, (wanted) => functions.has(wanted) || builtinFunctions.has(wanted));
  if (parsed.error !== undefined) return { error: parsed.error };
  const { template } = parsed;
  return {
    template: {
      execute(data, replaced) {
        const run = new Execution(template, functions, replaced, limits, missingKey);
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

const missing = Symbol('no final argument');
type Final = GoValue | typeof missing;

/** A nil that stands in a map or list: Go refuses to look for fields in it, unlike in a value that is not there at all. */
const nilInterface = Symbol('nil interface');
type Receiver = GoValue | typeof nilInterface;

type Node = TemplateNode | Pipe | Command | Operand;

class Execution {
  readonly #template: Template;
  readonly #functions: FunctionSet;
  readonly #replaced: FunctionSet | undefined;
  readonly #limits: ExecuteLimits;
  readonly #missingKey: 'zero' | 'invalid';
  #variables: [name: string, value: GoValue][] = [];
  #name: string;
  #out = '';
  #steps = 0;
  #depth = 0;
  #at: Node | undefined;

  constructor(
    template: Template,
    functions: FunctionSet,
    replaced: FunctionSet | undefined,
    limits: ExecuteLimits,
    missingKey: 'zero' | 'invalid',
  ) {
    this.#template = template;
    this.#functions = functions;
    this.#replaced = replaced;
    this.#limits = limits;
    this.#missingKey = missingKey;
    this.#name = template.name;
  }

  execute(data: GoValue): string {
    this.#variables = [['$', data]];
    this.#nodes(this.#template.nodes, data);
    return this.#out;
  }

  /** Ends the execution with an error about the node looked at last. */
  #fail(message: string): never {
    const node = this.#at!;
    const before = this.#template.text.slice(0, node.position);
    const lineStart = before.lastIndexOf('\n') + 1;
    const line = before.split('\n').length;
    const column = Buffer.byteLength(before.slice(lineStart));
    const place = `${this.#template.name}:${line}:${column}`;
    throw new ExecutionProblem(
      `template: ${place}: executing ${quoteGo(this.#name)} at <${printNode(node)}>: ${message}`,
    );
  }

  #write(text: string): void {
    this.#out += text;
    if (this.#out.length > this.#limits.outputLengthMax)
      throw new ExecutionProblem(
        `template: ${this.#name}: output is longer than ${this.#limits.outputLengthMax} characters`,
      );
  }

  // --- nodes -------------------------------------------------------------------------------------------------------------

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
    this.#at = node;
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
      case 'template':
        this.#callTemplate(node, dot);
        return undefined;
      case 'break':
      case 'continue':
        return node.kind;
    }
  }

  #callTemplate(node: TemplateNode & { kind: 'template' }, dot: GoValue): void {
    const nodes = this.#template.defined.get(node.name);
    if (nodes === undefined) this.#fail(`template ${quoteGo(node.name)} not defined`);
    if (++this.#depth > callDepthMax) this.#fail(`exceeded maximum template depth (${callDepthMax})`);
    const value = node.pipe ? this.#pipe(node.pipe, dot) : undefined;
    const [variables, name] = [this.#variables, this.#name];
    this.#variables = [['$', value]];
    this.#name = node.name;
    this.#nodes(nodes, value);
    this.#variables = variables;
    this.#name = name;
    this.#depth--;
  }

  #range(node: Branch<'range'>, dot: GoValue): Flow {
    const mark = this.#variables.length;
    const value = this.#pipe(node.pipe, dot);
    const items = this.#items(value);
    const { variables, assigns } = node.pipe;
    for (const [key, item] of items) {
      this.#variables.length = mark;
      const values = variables.length === 1 ? [item] : [key, item];
      for (const [i, name] of variables.entries()) {
        if (assigns) this.#assign(name, values[i]);
        else this.#variables.push([name, values[i]]);
      }
      if (this.#nodes(node.body, item) === 'break') break;
    }
    this.#variables.length = mark;
    return items.length === 0 && node.otherwise ? this.#nodes(node.otherwise, dot) : undefined;
  }

  #items(value: GoValue): readonly (readonly [GoValue, GoValue])[] {
    if (isList(value)) return value.map((item, index) => [BigInt(index), item]);
    if (isMap(value)) return sortedEntries(value);
    if (value === undefined) return [];
    if (typeof value === 'bigint') {
      if (value > BigInt(this.#limits.stepsMax)) this.#fail(`range over ${value} is too long`);
      return Array.from({ length: Math.max(0, Number(value)) }, (_, index) => [BigInt(index), BigInt(index)]);
    }
    return this.#fail(`range can't iterate over ${printValue(value)}`);
  }

  #assign(name: string, value: GoValue): void {
    const found = this.#variables.findLast(([known]) => known === name);
    if (found !== undefined) found[1] = value;
  }

  // --- pipelines and commands --------------------------------------------------------------------------------------------

  #pipe(pipe: Pipe, dot: GoValue): GoValue {
    this.#at = pipe;
    let value: Final = missing;
    for (const command of pipe.commands) value = plain(this.#command(command, dot, value));
    const result = value === missing ? undefined : value;
    // In a range the variables take the elements, not the list.
    if (pipe.variables.length === 1) {
      if (pipe.assigns) this.#assign(pipe.variables[0]!, result);
      else this.#variables.push([pipe.variables[0]!, result]);
    }
    return result;
  }

  #command(command: Command, dot: GoValue, final: Final): Receiver {
    const first = command.operands[0]!;
    const args = command.operands.slice(1);
    switch (first.kind) {
      case 'field':
      case 'chain':
        return this.#fieldsOf(first, dot, args, final);
      case 'variable':
        if (first.names.length > 1) return this.#fieldsOf(first, dot, args, final);
        this.#at = first;
        this.#noArguments(first, args, final);
        return this.#variable(first.names[0]!);
      case 'function':
        return this.#callNamed(first, command, args, dot, final);
      case 'pipe': {
        this.#noArguments(first, args, final);
        return this.#pipe(first.pipe, dot);
      }
    }
    this.#at = first;
    this.#noArguments(first, args, final);
    if (first.kind === 'nil') return this.#fail('nil is not a command');
    return first.kind === 'dot' ? dot : this.#constant(first);
  }

  #noArguments(first: Operand, args: readonly Operand[], final: Final): void {
    if (args.length === 0 && final === missing) return;
    this.#fail(`can't give argument to non-function ${printNode(first)}`);
  }

  #constant(operand: Operand & { kind: 'string' | 'integer' | 'float' | 'bool' }): GoValue {
    return operand.value;
  }

  #variable(name: string): GoValue {
    return this.#variables.findLast(([known]) => known === name)?.[1];
  }

  // --- fields ------------------------------------------------------------------------------------------------------------

  /** `.a.b`, `$x.a.b`, `(...).a.b`; what the last name stands for gets the arguments if it is a method. */
  #fieldsOf(
    operand: Operand & { kind: 'field' | 'variable' | 'chain' },
    dot: GoValue,
    args: readonly Operand[],
    final: Final,
  ): Receiver {
    this.#at = operand;
    let receiver: Receiver = dot;
    let { names } = operand;
    if (operand.kind === 'variable') {
      receiver = this.#variable(names[0]!);
      names = names.slice(1);
    } else if (operand.kind === 'chain') {
      if (operand.operand.kind === 'nil') this.#fail(`indirection through explicit nil in ${printNode(operand)}`);
      receiver = plain(this.#argument(operand.operand, 'any', dot));
    }
    const last = names.length - 1;
    for (let i = 0; i < last; i++) receiver = this.#field(operand, receiver, names[i]!, dot, [], missing);
    return this.#field(operand, receiver, names[last]!, dot, args, final);
  }

  #field(
    operand: Operand,
    receiver: Receiver,
    name: string,
    dot: GoValue,
    args: readonly Operand[],
    final: Final,
  ): Receiver {
    if (receiver === undefined) return undefined;
    if (receiver === nilInterface) this.#fail(`nil pointer evaluating interface {}.${name}`);
    if (isMap(receiver)) {
      if (args.length > 0 || final !== missing) this.#fail(`${name} is not a method but has arguments`);
      if (receiver.entries.has(name)) return receiver.entries.get(name) ?? nilInterface;
      if (this.#missingKey === 'invalid') return undefined;
      return receiver.zero ?? nilInterface;
    }
    const member = isObject(receiver) ? receiver.member(name) : undefined;
    if (isFunction(member)) return this.#call(name, member, operand, args, dot, final);
    if (member === undefined) this.#fail(`can't evaluate field ${name} in type ${typeName(receiver)}`);
    if (args.length > 0 || final !== missing) this.#fail(`${name} has arguments but cannot be invoked as function`);
    return member;
  }

  // --- functions ---------------------------------------------------------------------------------------------------------

  /** @param whole what an error of the function itself quotes */
  #callNamed(
    operand: Operand & { kind: 'function' },
    whole: Node,
    args: readonly Operand[],
    dot: GoValue,
    final: Final,
  ): GoValue {
    this.#at = operand;
    const { name } = operand;
    if (name === 'and' || name === 'or') {
      if (args.length === 0 && final === missing) {
        this.#fail(`wrong number of args for ${name}: want at least 1 got 0`);
      }
      let value: GoValue;
      for (const arg of args) {
        value = this.#argument(arg, 'any', dot);
        if (isTrue(value) === (name === 'or')) return value;
      }
      return final === missing ? value : final;
    }
    const found = this.#replaced?.get(name) ?? this.#functions.get(name) ?? builtinFunctions.get(name)!;
    return this.#call(name, found, whole, args, dot, final);
  }

  #call(
    name: string,
    found: GoFunction,
    whole: Node,
    operands: readonly Operand[],
    dot: GoValue,
    final: Final,
  ): GoValue {
    const { parameters, variadic } = found;
    const count = operands.length + (final === missing ? 0 : 1);
    if (variadic !== undefined) {
      if (count < parameters.length) {
        this.#fail(`wrong number of args for ${name}: want at least ${parameters.length} got ${operands.length}`);
      }
    } else if (count !== parameters.length) {
      this.#fail(`wrong number of args for ${name}: want ${parameters.length} got ${count}`);
    }
    const args: GoValue[] = operands.map((operand, i) => this.#argument(operand, parameters[i] ?? variadic!, dot));
    if (final !== missing) args.push(this.#convert(final, parameters[args.length] ?? variadic!));
    try {
      return (found.call as (...values: GoValue[]) => GoValue)(...args);
    } catch (problem) {
      if (!(problem instanceof CallError)) throw problem;
      this.#at = whole;
      return this.#fail(`error calling ${name}: ${problem.message}`);
    }
  }

  #argument(operand: Operand, type: GoType, dot: GoValue): GoValue {
    this.#at = operand;
    switch (operand.kind) {
      case 'dot':
        return this.#convert(dot, type);
      case 'nil':
        if (type !== 'any') this.#fail(`cannot assign nil to ${type}`);
        return undefined;
      case 'field':
      case 'chain':
        return this.#convert(this.#fieldsOf(operand, dot, [], missing), type);
      case 'variable':
        if (operand.names.length > 1) return this.#convert(this.#fieldsOf(operand, dot, [], missing), type);
        return this.#convert(this.#variable(operand.names[0]!), type);
      case 'pipe': {
        const mark = this.#variables.length;
        const value = this.#pipe(operand.pipe, dot);
        this.#variables.length = mark;
        return this.#convert(value, type);
      }
      case 'function':
        return this.#convert(this.#callNamed(operand, operand, [], dot, missing), type);
    }
    // Literals are untyped constants: 1 fits a float64 parameter, 1.0 an int.
    switch (type) {
      case 'any':
        return operand.value;
      case 'string':
        if (operand.kind === 'string') return operand.value;
        break;
      case 'bool':
        if (operand.kind === 'bool') return operand.value;
        break;
      case 'int':
      case 'int64':
        if (operand.kind === 'integer') return operand.value;
        if (operand.kind === 'float' && Number.isInteger(operand.value)) return BigInt(operand.value);
        return this.#fail(`expected integer; found ${printNode(operand)}`);
      case 'float64':
        if (operand.kind === 'integer' || operand.kind === 'float') return Number(operand.value);
        return this.#fail(`expected float; found ${printNode(operand)}`);
      case 'time.Time':
        return this.#fail(`can't handle ${printNode(operand)} for arg of type time.Time`);
    }
    return this.#fail(`expected ${type}; found ${printNode(operand)}`);
  }

  #convert(given: Receiver, type: GoType): GoValue {
    const value = plain(given);
    if (type === 'any') return value;
    if (value === undefined && given !== nilInterface) return this.#fail(`invalid value; expected ${type}`);
    if (hasType(value, type)) return value;
    const found = given === nilInterface ? 'interface {}' : typeName(value);
    return this.#fail(`wrong type for value; expected ${type}; got ${found}`);
  }
}

/** The value as commands pass it on. */
function plain<T>(value: T | typeof nilInterface): T | undefined {
  return value === nilInterface ? undefined : (value as T);
}

function hasType(value: GoValue, type: GoType): boolean {
  switch (type) {
    case 'any':
      return true;
    case 'string':
      return typeof value === 'string';
    case 'int':
    case 'int64':
      return typeof value === 'bigint';
    case 'float64':
      return typeof value === 'number';
    case 'bool':
      return typeof value === 'boolean';
    case 'time.Time':
      return isObject(value) && value.typeName === 'time.Time';
  }
}

function isFunction(value: GoValue | GoFunction): value is GoFunction {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'function';
}
