import type { RegexpStage } from '@cordwood/logql';
import { compileRe2 } from '../../extract/re2.ts';
import { compileRegexpReader } from '../../extract/regexp-fields.ts';
import { RequestError } from '../../model/failure.ts';
import { extractLabel } from './extract-label.ts';
import type { StageKind } from './stage.ts';

/** `| regexp "(?P<name>...)"`: named groups become labels; a line that does not match stays as it is. */
export const regexpStage: StageKind<RegexpStage> = {
  kind: 'regexp',
  reads: () => [],
  compile(stage, wanted) {
    const compiled = compileRe2(stage.pattern);
    if (compiled.error !== undefined)
      throw new RequestError(400, `parse error : invalid regexp parser: ${compiled.error}`);
    const read = compileRegexpReader(compiled.re2);
    return (row) => {
      read(row.text(), (name, value) => {
        extractLabel(row.labels, wanted, name, value);
        return true;
      });
      return true;
    };
  },
};
