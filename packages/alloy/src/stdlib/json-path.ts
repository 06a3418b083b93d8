/**
 * JSONPath as `json_path` understands it: `$`, `.name`, `['name']`, `[0]`, `[-1]`, `[a:b:c]`, `[0,1]`, `*`, `..` and filters
 * `[?(@.price < 10 && @.name == 'x')]` with `== != < <= > >= =~ && || !`. The result is always a list.
 */
import { EvaluationError } from '../value.ts';

type Step =
  | { kind: 'names'; names: readonly string[] }
  | { kind: 'indexes'; indexes: readonly number[] }
  | { kind: 'slice'; start: number | undefined; end: number | undefined; step: number }
  | { kind: 'wildcard' }
  | { kind: 'descendants' }
  | { kind: 'filter'; test: (item: unknown, root: unknown) => boolean };

/** All values of the document at the path. */
export function jsonPath(document: unknown, path: string): unknown[] {
  return select([document], new PathParser(path).parse(), document);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function children(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.values(value) : [];
}

function descendants(value: unknown): unknown[] {
  return [value, ...children(value).flatMap(descendants)];
}

function select(start: readonly unknown[], steps: readonly Step[], root: unknown): unknown[] {
  let current = [...start];
  for (const step of steps) {
    switch (step.kind) {
      case 'names':
        current = current.flatMap((value) =>
          isObject(value) ? step.names.filter((name) => Object.hasOwn(value, name)).map((name) => value[name]) : [],
        );
        break;
      case 'indexes':
        current = current.flatMap((value) =>
          Array.isArray(value)
            ? step.indexes
                .map((i) => (i < 0 ? i + value.length : i))
                .filter((i) => i >= 0 && i < value.length)
                .map((i) => value[i])
            : [],
        );
        break;
      case 'slice':
        current = current.flatMap((value) => (Array.isArray(value) ? slice(value, step) : []));
        break;
      case 'wildcard':
        current = current.flatMap(children);
        break;
      case 'descendants':
        current = current.flatMap(descendants);
        break;
      case 'filter':
        current = current.flatMap((value) => children(value).filter((item) => step.test(item, root)));
        break;
    }
  }
  return current;
}

function slice(
  list: readonly unknown[],
  range: { start: number | undefined; end: number | undefined; step: number },
): unknown[] {
  const bound = (index: number | undefined, fallback: number) =>
    index === undefined ? fallback : index < 0 ? index + list.length : index;
  const out: unknown[] = [];
  if (range.step > 0) {
    const end = Math.min(list.length, bound(range.end, list.length));
    for (let i = Math.max(0, bound(range.start, 0)); i < end; i += range.step) out.push(list[i]);
  } else {
    const end = bound(range.end, -1);
    for (let i = Math.min(list.length - 1, bound(range.start, list.length - 1)); i > end && i >= 0; i += range.step) {
      out.push(list[i]);
    }
  }
  return out;
}

type Operand = (item: unknown, root: unknown) => unknown;

class PathParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Step[] {
    this.#take('$');
    const steps = this.#steps();
    if (this.#at < this.#text.length) this.#fail();
    return steps;
  }

  #fail(): never {
    throw new EvaluationError(`unexpected character at ${this.#at + 1} in JSONPath ${JSON.stringify(this.#text)}`, 1);
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    const sticky = new RegExp(pattern.source, 'yu');
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#text);
    if (found === null) return undefined;
    this.#at += found[0].length;
    return found[0];
  }

  #steps(): Step[] {
    const steps: Step[] = [];
    // A path may leave out `$.`: `name.other`.
    const bare = this.#at === 0 ? this.#match(/[\p{L}_][\p{L}\p{Nd}_-]*/u) : undefined;
    if (bare !== undefined) steps.push({ kind: 'names', names: [bare] });
    for (;;) {
      if (this.#take('..')) {
        steps.push({ kind: 'descendants' });
        if (this.#text[this.#at] === '[') continue;
        steps.push(this.#name());
      } else if (this.#take('.')) steps.push(this.#name());
      else if (this.#take('[')) steps.push(this.#bracket());
      else return steps;
    }
  }

  #name(): Step {
    if (this.#take('*')) return { kind: 'wildcard' };
    const name = this.#match(/[\p{L}\p{Nd}_$-]+/u);
    return name === undefined ? this.#fail() : { kind: 'names', names: [name] };
  }

  #bracket(): Step {
    this.#space();
    const step = this.#bracketBody();
    this.#space();
    if (!this.#take(']')) this.#fail();
    return step;
  }

  #bracketBody(): Step {
    if (this.#take('*')) return { kind: 'wildcard' };
    if (this.#take('?')) {
      this.#space();
      const wrapped = this.#take('(');
      const test = this.#or();
      this.#space();
      if (wrapped && !this.#take(')')) this.#fail();
      return { kind: 'filter', test: (item, root) => truthy(test(item, root)) };
    }
    const first = this.#string();
    if (first !== undefined) {
      const names = [first];
      while (this.#comma()) names.push(this.#string() ?? this.#fail());
      return { kind: 'names', names };
    }
    const start = this.#match(/-?\d+/);
    this.#space();
    if (this.#take(':')) {
      const end = this.#match(/-?\d+/);
      const step = this.#take(':') ? this.#match(/-?\d+/) : undefined;
      const number = (text: string | undefined) => (text === undefined ? undefined : Number(text));
      if (step === '0') this.#fail();
      return { kind: 'slice', start: number(start), end: number(end), step: number(step) ?? 1 };
    }
    if (start === undefined) this.#fail();
    const indexes = [Number(start)];
    while (this.#comma()) indexes.push(Number(this.#match(/-?\d+/) ?? this.#fail()));
    return { kind: 'indexes', indexes };
  }

  #comma(): boolean {
    this.#space();
    if (!this.#take(',')) return false;
    this.#space();
    return true;
  }

  #space(): void {
    this.#match(/\s*/);
  }

  #string(): string | undefined {
    const literal = this.#match(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/);
    return literal?.slice(1, -1).replace(/\\(.)/g, '$1');
  }

  #or(): Operand {
    let left = this.#and();
    for (this.#space(); this.#take('||'); this.#space()) {
      const [a, b] = [left, this.#and()];
      left = (item, root) => truthy(a(item, root)) || truthy(b(item, root));
    }
    return left;
  }

  #and(): Operand {
    let left = this.#comparison();
    for (this.#space(); this.#take('&&'); this.#space()) {
      const [a, b] = [left, this.#comparison()];
      left = (item, root) => truthy(a(item, root)) && truthy(b(item, root));
    }
    return left;
  }

  #comparison(): Operand {
    const left = this.#operand();
    this.#space();
    const operator = this.#match(/==|!=|<=|>=|=~|<|>/);
    if (operator === undefined) return left;
    const right = this.#operand();
    return (item, root) => compare(operator, left(item, root), right(item, root));
  }

  #operand(): Operand {
    this.#space();
    if (this.#take('!')) {
      const inner = this.#operand();
      return (item, root) => !truthy(inner(item, root));
    }
    if (this.#take('(')) {
      const inner = this.#or();
      this.#space();
      if (!this.#take(')')) this.#fail();
      return inner;
    }
    const from = this.#match(/[@$]/);
    if (from !== undefined) {
      const steps = this.#steps();
      return (item, root) => select([from === '@' ? item : root], steps, root)[0];
    }
    const text = this.#string();
    if (text !== undefined) return () => text;
    const pattern = this.#match(/\/(?:[^/\\]|\\.)+\//);
    if (pattern !== undefined) return () => pattern.slice(1, -1);
    const number = this.#match(/-?\d+(\.\d+)?([eE][+-]?\d+)?/);
    if (number !== undefined) return () => Number(number);
    const word = this.#match(/true|false|null/);
    if (word === undefined) this.#fail();
    const value = word === 'null' ? null : word === 'true';
    return () => value;
  }
}

function truthy(value: unknown): boolean {
  return value !== undefined && value !== false && value !== null;
}

function compare(operator: string, left: unknown, right: unknown): boolean {
  if (operator === '==') return left === right;
  if (operator === '!=') return left !== right;
  if (operator === '=~') {
    try {
      return typeof left === 'string' && new RegExp(String(right), 'u').test(left);
    } catch {
      throw new EvaluationError(`bad regular expression ${JSON.stringify(right)} in JSONPath`, 1);
    }
  }
  const comparable = typeof left === typeof right && (typeof left === 'number' || typeof left === 'string');
  if (!comparable) return false;
  const [a, b] = [left as number, right as number];
  return operator === '<' ? a < b : operator === '<=' ? a <= b : operator === '>' ? a > b : a >= b;
}
