import type { BinaryOperator, VectorMatching } from '@cordwood/logql';
import { RequestError } from '../../model/failure.ts';
import type { Labels } from '../../model/labels.ts';
import { dropLabels, keepLabels, labelsKey, setLabel } from '../label-sets.ts';
import { createStepSeries, type StepSeries } from '../step-series.ts';
import {
  type ArithmeticOperator,
  compareNumbers,
  computeNumbers,
  isComparison,
  isSetOperator,
  type SetOperator,
} from './operators.ts';

/**
 * Binary operators on vectors. Which series meet depends on labels alone, so it is decided once for all steps; what a step
 * may forbid (two series of one signature at the same time) is looked at step by step.
 */

/** Loki answers 500 when series do not match one to one (conformance: binary-operations/many-to-many). */
const matchingFailureStatus = 500;

/** `vector op scalar`, or `scalar op vector` with `scalarFirst`. A comparison keeps the vector's values, or gives 0/1 with bool. */
export function combineWithScalar(
  operator: BinaryOperator,
  vector: readonly StepSeries[],
  scalar: number,
  scalarFirst: boolean,
  returnBool: boolean,
): StepSeries[] {
  const combine = combination(operator, returnBool);
  const out: StepSeries[] = [];
  for (const series of vector) {
    const stepCount = series.values.length;
    const result = createStepSeries(series.labels, stepCount);
    let any = false;
    for (let step = 0; step < stepCount; step++) {
      if (series.present[step] === 0) continue;
      const value = series.values[step]!;
      const outcome = scalarFirst ? combine(scalar, value, value) : combine(value, scalar, value);
      if (outcome === undefined) continue;
      result.values[step] = outcome;
      result.present[step] = 1;
      any = true;
    }
    if (any) out.push(result);
  }
  return out;
}

/** `left op right` with the rules of `on`, `ignoring`, `group_left` and `group_right`. */
export function combineVectors(
  operator: BinaryOperator,
  left: readonly StepSeries[],
  right: readonly StepSeries[],
  matching: VectorMatching | undefined,
  returnBool: boolean,
): StepSeries[] {
  if (isSetOperator(operator)) return combineSets(operator, left, right, matching);

  // The "one" side has at most one series per signature and step; group_right makes that the left one.
  const swapped = matching?.group === 'right';
  const grouped = matching?.group !== undefined;
  const [many, one] = swapped ? [right, left] : [left, right];
  const combine = combination(operator, returnBool);
  const ones = bySignature(one, matching);
  for (const [, series] of ones) refuseOverlap(series, swapped ? 'left' : 'right');

  const out: StepSeries[] = [];
  for (const [signature, manySeries] of bySignature(many, matching)) {
    const oneSeries = ones.get(signature);
    if (oneSeries === undefined) continue;
    const pairs: { met: Uint8Array; key: string }[] = [];
    for (const a of manySeries) {
      for (const b of oneSeries) {
        const labels = resultLabels(a.labels, b.labels, matching);
        const stepCount = a.values.length;
        const result = createStepSeries(labels, stepCount);
        const met = new Uint8Array(stepCount);
        let any = false;
        for (let step = 0; step < stepCount; step++) {
          if (a.present[step] === 0 || b.present[step] === 0) continue;
          met[step] = 1;
          const [x, y] = swapped ? [b.values[step]!, a.values[step]!] : [a.values[step]!, b.values[step]!];
          const outcome = combine(x, y, x);
          if (outcome === undefined) continue;
          result.values[step] = outcome;
          result.present[step] = 1;
          any = true;
        }
        pairs.push({ met, key: grouped ? labelsKey(labels) : '' });
        if (any) out.push(result);
      }
    }
    refuseAmbiguity(pairs, grouped);
  }
  return out;
}

type Combination = (left: number, right: number, kept: number) => number | undefined;

function combination(operator: BinaryOperator, returnBool: boolean): Combination {
  if (!isComparison(operator)) return computeNumbers[operator as ArithmeticOperator];
  const compare = compareNumbers[operator];
  if (returnBool) return (left, right) => (compare(left, right) ? 1 : 0);
  return (left, right, kept) => (compare(left, right) ? kept : undefined);
}

function signature(labels: Labels, matching: VectorMatching | undefined): string {
  if (matching === undefined || matching.on === undefined) return labelsKey(labels);
  return labelsKey(matching.on ? keepLabels(labels, matching.labels) : dropLabels(labels, matching.labels));
}

function bySignature(vector: readonly StepSeries[], matching: VectorMatching | undefined): Map<string, StepSeries[]> {
  const groups = new Map<string, StepSeries[]>();
  for (const series of vector) {
    const key = signature(series.labels, matching);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [series]);
    else group.push(series);
  }
  return groups;
}

function refuseOverlap(group: readonly StepSeries[], side: 'left' | 'right'): void {
  if (!overlaps(group.map((series) => series.present))) return;
  throw new RequestError(
    matchingFailureStatus,
    `found duplicate series on the ${side} hand-side;many-to-many matching not allowed: matching labels must be unique on one side`,
  );
}

function refuseAmbiguity(pairs: readonly { met: Uint8Array; key: string }[], grouped: boolean): void {
  if (!grouped) {
    if (!overlaps(pairs.map((pair) => pair.met))) return;
    throw new RequestError(
      matchingFailureStatus,
      'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
    );
  }
  for (const key of new Set(pairs.map((pair) => pair.key))) {
    if (!overlaps(pairs.filter((pair) => pair.key === key).map((pair) => pair.met))) continue;
    throw new RequestError(
      matchingFailureStatus,
      'multiple matches for labels: grouping labels must ensure unique matches',
    );
  }
}

/** Is there a step at which two of them are set? */
function overlaps(columns: readonly Uint8Array[]): boolean {
  if (columns.length < 2) return false;
  const seen = new Uint8Array(columns[0]!.length);
  for (const column of columns) {
    for (let step = 0; step < column.length; step++) {
      if (column[step] === 0) continue;
      if (seen[step] === 1) return true;
      seen[step] = 1;
    }
  }
  return false;
}

function resultLabels(many: Labels, one: Labels, matching: VectorMatching | undefined): Labels {
  if (matching === undefined) return many;
  let labels = many;
  if (matching.group === undefined && matching.on !== undefined) {
    labels = matching.on ? keepLabels(many, matching.labels) : dropLabels(many, matching.labels);
  }
  for (const name of matching.include) {
    labels = setLabel(labels, name, one.find((label) => label.name === name)?.value ?? '');
  }
  return labels;
}

function combineSets(
  operator: SetOperator,
  left: readonly StepSeries[],
  right: readonly StepSeries[],
  matching: VectorMatching | undefined,
): StepSeries[] {
  const rights = presenceBySignature(right, matching);
  const nothing = new Uint8Array(Math.max(left[0]?.values.length ?? 0, right[0]?.values.length ?? 0));
  const presentAt = (sides: Map<string, Uint8Array>, series: StepSeries) =>
    sides.get(signature(series.labels, matching)) ?? nothing;
  switch (operator) {
    case 'and':
      return left.flatMap((series) => mask(series, presentAt(rights, series), 1));
    case 'unless':
      return left.flatMap((series) => mask(series, presentAt(rights, series), 0));
    case 'or': {
      const lefts = presenceBySignature(left, matching);
      return [...left, ...right.flatMap((series) => mask(series, presentAt(lefts, series), 0))];
    }
  }
}

function presenceBySignature(
  vector: readonly StepSeries[],
  matching: VectorMatching | undefined,
): Map<string, Uint8Array> {
  const presence = new Map<string, Uint8Array>();
  for (const [key, group] of bySignature(vector, matching)) {
    const union = new Uint8Array(group[0]!.present.length);
    for (const { present } of group) {
      for (let step = 0; step < union.length; step++) union[step]! |= present[step]!;
    }
    presence.set(key, union);
  }
  return presence;
}

/** The series at the steps where `other` equals `wanted`; nothing when none is left. */
function mask(series: StepSeries, other: Uint8Array, wanted: 0 | 1): StepSeries[] {
  const present = series.present.map((is, step) => (is === 1 && other[step] === wanted ? 1 : 0));
  return present.includes(1) ? [{ labels: series.labels, values: series.values, present }] : [];
}
