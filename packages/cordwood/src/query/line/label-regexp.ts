import { foldOrbit } from '../../extract/re2/case-folding.ts';
import { notNewline, setSize, setsEqual } from '../../extract/re2/char-set.ts';
import { parsePattern } from '../../extract/re2/parse-pattern.ts';
import type { Re2Node } from '../../extract/re2/syntax-tree.ts';

/**
 * Label filters with a regular expression are anchored, except where Loki's optimiser says otherwise: shapes such as `foo.*`,
 * `.*foo` or `foo(a|b)` it turns into "contains", so that `| a=~"foo.*"` matches `xfoo` (loki.md 2.4; a quirk that clients'
 * queries depend on). What it recognises depends on how Go's regexp/syntax shapes an expression: common prefixes of
 * alternatives are pulled out (`error|err` is `err(?:or|)`), and alternatives of one character become a class. This file
 * rebuilds that shape from the RE2 tree and applies the same recognition.
 *
 * One case is left out on purpose: two alternations in a row (`a(b|c)(d|e)`), where Loki's answer is wrong in a way that
 * nobody can want; there the anchored regular expression decides.
 */
export type SimplifiedRegexp =
  | { readonly kind: 'always' }
  | { readonly kind: 'notEmpty' }
  | { readonly kind: 'contains' | 'equals'; readonly text: string; readonly ignoreCase: boolean }
  | { readonly kind: 'any'; readonly of: readonly SimplifiedRegexp[] };

/** Undefined: Loki keeps the regular expression, anchored at both ends. */
export function simplifyLabelRegexp(pattern: string): SimplifiedRegexp | undefined {
  const parsed = parsePattern(pattern);
  return 'error' in parsed ? undefined : simplify(shapeOf(parsed.root));
}

/** The parts of Go's tree that matter here. `other`: anything that is never simplified. */
type Shape =
  | { readonly op: 'empty' | 'anyStar' | 'anyPlus' | 'class' | 'other' }
  | { readonly op: 'literal'; readonly text: string; readonly fold: boolean }
  | { readonly op: 'concat' | 'alternate'; readonly parts: readonly Shape[] }
  | { readonly op: 'capture'; readonly part: Shape };

function shapeOf(node: Re2Node): Shape {
  switch (node.kind) {
    case 'empty':
      return { op: 'empty' };
    case 'assertion':
      return { op: 'other' };
    case 'set':
      return literalOf(node.set) ?? { op: 'class' };
    case 'group':
      return { op: 'capture', part: shapeOf(node.item) };
    case 'sequence':
      return concat(node.items.map(shapeOf));
    case 'alternation':
      return factor(node.items.map(shapeOf));
    case 'repeat': {
      const { item, min, max } = node;
      const any = item.kind === 'set' && setsEqual(item.set, notNewline);
      if (any && max === Number.POSITIVE_INFINITY && min <= 1) return { op: min === 0 ? 'anyStar' : 'anyPlus' };
      return { op: 'other' };
    }
  }
}

/** One character, or one letter in either case. */
function literalOf(set: readonly number[]): Shape | undefined {
  const first = set[0];
  if (first === undefined) return undefined;
  const text = String.fromCodePoint(first);
  if (setSize(set) === 1) return { op: 'literal', text, fold: false };
  const orbit = foldOrbit(first);
  if (orbit.length !== setSize(set) || !orbit.every((code) => includes(set, code))) return undefined;
  return { op: 'literal', text: text.toLowerCase(), fold: true };
}

function includes(set: readonly number[], code: number): boolean {
  for (let i = 0; i < set.length; i += 2) if (code >= set[i]! && code <= set[i + 1]!) return true;
  return false;
}

/** Nested sequences are one; neighbouring literals of equal case rule are one. Captures stay apart. */
function concat(items: readonly Shape[]): Shape {
  const parts: Shape[] = [];
  for (const item of items.flatMap((one) => (one.op === 'concat' ? one.parts : [one]))) {
    const last = parts.at(-1);
    if (item.op === 'literal' && last?.op === 'literal' && joinable(last, item)) {
      parts[parts.length - 1] = { op: 'literal', text: last.text + item.text, fold: last.fold || item.fold };
    } else {
      parts.push(item);
    }
  }
  return parts.length === 1 ? parts[0]! : { op: 'concat', parts };
}

type Literal = Extract<Shape, { op: 'literal' }>;

/** Digits and signs have no case and go with either rule. */
function joinable(a: Literal, b: Literal): boolean {
  return a.fold === b.fold || isCaseless(a.text) || isCaseless(b.text);
}

function isCaseless(text: string): boolean {
  return [...text].every((char) => foldOrbit(char.codePointAt(0)!).length === 1);
}

/** Alternatives with common prefixes pulled out of neighbours, then one-character alternatives made a class. */
function factor(alternatives: readonly Shape[]): Shape {
  const flat = alternatives.flatMap((one) => (one.op === 'alternate' ? one.parts : [one]));
  const factored: Shape[] = [];
  for (let start = 0; start < flat.length; ) {
    let prefix = leadingLiteral(flat[start]!);
    let end = start + 1;
    while (prefix !== undefined && end < flat.length) {
      const shared = commonPrefix(prefix, leadingLiteral(flat[end]!));
      if (shared === undefined) break;
      prefix = shared;
      end++;
    }
    if (end - start === 1 || prefix === undefined) {
      factored.push(flat[start]!);
      start++;
      continue;
    }
    const { text } = prefix;
    factored.push({ op: 'concat', parts: [prefix, factor(flat.slice(start, end).map((one) => without(one, text)))] });
    start = end;
  }
  const merged: Shape[] = [];
  for (const one of factored) {
    const last = merged.at(-1);
    if (last !== undefined && isOneCharacter(last) && isOneCharacter(one)) merged[merged.length - 1] = { op: 'class' };
    else if (!(last?.op === 'empty' && one.op === 'empty')) merged.push(one);
  }
  return merged.length === 1 ? merged[0]! : { op: 'alternate', parts: merged };
}

function leadingLiteral(shape: Shape): Literal | undefined {
  const first = shape.op === 'concat' ? shape.parts[0]! : shape;
  return first.op === 'literal' ? first : undefined;
}

function commonPrefix(a: Literal, b: Literal | undefined): Literal | undefined {
  if (b === undefined || a.fold !== b.fold) return undefined;
  const [x, y] = [[...a.text], [...b.text]];
  let length = 0;
  while (length < x.length && length < y.length && x[length] === y[length]) length++;
  return length === 0 ? undefined : { op: 'literal', text: x.slice(0, length).join(''), fold: a.fold };
}

function without(shape: Shape, prefix: string): Shape {
  const first = leadingLiteral(shape)!;
  const rest: Shape[] = first.text.length > prefix.length ? [{ ...first, text: first.text.slice(prefix.length) }] : [];
  if (shape.op === 'concat') rest.push(...shape.parts.slice(1));
  return rest.length === 0 ? { op: 'empty' } : rest.length === 1 ? rest[0]! : { op: 'concat', parts: rest };
}

function isOneCharacter(shape: Shape): boolean {
  return shape.op === 'class' || (shape.op === 'literal' && [...shape.text].length === 1);
}

function simplify(shape: Shape): SimplifiedRegexp | undefined {
  switch (shape.op) {
    case 'capture':
      return simplify(shape.part);
    case 'alternate': {
      const of: SimplifiedRegexp[] = [];
      for (const part of shape.parts) {
        const one = simplify(part);
        if (one === undefined) return undefined;
        of.push(one);
      }
      return { kind: 'any', of };
    }
    case 'concat':
      return simplifyConcat(shape.parts, undefined);
    case 'literal':
      return { kind: 'equals', text: shape.text, ignoreCase: shape.fold };
    case 'anyStar':
    case 'empty':
      return { kind: 'always' };
    case 'anyPlus':
      return { kind: 'notEmpty' };
    case 'class':
    case 'other':
      return undefined;
  }
}

/** At most three parts: one literal, `.*`, and an alternation behind the literal. */
function simplifyConcat(parts: readonly Shape[], base: Literal | undefined): SimplifiedRegexp | undefined {
  const filled = parts.map(withoutCapture).filter((part) => part.op !== 'empty');
  if (filled.length > 3) return undefined;
  let literal = base;
  let own = false;
  let branches: SimplifiedRegexp | undefined;
  for (const part of filled) {
    if (part.op === 'literal') {
      if (own) return undefined;
      own = true;
      literal = { op: 'literal', text: (literal?.text ?? '') + part.text, fold: part.fold };
    } else if (part.op === 'alternate' && literal !== undefined && branches === undefined) {
      branches = simplifyBranches(part.parts, literal);
      if (branches === undefined) return undefined;
    } else if (part.op !== 'anyStar') {
      return undefined;
    }
  }
  if (branches !== undefined) return branches;
  return literal === undefined ? undefined : { kind: 'contains', text: literal.text, ignoreCase: literal.fold };
}

function simplifyBranches(parts: readonly Shape[], literal: Literal): SimplifiedRegexp | undefined {
  const of: SimplifiedRegexp[] = [];
  for (const part of parts) {
    if (part.op === 'literal' && part.fold && !literal.fold) return undefined;
    const one: SimplifiedRegexp | undefined =
      part.op === 'empty' || part.op === 'anyStar'
        ? { kind: 'contains', text: literal.text, ignoreCase: literal.fold }
        : part.op === 'literal'
          ? { kind: 'contains', text: literal.text + part.text, ignoreCase: literal.fold }
          : part.op === 'concat'
            ? simplifyConcat(part.parts, literal)
            : undefined;
    if (one === undefined) return undefined;
    of.push(one);
  }
  return { kind: 'any', of };
}

function withoutCapture(shape: Shape): Shape {
  return shape.op === 'capture' ? withoutCapture(shape.part) : shape;
}
