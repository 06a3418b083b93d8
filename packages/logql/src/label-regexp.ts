import { parseRegexp, type Regexp } from './regexp-syntax.ts';

/**
 * Label filters with a regular expression are anchored, except where Loki's optimiser says otherwise: shapes such as `foo.*`,
 * `.*foo` or `foo(a|b)` it turns into 'contains', so that `| a=~"foo.*"` matches `xfoo` (loki.md 2.4; a quirk that clients'
 * queries depend on). The printer needs to know, too: only an expression that stays one is printed in backticks.
 *
 * What the optimiser recognises depends on how Go's regexp/syntax shapes an expression: common prefixes of alternatives are
 * pulled out (`error|err` becomes `err(?:or|)`), and alternatives of one character become a class. This file rebuilds that shape
 * and applies the same recognition.
 *
 * One case is left out on purpose: two alternations in a row (`a(b|c)(d|e)`), where Loki's answer is wrong in a way that nobody
 * can want; there the anchored regular expression decides.
 */
export type SimplifiedRegexp =
  | { readonly kind: 'always' }
  | { readonly kind: 'notEmpty' }
  /** With `ignoreCase` the text is in lower case. */
  | { readonly kind: 'contains' | 'equals'; readonly text: string; readonly ignoreCase: boolean }
  | { readonly kind: 'any'; readonly of: readonly SimplifiedRegexp[] };

/** Undefined: Loki keeps the regular expression, anchored at both ends. */
export function simplifyLabelRegexp(pattern: string): SimplifiedRegexp | undefined {
  const { regexp } = parseRegexp(pattern);
  return regexp && simplify(shapeOf(regexp));
}

/** Whether Loki runs the regular expression of a label filter as one. */
export function staysRegexp(pattern: string): boolean {
  return simplifyLabelRegexp(pattern) === undefined;
}

type Shape =
  | { readonly op: 'empty' | 'anyStar' | 'anyPlus' | 'class' | 'other' }
  | Literal
  | { readonly op: 'concat' | 'alternate'; readonly parts: readonly Shape[] }
  | { readonly op: 'capture'; readonly part: Shape };
interface Literal {
  readonly op: 'literal';
  readonly text: string;
  readonly fold: boolean;
}

function shapeOf(node: Regexp): Shape {
  switch (node.kind) {
    case 'emptyMatch':
      return { op: 'empty' };
    case 'literal':
      return concat([...node.text].map((char) => literalOf(char, node.foldCase)));
    case 'class':
      return classShape(node.ranges, node.foldCase);
    case 'capture':
      return { op: 'capture', part: shapeOf(node.sub) };
    case 'concat':
      return concat(node.subs.map(shapeOf));
    case 'alternate':
      return factor(node.subs.map(shapeOf));
    case 'repeat': {
      const any = node.sub.kind === 'anyCharNotNewline' && node.max < 0 && node.min <= 1;
      return { op: any ? (node.min === 0 ? 'anyStar' : 'anyPlus') : 'other' };
    }
    case 'anyChar':
    case 'anyCharNotNewline':
      return { op: 'class' };
    case 'noMatch':
    case 'beginLine':
    case 'endLine':
    case 'beginText':
    case 'endText':
    case 'wordBoundary':
    case 'noWordBoundary':
      return { op: 'other' };
  }
}

function literalOf(char: string, foldCase: boolean): Literal {
  return { op: 'literal', text: foldCase ? char.toLowerCase() : char, fold: foldCase && hasCase(char) };
}

function hasCase(char: string): boolean {
  return char.toLowerCase() !== char.toUpperCase();
}

/** A class of one character, or of a letter in both its cases, is a literal to Go. */
function classShape(ranges: readonly number[] | undefined, foldCase: boolean): Shape {
  if (ranges === undefined) return { op: 'class' };
  const chars = ranges.flatMap((_, i) => (i % 2 === 0 ? [ranges[i]!, ranges[i + 1]!] : []));
  const single = new Set(chars);
  const [first, second] = [...single].map((code) => String.fromCodePoint(code));
  if (first === undefined) return { op: 'class' };
  if (ranges.length === 2 && single.size === 1) return literalOf(first, foldCase);
  const bothCases = single.size === 2 && ranges.length === 4 && ranges[0] === ranges[1] && ranges[2] === ranges[3];
  if (bothCases && second !== undefined && first.toLowerCase() === second.toLowerCase()) return literalOf(first, true);
  return { op: 'class' };
}

/** Nested sequences are one; neighbouring literals of equal case rule are one. */
function concat(items: readonly Shape[]): Shape {
  const parts: Shape[] = [];
  for (const item of items.flatMap((one) => (one.op === 'concat' ? one.parts : [one]))) {
    const last = parts.at(-1);
    if (item.op === 'literal' && last?.op === 'literal' && joinable(last, item))
      parts[parts.length - 1] = { op: 'literal', text: last.text + item.text, fold: last.fold || item.fold };
    else parts.push(item);
  }
  return parts.length === 1 ? parts[0]! : { op: 'concat', parts };
}

/** Digits and signs go with either rule. */
function joinable(a: Literal, b: Literal): boolean {
  return a.fold === b.fold || ![...a.text].some(hasCase) || ![...b.text].some(hasCase);
}

/** Common prefixes of neighbours pulled out, then alternatives of one character made a class. */
function factor(alternatives: readonly Shape[]): Shape {
  const flat = alternatives.flatMap((one) => (one.op === 'alternate' ? one.parts : [one]));
  const factored: Shape[] = [];
  for (let start = 0; start < flat.length; ) {
    let prefix = leadingLiteral(flat[start]!);
    let end = start + 1;
    for (; prefix && end < flat.length; end++) {
      const shared = commonPrefix(prefix, leadingLiteral(flat[end]!));
      if (!shared) break;
      prefix = shared;
    }
    const group = flat.slice(start, end);
    const { length } = prefix?.text ?? '';
    factored.push(
      group.length === 1 || !prefix
        ? group[0]!
        : { op: 'concat', parts: [prefix, factor(group.map((one) => withoutPrefix(one, length)))] },
    );
    start = end;
  }
  const merged: Shape[] = [];
  for (const one of factored) {
    const last = merged.at(-1);
    if (last && isOneCharacter(last) && isOneCharacter(one)) merged[merged.length - 1] = { op: 'class' };
    else if (!(last?.op === 'empty' && one.op === 'empty')) merged.push(one);
  }
  return merged.length === 1 ? merged[0]! : { op: 'alternate', parts: merged };
}

function leadingLiteral(shape: Shape): Literal | undefined {
  const first = shape.op === 'concat' ? shape.parts[0] : shape;
  return first?.op === 'literal' ? first : undefined;
}

function commonPrefix(a: Literal, b: Literal | undefined): Literal | undefined {
  if (b === undefined || a.fold !== b.fold) return undefined;
  const other = [...b.text];
  const chars = [...a.text];
  const different = chars.findIndex((char, index) => char !== other[index]);
  const shared = different < 0 ? chars : chars.slice(0, different);
  return shared.length === 0 ? undefined : { ...a, text: shared.join('') };
}

function withoutPrefix(shape: Shape, length: number): Shape {
  const first = leadingLiteral(shape)!;
  const rest: Shape[] = first.text.length > length ? [{ ...first, text: first.text.slice(length) }] : [];
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
