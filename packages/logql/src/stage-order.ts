import type { LineFilter, Stage } from './tree.ts';

/** A stretch of a pipeline in the order in which Loki runs it: all line filters, then the other stages. */
export interface StageRun {
  readonly lineFilters: readonly LineFilter[];
  readonly others: readonly Exclude<Stage, LineFilter>[];
}

/**
 * Loki runs line filters before the parsers, `decolorize`, `label_format`, `drop` and `keep` that stand in front of them. What
 * they never pass is a label filter, and a stage that changes the line: `line_format` and `unpack`.
 */
export function stageRuns(stages: readonly Stage[]): StageRun[] {
  const runs: StageRun[] = [];
  let lineFilters: LineFilter[] = [];
  let others: Exclude<Stage, LineFilter>[] = [];
  const close = (): void => {
    if (lineFilters.length + others.length > 0) runs.push({ lineFilters, others });
    lineFilters = [];
    others = [];
  };
  for (const stage of stages) {
    if (stage.kind === 'lineFilter') lineFilters.push(stage);
    else {
      if (stage.kind === 'labelFilter') close();
      others.push(stage);
      if (stage.kind === 'labelFilter' || stage.kind === 'lineFormat' || stage.kind === 'unpack') close();
    }
  }
  close();
  return runs;
}
