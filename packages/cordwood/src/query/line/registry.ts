import type { Stage } from '@cordwood/logql';
import { decolorizeStage } from './decolorize.ts';
import { dropStage } from './drop.ts';
import { jsonStage } from './json.ts';
import { keepStage } from './keep.ts';
import { labelFilterStage } from './label-filter.ts';
import { labelFormatStage } from './label-format.ts';
import { lineFilterStage } from './line-filter.ts';
import { lineFormatStage } from './line-format.ts';
import { logfmtStage } from './logfmt.ts';
import { patternStage } from './pattern.ts';
import { regexpStage } from './regexp.ts';
import type { RowStage, StageKind } from './stage.ts';
import { unpackStage } from './unpack.ts';
import type { WantedLabels } from './wanted-labels.ts';

/** Every pipeline stage of LogQL. The type makes a missing one an error of the compiler. */
const stageKinds: { readonly [Kind in Stage['kind']]: StageKind<Extract<Stage, { kind: Kind }>> } = {
  decolorize: decolorizeStage,
  drop: dropStage,
  json: jsonStage,
  keep: keepStage,
  labelFilter: labelFilterStage,
  labelFormat: labelFormatStage,
  lineFilter: lineFilterStage,
  lineFormat: lineFormatStage,
  logfmt: logfmtStage,
  pattern: patternStage,
  regexp: regexpStage,
  unpack: unpackStage,
};

function kindOf<S extends Stage>(stage: S): StageKind<S> {
  return stageKinds[stage.kind] as unknown as StageKind<S>;
}

export function compileStage(stage: Stage, wanted: WantedLabels): RowStage {
  return kindOf(stage).compile(stage, wanted);
}

/** Labels that the stages read by name. */
export function labelsRead(stages: readonly Stage[]): string[] {
  return [...new Set(stages.flatMap((stage) => kindOf(stage).reads(stage)))];
}
