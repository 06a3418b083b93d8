import type { LogfmtStage } from '@cordwood/logql';
import { LogfmtReader } from '../../extract/logfmt-fields.ts';
import { pipelineErrors } from './error-labels.ts';
import { extractLabel } from './extract-label.ts';
import { compileLogfmtExpressions } from './logfmt-expressions.ts';
import { failParser } from './parser-error.ts';
import type { StageKind } from './stage.ts';
import { allExtracted, isWanted, nothingWanted } from './wanted-labels.ts';

/** `| logfmt [--strict] [--keep-empty]`: every pair of the line becomes a label; `| logfmt a="b"`: only those named. */
export const logfmtStage: StageKind<LogfmtStage> = {
  kind: 'logfmt',
  reads: () => [],
  compile(stage, wanted) {
    if (stage.extractions.length > 0) return compileLogfmtExpressions(stage, wanted);
    const { strict, keepEmpty } = stage;
    const reader = new LogfmtReader({
      strict,
      keepEmpty,
      ...(wanted.names === undefined ? {} : { wants: (name: string) => isWanted(wanted, name) }),
    });
    return (row) => {
      const { labels } = row;
      if (nothingWanted(wanted, labels)) return true;
      const error = reader.read(row.text(), (name, value) => {
        extractLabel(labels, wanted, name, value);
        return wanted.names === undefined || !allExtracted(wanted.names, labels);
      });
      if (error !== '') failParser(labels, wanted, pipelineErrors.logfmt, error);
      return true;
    };
  },
};
