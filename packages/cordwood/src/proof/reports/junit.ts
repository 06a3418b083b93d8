import { renderDiagnostic } from '../../model/diagnostic.ts';
import type { CaseResult } from '../case-result.ts';
import type { Report } from './report.ts';
import { xml } from './xml.ts';

/** JUnit XML as CI systems read it: a suite per file; a file that cannot be read is a suite with one error. */
export const junitReport: Report = (run) => {
  const suites = run.files.map(({ file, cases, findings }) => {
    const errors = findings.filter(({ diagnostic }) => diagnostic.severity === 'error');
    const failed = cases.filter(({ failures }) => failures.length > 0).length;
    const tests = cases.length + (errors.length > 0 ? 1 : 0);
    const broken =
      errors.length === 0
        ? ''
        : `    <testcase classname="${xml(file)}" name="files">\n      <error message="${errors.length} problems">${xml(
            errors.map(({ diagnostic, source }) => renderDiagnostic(diagnostic, source)).join('\n'),
          )}</error>\n    </testcase>\n`;
    const body = cases.map((one) => testCase(file, one)).join('');
    const errorCount = errors.length > 0 ? 1 : 0;
    return `  <testsuite name="${xml(file)}" tests="${tests}" failures="${failed}" errors="${errorCount}" time="${seconds(cases)}">\n${broken}${body}  </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('')}</testsuites>\n`;
};

function testCase(file: string, one: CaseResult): string {
  const head = `    <testcase classname="${xml(file)}" name="${xml(one.name)}" file="${xml(file)}" line="${one.place.line}" time="${seconds([one])}"`;
  if (one.failures.length === 0) return `${head}/>\n`;
  const texts = one.failures.map(({ place, message, diff }) =>
    [
      `${place.file}:${place.line}:${place.column}: ${message}`,
      ...diff.map(({ sign, text }) => `  ${sign} ${text}`),
    ].join('\n'),
  );
  const text = xml([...texts, ...one.timelines].join('\n'));
  return `${head}>\n      <failure message="${xml(one.failures[0]!.message)}">${text}</failure>\n    </testcase>\n`;
}

function seconds(cases: readonly CaseResult[]): string {
  return (cases.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000).toFixed(3);
}
