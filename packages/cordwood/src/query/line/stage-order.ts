import { type Stage, stageRuns } from '@cordwood/logql';

/** The order in which stages run: line filters go ahead of the parsers before them, because they are cheap and drop lines. */
export function orderStages(stages: readonly Stage[]): Stage[] {
  return stageRuns(stages).flatMap(({ lineFilters, others }) => [...lineFilters, ...others]);
}
