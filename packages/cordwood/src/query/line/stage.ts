import type { Stage } from '@cordwood/logql';
import type { Row } from './row.ts';
import type { WantedLabels } from './wanted-labels.ts';

/** A stage made ready to run: changes the row, and says whether the row goes on. */
export type RowStage = (row: Row) => boolean;

/** One kind of stage: how it is made, and what it reads. */
export interface StageKind<S extends Stage> {
  readonly kind: S['kind'];
  compile(stage: S, wanted: WantedLabels): RowStage;
  /** Labels that the stage reads by name, so that parsers before it must extract them. */
  reads(stage: S): readonly string[];
}
