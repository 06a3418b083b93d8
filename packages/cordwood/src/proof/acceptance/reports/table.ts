import type { ReportStyle } from '../../reports/report.ts';
import type { CheckState } from '../criterion.ts';
import type { AcceptanceResult, CriterionResult } from '../run-acceptance.ts';
import { type AcceptanceReport, summaryOf } from './report.ts';

const colours = { passed: 'green', failed: 'red', 'not judged': 'dim' } as const;
const words: Readonly<Record<CheckState, string>> = { passed: 'ok', failed: 'FAIL', 'not judged': 'not judged' };
const width = 'not judged'.length;

/** For people: a criterion, and below it everything that was looked at. */
export const tableReport: AcceptanceReport = (result, style) => {
  const rows = result.criteria.flatMap((criterion) => renderCriterion(criterion, style));
  return `${[...rows, ...renderEnd(result, style)].join('\n')}\n`;
};

/** What stands below the criteria: what the run left behind, and the sum. */
export function renderEnd(result: AcceptanceResult, style: ReportStyle): string[] {
  const out = result.cleanUp.map((note) => style('dim', `wrote       ${note}`));
  const failures = result.criteria.some(({ state }) => state === 'failed');
  const seconds = (result.durationMs / 1000).toFixed(1);
  out.push(
    '',
    style(
      failures ? 'red' : 'green',
      `${summaryOf(result)}: ${result.url} as ${result.environment}, run ${result.runId}, ${result.spent['requests']} requests, ${seconds} s`,
    ),
  );
  return out;
}

/** One criterion, as it is also printed while the others are still to come. */
export function renderCriterion({ criterion, state, checks }: CriterionResult, style: ReportStyle): string[] {
  const head = `${style(colours[state], words[state].padEnd(width))}  ${String(criterion.number).padStart(2)}  ${style('bold', criterion.title)}`;
  const rows = checks.map((check) => {
    const evidence = check.state === 'not judged' ? `not judged: ${check.evidence}` : check.evidence;
    return `${' '.repeat(width)}      ${style(colours[check.state], mark[check.state])} ${check.what}: ${evidence}`;
  });
  return [head, ...rows];
}

const mark: Readonly<Record<CheckState, string>> = { passed: '+', failed: '-', 'not judged': '?' };
