import type { CriterionResult } from '../run-acceptance.ts';
import { type AcceptanceReport, summaryOf } from './report.ts';

/** For the change ticket: a table of the criteria, then the evidence of each. */
export const markdownReport: AcceptanceReport = (result) => {
  const started = new Date(Number(result.startedNs / 1_000_000n)).toISOString();
  const rows = result.criteria.map(
    ({ criterion, state }) => `| ${criterion.number} | ${cell(criterion.title)} | ${words[state]} |`,
  );
  const spent = Object.entries(result.spent).map(([name, amount]) => `${name} ${amount}`);
  return `# Acceptance of the log platform (INFRA-009)

| | |
|---|---|
| stack | ${result.url} |
| environment | ${result.environment} |
| run | ${result.runId}, ${started}, ${(result.durationMs / 1000).toFixed(0)} s |
| result | **${summaryOf(result)}** |
| cost | ${spent.join(', ')} |

| # | criterion | result |
|---|---|---|
${rows.join('\n')}

## Evidence

${result.criteria.map(evidence).join('\n')}
## What the run wrote

${result.cleanUp.length === 0 ? 'Nothing.' : result.cleanUp.map((note) => `- ${note}`).join('\n')}
`;
};

const words = { passed: 'passed', failed: '**failed**', 'not judged': 'not judged' } as const;

function evidence({ criterion, state, checks }: CriterionResult): string {
  const lines = checks.map((check) => `- ${words[check.state]}: ${check.what}: ${check.evidence}`);
  return `### ${criterion.number} ${criterion.title}: ${words[state]}\n\n${lines.join('\n')}\n`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
