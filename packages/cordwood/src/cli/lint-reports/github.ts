import { annotation } from '../../proof/reports/github.ts';
import type { LintReport } from './lint-report.ts';

export const githubReport: LintReport = ({ findings }) =>
  findings
    .filter(({ accepted }) => accepted === undefined)
    .map(({ severity, definition, id, message, reason, fix }) =>
      annotation(severity, definition, id, `${message}\n${reason}\n${fix}`),
    )
    .join('');
