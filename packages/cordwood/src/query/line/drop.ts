import type { DropStage } from '@cordwood/logql';
import { errorDetailsLabel, errorLabel } from './error-labels.ts';
import { compileSelection } from './label-selection.ts';
import type { StageKind } from './stage.ts';

/** `| drop a, b="x"`: takes labels away; one with a matcher only when its value matches. */
export const dropStage: StageKind<DropStage> = {
  kind: 'drop',
  reads: () => [],
  compile(stage) {
    const selections = stage.labels.map(compileSelection);
    return ({ labels }) => {
      for (const { name, matches } of selections) {
        if (name === errorLabel) {
          if (matches(labels.error)) labels.error = '';
        } else if (name === errorDetailsLabel) {
          if (matches(labels.errorDetails)) labels.errorDetails = '';
        } else {
          const value = labels.get(name);
          if (value !== undefined && matches(value)) labels.delete(name);
        }
      }
      return true;
    };
  },
};
