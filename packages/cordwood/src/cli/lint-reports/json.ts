import type { LintReport } from './lint-report.ts';

export const jsonReport: LintReport = (result) => `${JSON.stringify(result, null, 2)}\n`;
