import { githubReport } from './github.ts';
import { jsonReport } from './json.ts';
import { junitReport } from './junit.ts';
import type { LintReport } from './lint-report.ts';
import { sarifReport } from './sarif.ts';

/** Formats for machines, by name; `text` is the command's own. */
export const lintReports: Readonly<Record<string, LintReport>> = {
  json: jsonReport,
  sarif: sarifReport,
  junit: junitReport,
  github: githubReport,
};
