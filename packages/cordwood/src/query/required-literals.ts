import type { LabelFilter, LineFilter, Stage, Unwrap } from '@cordwood/logql';
import { compileRe2 } from '../extract/re2.ts';
import { errorDetailsLabel, errorLabel } from './line/error-labels.ts';
import { literalOfRegexp } from './line/regexp-prefilter.ts';
import { duplicateSuffix } from './line/row-labels.ts';

/**
 * What a line must contain to pass a pipeline: one of `anyOf`, for every clause. Line filters say it outright. Later stages say
 * it too: a row that passes `| json | level="error"` has the text `error` in its line, because values are cut out of the line,
 * unless the stream or the structured metadata has a label `level` that the filter reads instead (`unlessLabel`).
 *
 * A value in a line may be spelt with escapes (`\u0065rror`), or with characters in between that parsers leave out (U+FFFD, what
 * invalid bytes count as), so those two are always alternatives; characters that have other escapes (quotes, slashes,
 * controls) and spaces are left out of the literals.
 */
export interface LiteralClause {
  readonly anyOf: readonly string[];
  readonly unlessLabel: string | undefined;
  /** The stage that says so; the count of stages for an unwrapped label. */
  readonly stage: number;
}

type Clause = Omit<LiteralClause, 'stage'>;

const unicodeEscape = '\\u';
/** Bytes that are no UTF-8 count as this; parsers leave it out of values. */
const replacement = '\ufffd';
/** Where a literal may hide without standing in the line as it is. */
export const disguises: readonly string[] = [unicodeEscape, replacement];

/** Shorter ones are in nearly every line. */
const shortestLiteral = 3;

/** Of stages in the order in which they run. */
export function requiredLiterals(stages: readonly Stage[], unwrap: Unwrap | undefined): LiteralClause[] {
  const clauses: LiteralClause[] = [];
  const add = (stage: number, found: readonly Clause[]) =>
    clauses.push(...found.map((clause) => ({ ...clause, stage })));
  const state = { parsed: false, keysAreInLine: true, made: new Set<string>() };
  for (const [index, stage] of stages.entries()) {
    switch (stage.kind) {
      case 'lineFilter':
        add(index, ofLineFilter(stage));
        break;
      case 'json':
      case 'logfmt':
        state.parsed = true;
        if (stage.extractions.length > 0) state.keysAreInLine = false;
        break;
      case 'regexp':
      case 'pattern':
        state.parsed = true;
        state.keysAreInLine = false;
        break;
      case 'labelFormat':
        for (const operation of stage.operations) state.made.add(operation.name);
        break;
      case 'labelFilter':
        if (state.parsed) add(index, ofLabelFilter(stage.filter, state));
        break;
      case 'unpack':
      case 'lineFormat':
      case 'decolorize':
        // The line is another one from here on.
        return clauses;
      case 'drop':
      case 'keep':
        break;
    }
  }
  if (unwrap !== undefined && state.parsed) add(stages.length, ofPresence(unwrap.label, state));
  return clauses;
}

function ofLineFilter(filter: LineFilter): Clause[] {
  const plain = (anyOf: readonly string[]): Clause[] =>
    anyOf.length === 0 || anyOf.some((text) => text === '') ? [] : [{ anyOf, unlessLabel: undefined }];
  switch (filter.operator) {
    case '!=':
    case '!~':
    case '!>':
      return [];
    case '|=':
      return filter.operands.length === 1 && filter.operands[0]!.ip
        ? []
        : plain(filter.operands.map((operand) => operand.text));
    case '|>': {
      return plain(filter.operands.map((operand) => longest(operand.text.split('<_>'))));
    }
    case '|~': {
      // What the filter itself looks for first: a store remembers the answer.
      const literals = filter.operands.map((operand) => literalOfRegexp(operand.text));
      return literals.includes(undefined) ? [] : plain(literals.flatMap((texts) => texts ?? []));
    }
  }
}

interface ParsedSoFar {
  readonly keysAreInLine: boolean;
  /** Labels that label_format made: their values need not be in the line. */
  readonly made: ReadonlySet<string>;
}

function ofLabelFilter(filter: LabelFilter, state: ParsedSoFar): Clause[] {
  if (filter.kind === 'binary') {
    if (filter.operator === 'or') return [];
    return [...ofLabelFilter(filter.left, state), ...ofLabelFilter(filter.right, state)];
  }
  const { name } = filter;
  if (name === errorLabel || name === errorDetailsLabel || state.made.has(name)) return [];
  switch (filter.kind) {
    case 'string':
      if (filter.operator === '=' && filter.value !== '') {
        return [...ofValues([filter.value], name), ...ofPresence(name, state)];
      }
      if (filter.operator === '=~') {
        const { re2 } = compileRe2(filter.value);
        return re2 === undefined ? [] : re2.requiredLiterals.flatMap((texts) => ofValues(texts, name));
      }
      return [];
    case 'number':
    case 'duration':
    case 'bytes':
      // Without the label the row is dropped.
      return ofPresence(name, state);
    case 'ip':
      // A row with an error passes without it.
      return [];
  }
}

/** The value is one of these texts, or contains one. */
function ofValues(values: readonly string[], name: string): Clause[] {
  const literals = values.map((value) => longest(value.split(unsureCharacters)));
  if (literals.some((literal) => literal.length < shortestLiteral)) return [];
  return [{ anyOf: [...literals, ...disguises], unlessLabel: name }];
}

/** Quotes, slashes, spaces, controls, and what invalid bytes or halves of pairs may have been. */
const unsureCharacters = /["'`/\\\s\u0000-\u001f\u007f-\u009f\ud800-\udfff\ufffd]+/;

/** The label comes from a key of the line: what of the name is not made of `_` stands in the key. */
function ofPresence(name: string, state: ParsedSoFar): Clause[] {
  if (!state.keysAreInLine || state.made.has(name)) return [];
  const field = name.endsWith(duplicateSuffix) ? name.slice(0, -duplicateSuffix.length) : name;
  const literal = longest(field.split('_'));
  if (literal.length < shortestLiteral) return [];
  return [{ anyOf: [literal, ...disguises], unlessLabel: name }];
}

function longest(texts: readonly string[]): string {
  return texts.reduce((best, text) => (text.length > best.length ? text : best), '');
}
