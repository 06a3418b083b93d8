import { xml } from '../../proof/reports/xml.ts';
import type { LintFinding } from '../lint-findings.ts';
import type { LintReport } from './lint-report.ts';

/** A test case for each check that found something; one for all that did not. */
export const junitReport: LintReport = ({ findings, checkCount }) => {
  const open = findings.filter(({ accepted }) => accepted === undefined);
  const ids = [...new Set(open.map(({ id }) => id))];
  const failures = ids.filter((id) => open.some((finding) => finding.id === id && finding.severity === 'error')).length;
  const cases = ids
    .map((id) =>
      testCase(
        id,
        open.filter((finding) => finding.id === id),
      ),
    )
    .join('');
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="cordwood lint" tests="${ids.length + 1}" failures="${failures}" errors="0">
    <testcase classname="cordwood lint" name="the other ${checkCount - ids.length} checks"/>
${cases}  </testsuite>
</testsuites>
`;
};

function testCase(id: string, findings: readonly LintFinding[]): string {
  const head = `    <testcase classname="cordwood lint" name="${xml(id)}" file="${xml(findings[0]!.definition.file)}" line="${findings[0]!.definition.line}"`;
  const text = xml(
    findings
      .map(({ definition: { file, line, column }, message }) => `${file}:${line}:${column}: ${message}`)
      .join('\n'),
  );
  return findings.some(({ severity }) => severity === 'error')
    ? `${head}>\n      <failure message="${xml(findings[0]!.title)}">${text}</failure>\n    </testcase>\n`
    : `${head}>\n      <system-out>${text}</system-out>\n    </testcase>\n`;
}
