import type { VectorOperation } from '@cordwood/logql';
import type { StepSeries } from '../step-series.ts';

/** Values and presence of one series, labels to be put on by the caller. */
export type FoldedSeries = Omit<StepSeries, 'labels'>;

/** One series out of each group. */
export interface FoldFunction {
  readonly kind: 'fold';
  readonly operation: VectorOperation;
  fold(group: readonly StepSeries[], stepCount: number): FoldedSeries;
}

/** Some series of each group, at some of their steps, with their own labels. */
export interface PickFunction {
  readonly kind: 'pick';
  readonly operation: VectorOperation;
  pick(group: readonly StepSeries[], stepCount: number, parameter: number): StepSeries[];
}

export type VectorFunction = FoldFunction | PickFunction;
