import { type PatternStage, parsePattern } from '@cordwood/logql';
import { compilePatternReader } from '../../extract/pattern-fields.ts';
import { RequestError } from '../../model/failure.ts';
import { extractLabel } from './extract-label.ts';
import type { StageKind } from './stage.ts';
import { nothingWanted } from './wanted-labels.ts';

/** `| pattern "<ip> - <_> <rest>"`: captures become labels; those made before a literal is missing stay. */
export const patternStage: StageKind<PatternStage> = {
  kind: 'pattern',
  reads: () => [],
  compile(stage, wanted) {
    const { parts, error } = parsePattern(stage.pattern);
    if (error !== undefined) throw new RequestError(400, `parse error : invalid pattern parser: ${error}`);
    const read = compilePatternReader(parts);
    return (row) => {
      const { labels } = row;
      if (nothingWanted(wanted, labels)) return true;
      read(row.text(), (name, value) => {
        extractLabel(labels, wanted, name, value);
        return true;
      });
      return true;
    };
  },
};
