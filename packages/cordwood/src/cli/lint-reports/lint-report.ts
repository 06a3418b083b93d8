import type { LintResult } from '../lint-findings.ts';

/** The text of a result in one format. Accepted findings are shown where the format has a place for them. */
export type LintReport = (result: LintResult) => string;
