import type { Grouping } from '@cordwood/logql';
import type { Labels } from '../../model/labels.ts';
import { compareLabels, dropLabels, keepLabels, labelsKey } from '../label-sets.ts';
import type { StepSeries } from '../step-series.ts';
import type { VectorFunction } from './vector-function.ts';

/** Groups series and aggregates each group. No grouping: all series are one group. */
export function aggregate(
  operand: readonly StepSeries[],
  stepCount: number,
  vectorFunction: VectorFunction,
  parameter: number,
  grouping: Pick<Grouping, 'without' | 'labels'> | undefined,
): StepSeries[] {
  const groups = new Map<string, { labels: Labels; series: StepSeries[] }>();
  for (const series of operand) {
    const labels = groupLabels(series.labels, grouping);
    const key = labelsKey(labels);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { labels, series: [series] });
    else group.series.push(series);
  }
  const out: StepSeries[] = [];
  // Sorted, so that which of equals `topk` keeps depends on nothing but labels.
  const sorted = [...groups.values()].sort((a, b) => compareLabels(a.labels, b.labels));
  for (const { labels, series } of sorted) {
    if (vectorFunction.kind === 'fold') out.push({ labels, ...vectorFunction.fold(series, stepCount) });
    else out.push(...vectorFunction.pick(series, stepCount, parameter));
  }
  return out;
}

function groupLabels(labels: Labels, grouping: Pick<Grouping, 'without' | 'labels'> | undefined): Labels {
  if (grouping === undefined) return [];
  return grouping.without ? dropLabels(labels, grouping.labels) : keepLabels(labels, grouping.labels);
}
