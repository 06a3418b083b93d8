import type { LintFinding } from '../lint-findings.ts';
import type { LintReport } from './lint-report.ts';

/** SARIF 2.1.0, as code scanning of GitHub, GitLab and Azure DevOps reads it. */
export const sarifReport: LintReport = ({ findings }) => {
  const rules = [...new Map(findings.map((finding) => [finding.id, finding])).values()];
  return `${JSON.stringify(
    {
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: [
        {
          tool: {
            driver: {
              name: 'cordwood lint',
              rules: rules.map(({ id, title, reason, fix, severity }) => ({
                id,
                shortDescription: { text: title },
                fullDescription: { text: reason },
                help: { text: fix },
                defaultConfiguration: { level: severity },
              })),
            },
          },
          results: findings.map((finding) => ({
            ruleId: finding.id,
            ruleIndex: rules.findIndex(({ id }) => id === finding.id),
            level: finding.severity,
            message: { text: finding.message },
            locations: [location(finding.definition.file, finding.definition.line, finding.definition.column)],
            ...related(finding),
            ...(finding.accepted === undefined
              ? {}
              : { suppressions: [{ kind: 'inSource', justification: finding.accepted }] }),
          })),
        },
      ],
    },
    null,
    2,
  )}\n`;
};

const related = ({ artifact }: LintFinding) =>
  artifact === undefined ? {} : { relatedLocations: [{ ...location(artifact.file, artifact.line, 1), id: 1 }] };

const location = (uri: string, startLine: number, startColumn: number) => ({
  physicalLocation: { artifactLocation: { uri }, region: { startLine, startColumn } },
});
