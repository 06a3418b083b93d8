import type { DecolorizeStage } from '@cordwood/logql';
import { stripAnsi } from '../../extract/ansi.ts';
import type { StageKind } from './stage.ts';

const escapeByte = 0x1b;
/** U+009B, the other introducer of a sequence, is C2 9B in UTF-8. */
const introducer = Buffer.from('\u009b');

/** `| decolorize`: takes ANSI escape sequences out of the line. */
export const decolorizeStage: StageKind<DecolorizeStage> = {
  kind: 'decolorize',
  reads: () => [],
  compile: () => (row) => {
    const bytes = row.bytes();
    if (bytes.includes(escapeByte) || bytes.includes(introducer)) row.rewrite(stripAnsi(row.text()));
    return true;
  },
};
