import type { JsonStage } from '@cordwood/logql';
import { JsonFieldReader } from '../../extract/json-fields.ts';
import { pipelineErrors } from './error-labels.ts';
import { extractLabel } from './extract-label.ts';
import { compileJsonExpressions } from './json-expressions.ts';
import { failParser } from './parser-error.ts';
import type { StageKind } from './stage.ts';
import { allExtracted, isWanted, isWantedPrefix, nothingWanted } from './wanted-labels.ts';

/** `| json`: every scalar of the line's object becomes a label; `| json a="x.y"`: only those named. */
export const jsonStage: StageKind<JsonStage> = {
  kind: 'json',
  reads: () => [],
  compile(stage, wanted) {
    if (stage.extractions.length > 0) return compileJsonExpressions(stage.extractions, wanted);
    const reader = new JsonFieldReader(
      wanted.names === undefined
        ? {}
        : { wants: (name) => isWanted(wanted, name), wantsBelow: (prefix) => isWantedPrefix(wanted, prefix) },
    );
    return (row) => {
      const { labels } = row;
      if (nothingWanted(wanted, labels)) return true;
      const error = reader.read(row.text(), (name, value) => {
        extractLabel(labels, wanted, name, value);
        return wanted.names === undefined || !allExtracted(wanted.names, labels);
      });
      if (error !== '') failParser(labels, wanted, pipelineErrors.json, error);
      return true;
    };
  },
};
