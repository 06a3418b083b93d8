import type { LabelFilter } from '@cordwood/logql';
import { compareNumbers } from '../vector/operators.ts';
import { errorDetailsLabel, errorLabel } from './error-labels.ts';
import type { LabelColumns } from './label-column.ts';
import { compileText, convertValue, numberBound } from './label-filter.ts';

/** What columns say of a row: it does not pass, it passes, or its line must be looked at. */
export const verdicts = { fails: 0, passes: 1, unknown: 2 } as const;

/** By row one of `verdicts`. What is said of rows that fail in `judged` already means nothing. */
export type ColumnFilter = (columns: LabelColumns, rowCount: number, judged?: Uint8Array) => Uint8Array;

/** A label filter on columns. Rows that it lets pass have no error: where a value does not convert it does not know. */
export function compileColumnFilter(filter: LabelFilter): ColumnFilter {
  switch (filter.kind) {
    case 'binary': {
      const left = compileColumnFilter(filter.left);
      const right = compileColumnFilter(filter.right);
      if (filter.operator === 'or') {
        return (columns, rowCount, judged) =>
          eitherVerdict(left(columns, rowCount, judged), right(columns, rowCount, judged));
      }
      return (columns, rowCount, judged) => {
        const first = left(columns, rowCount, judged);
        return bothVerdicts(first, right(columns, rowCount, first));
      };
    }
    case 'string': {
      const matches = compileText(filter.operator, filter.value);
      // A line that columns stand for has no error.
      if (filter.name === errorLabel || filter.name === errorDetailsLabel) {
        const verdict = matches('') ? verdicts.passes : verdicts.fails;
        return (columns, _rowCount, judged) => knownRows(columns, verdict, judged);
      }
      return decide(filter.name, matches('') ? verdicts.passes : verdicts.fails, (text) =>
        matches(text) ? verdicts.passes : verdicts.fails,
      );
    }
    case 'number':
    case 'duration':
    case 'bytes': {
      const { kind, name } = filter;
      const compare = compareNumbers[filter.operator];
      const bound = numberBound(filter);
      const ofNumber = (value: number) => (compare(value, bound) ? verdicts.passes : verdicts.fails);
      return decide(
        name,
        verdicts.fails,
        (text) => {
          const { value } = convertValue(kind, text);
          return value === undefined ? verdicts.unknown : ofNumber(value);
        },
        kind === 'number' ? ofNumber : undefined,
      );
    }
    case 'ip':
      return (_columns, rowCount) => nothingKnown(rowCount);
  }
}

/** What is said of rows that have to pass both filters. */
export function bothVerdicts(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length);
  for (let row = 0; row < both.length; row++) {
    if (a[row] !== verdicts.fails && b[row] !== verdicts.fails) both[row] = Math.max(a[row]!, b[row]!);
  }
  return both;
}

/** The right side is not looked at when the left one passes. */
function eitherVerdict(a: Uint8Array, b: Uint8Array): Uint8Array {
  const either = new Uint8Array(a.length);
  for (let row = 0; row < either.length; row++) either[row] = a[row] === verdicts.fails ? b[row]! : a[row]!;
  return either;
}

function decide(
  name: string,
  whenAbsent: number,
  ofText: (text: string) => number,
  ofNumber?: (value: number) => number,
): ColumnFilter {
  return (columns, rowCount, judged) => {
    const out = new Uint8Array(rowCount);
    // The column need not even be read when no row is left.
    if (judged?.every((verdict) => verdict === verdicts.fails)) return out;
    const column = columns.column(name);
    if (column === undefined) return nothingKnown(rowCount);
    const { state, dictionary, number } = column;
    const byCode = dictionary?.texts.map(ofText);
    for (let row = 0; row < rowCount; row++) {
      if (judged !== undefined && judged[row] === verdicts.fails) continue;
      const is = state[row];
      if (is === 0) out[row] = whenAbsent;
      else if (is === 2) out[row] = verdicts.unknown;
      else if (byCode !== undefined) out[row] = byCode[dictionary!.codes[row]!]!;
      else if (number !== undefined && ofNumber !== undefined) out[row] = ofNumber(number(row));
      else out[row] = ofText(column.text(row));
    }
    return out;
  };
}

function nothingKnown(rowCount: number): Uint8Array {
  return new Uint8Array(rowCount).fill(verdicts.unknown);
}

/** The verdict for every row that columns stand for, and in which no filter before this one may have found an error. */
function knownRows(columns: LabelColumns, verdict: number, judged: Uint8Array | undefined): Uint8Array {
  const out = columns.unknownRows();
  for (let row = 0; row < out.length; row++) {
    out[row] = out[row] === 1 || judged?.[row] === verdicts.unknown ? verdicts.unknown : verdict;
  }
  return out;
}
