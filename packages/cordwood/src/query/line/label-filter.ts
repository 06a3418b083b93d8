import {
  type LabelFilter,
  type LabelFilterNumber,
  type LabelFilterStage,
  type LabelFilterString,
  type SimplifiedRegexp,
  simplifyLabelRegexp,
} from '@cordwood/logql';
import { parseByteSize, printByteSize } from '../../extract/byte-size.ts';
import { parseGoDuration } from '../../extract/go-duration.ts';
import { parseGoFloat } from '../../extract/go-number.ts';
import { compileRe2 } from '../../extract/re2.ts';
import { RequestError } from '../../model/failure.ts';
import { compareNumbers } from '../vector/operators.ts';
import { errorDetailsLabel, errorLabel, pipelineErrors } from './error-labels.ts';
import { compileIpMatcher } from './ip-matcher.ts';
import type { RowLabels } from './row-labels.ts';
import type { StageKind } from './stage.ts';

/** Decides on the labels of a row; may set its error. */
export type LabelTest = (labels: RowLabels) => boolean;

/** `| a="x" and b > 5 or c = ip("...")`. */
export const labelFilterStage: StageKind<LabelFilterStage> = {
  kind: 'labelFilter',
  reads: (stage) => [...new Set(namesOf(stage.filter))],
  compile(stage) {
    const test = compileLabelFilter(stage.filter);
    return (row) => test(row.labels);
  },
};

export function namesOf(filter: LabelFilter): string[] {
  return filter.kind === 'binary' ? [...namesOf(filter.left), ...namesOf(filter.right)] : [filter.name];
}

export function compileLabelFilter(filter: LabelFilter): LabelTest {
  switch (filter.kind) {
    case 'binary': {
      const left = compileLabelFilter(filter.left);
      const right = compileLabelFilter(filter.right);
      if (filter.operator === 'or') return (labels) => left(labels) || right(labels);
      return (labels) => {
        // Both sides are looked at, as in Loki: under an "or" around them, an error that the right one sets stays.
        const passed = left(labels);
        return right(labels) && passed;
      };
    }
    case 'string':
      return compileStringFilter(filter);
    case 'number':
    case 'duration':
    case 'bytes':
      return compileNumberFilter(filter);
    case 'ip': {
      const matcher = compileIpMatcher(filter.pattern);
      if (matcher === undefined) throw new RequestError(400, `parse error : ip: invalid pattern: "${filter.pattern}"`);
      const wanted = filter.operator === '=';
      return (labels) => {
        // A row that is already broken is left to the filters on __error__.
        if (labels.error !== '') return true;
        const value = labels.get(filter.name);
        return value !== undefined && matcher.findIn(Buffer.from(value)) === wanted;
      };
    }
  }
}

function compileStringFilter({ name, operator, value }: LabelFilterString): LabelTest {
  const matches = compileText(operator, value);
  // The details of an error cannot be filtered on: they compare as empty (loki.md 2.4).
  if (name === errorDetailsLabel) return () => matches('');
  if (name === errorLabel) return (labels) => matches(labels.error);
  return (labels) => matches(labels.get(name) ?? '');
}

/** `= != =~ !~` on a text, with Loki's reading of regular expressions. */
export function compileText(operator: LabelFilterString['operator'], value: string): (text: string) => boolean {
  switch (operator) {
    case '=':
      return (text) => text === value;
    case '!=':
      return (text) => text !== value;
    case '=~':
    case '!~': {
      const wanted = operator === '=~';
      const simplified = simplifyLabelRegexp(value);
      if (simplified !== undefined) {
        const matches = compileSimplified(simplified);
        return (text) => matches(text) === wanted;
      }
      const compiled = compileRe2(value, { anchored: true });
      if (compiled.error !== undefined) throw new RequestError(400, `parse error : ${compiled.error}`);
      const { re2 } = compiled;
      return (text) => re2.test(text) === wanted;
    }
  }
}

function compileSimplified(simplified: SimplifiedRegexp): (text: string) => boolean {
  switch (simplified.kind) {
    case 'always':
      return () => true;
    case 'notEmpty':
      return (text) => text !== '';
    case 'any': {
      const of = simplified.of.map(compileSimplified);
      return (text) => of.some((matches) => matches(text));
    }
    case 'equals':
    case 'contains': {
      const { text: wanted, ignoreCase } = simplified;
      const prepare = ignoreCase ? (text: string) => text.toLowerCase() : (text: string) => text;
      return simplified.kind === 'equals'
        ? (text) => prepare(text) === wanted
        : (text) => prepare(text).includes(wanted);
    }
  }
}

/** The value of a label as a number; duration: nanoseconds. */
export function convertValue(
  kind: LabelFilterNumber['kind'],
  text: string,
): { readonly value: number; readonly error?: undefined } | { readonly error: string; readonly value?: undefined } {
  switch (kind) {
    case 'number':
      return parseGoFloat(text);
    case 'bytes':
      return parseByteSize(text);
    case 'duration': {
      const { durationNs, error } = parseGoDuration(text);
      return error === undefined ? { value: Number(durationNs) } : { error };
    }
  }
}

/** What the value is compared with. */
export function numberBound({ kind, value }: LabelFilterNumber): number {
  return kind === 'bytes' ? roundedBytes(value) : value;
}

function compileNumberFilter(filter: LabelFilterNumber): LabelTest {
  const { kind, name } = filter;
  const compare = compareNumbers[filter.operator];
  const bound = numberBound(filter);
  return (labels) => {
    const text = labels.get(name);
    if (text === undefined) return false;
    const { value, error } = convertValue(kind, text);
    if (value !== undefined) return compare(value, bound);
    // A first error is worth more than this one.
    if (labels.error === '') {
      labels.error = pipelineErrors.labelFilter;
      labels.errorDetails = error;
    }
    return true;
  };
}

/**
 * Loki hands queries on as text in which sizes are printed for people, so that `1024B` becomes `1kB` and means 1000 bytes
 * (conformance label-filters/bytes-equal).
 */
function roundedBytes(bytes: number): number {
  return parseByteSize(printByteSize(bytes)).value ?? bytes;
}
