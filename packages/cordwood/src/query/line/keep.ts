import type { KeepStage } from '@cordwood/logql';
import { compileSelection } from './label-selection.ts';
import type { StageKind } from './stage.ts';

/** `| keep a, b="x"`: takes all other labels away. The error labels always stay (loki.md 2.2). */
export const keepStage: StageKind<KeepStage> = {
  kind: 'keep',
  reads: () => [],
  compile(stage) {
    const selections = stage.labels.map(compileSelection);
    return ({ labels }) => {
      for (const name of labels.currentNames()) {
        const kept = selections.some((selection) => selection.name === name && selection.matches(labels.get(name)!));
        if (!kept) labels.delete(name);
      }
      return true;
    };
  },
};
