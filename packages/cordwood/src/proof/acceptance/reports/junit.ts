import { xml } from '../../reports/xml.ts';
import type { CriterionResult } from '../run-acceptance.ts';
import type { AcceptanceReport } from './report.ts';

/** JUnit XML: a suite per criterion, a case per check; what was not judged is skipped. */
export const junitReport: AcceptanceReport = ({ criteria }) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${criteria.map(suite).join('')}</testsuites>\n`;

function suite({ criterion, checks, durationMs }: CriterionResult): string {
  const count = (state: string) => checks.filter((check) => check.state === state).length;
  const name = xml(`${criterion.number} ${criterion.title}`);
  const cases = checks.map(({ state, what, evidence }) => {
    const head = `    <testcase classname="${name}" name="${xml(what)}"`;
    if (state === 'passed') return `${head}><system-out>${xml(evidence)}</system-out></testcase>\n`;
    const outcome = state === 'failed' ? 'failure' : 'skipped';
    return `${head}><${outcome} message="${xml(evidence)}"/></testcase>\n`;
  });
  const counts = `tests="${checks.length}" failures="${count('failed')}" skipped="${count('not judged')}"`;
  return `  <testsuite name="${name}" ${counts} time="${(durationMs / 1000).toFixed(3)}">\n${cases.join('')}  </testsuite>\n`;
}
