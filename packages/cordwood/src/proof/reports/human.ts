import { renderDiagnostic } from '../../model/diagnostic.ts';
import type { CaseResult } from '../case-result.ts';
import type { Coverage, CoveragePoint } from '../coverage/coverage.ts';
import { type MutationResult, mutationScore } from '../mutation/run-mutation.ts';
import type { TestFileResult } from '../run-test-file.ts';
import type { Report, ReportStyle } from './report.ts';

const signColours = { '-': 'green', '+': 'red', ' ': 'dim' } as const;

/** For people: a line per test, and for one that failed what was expected (-) and what came (+). */
export const humanReport: Report = ({ files, coverage, mutation }, style) => {
  const out: string[] = [];
  for (const result of files) {
    out.push(style('bold', result.file));
    for (const { diagnostic, source } of result.findings) out.push(indent(renderDiagnostic(diagnostic, source), 2));
    for (const one of result.cases) out.push(...renderCase(one, style));
    out.push('');
  }
  if (coverage !== undefined) out.push(...renderCoverage(coverage, style), '');
  if (mutation !== undefined) out.push(...renderMutation(mutation, style), '');
  out.push(summary(files, style));
  return `${out.join('\n')}\n`;
};

function renderCase(one: CaseResult, style: ReportStyle): string[] {
  if (one.failures.length === 0) return [`  ${style('green', 'ok  ')} ${one.name}`];
  const out = [`  ${style('red', 'FAIL')} ${one.name}`];
  for (const { place, message, diff } of one.failures) {
    out.push(`       ${place.file}:${place.line}:${place.column}: ${message}`);
    for (const { sign, text } of diff) out.push(`         ${style(signColours[sign], `${sign} ${text}`)}`);
  }
  for (const line of one.timelines) out.push(`       ${line}`);
  return out;
}

function renderCoverage({ points }: Coverage, style: ReportStyle): string[] {
  const share = (kind: CoveragePoint['kind'], plural: string) => {
    const own = points.filter((point) => point.kind === kind);
    return `${plural} ${own.filter(({ reached }) => reached).length}/${own.length}`;
  };
  const missed = points.filter(({ reached }) => !reached);
  const head = `coverage: ${share('rule', 'rules')}, ${share('branch', 'branches')}, ${share('stage', 'stages')}`;
  return [
    style('bold', head),
    ...missed.map(({ place, missing }) => `  ${place.file}:${place.line}:${place.column}: ${missing}`),
  ];
}

function renderMutation(mutation: MutationResult, style: ReportStyle): string[] {
  const { killed, survivors } = mutation;
  const head = `mutation score: ${mutationScore(mutation).toFixed(1)} %, ${killed} of ${killed + survivors.length} changes make a test fail`;
  return [
    style('bold', head),
    ...survivors.map(
      ({ place, what }) => `  ${place.file}:${place.line}:${place.column}: ${what}: ${style('red', 'no test fails')}`,
    ),
  ];
}

function summary(results: readonly TestFileResult[], style: ReportStyle): string {
  const cases = results.flatMap((result) => result.cases);
  const failed = cases.filter(({ failures }) => failures.length > 0).length;
  const broken = results.filter(({ findings }) =>
    findings.some(({ diagnostic }) => diagnostic.severity === 'error'),
  ).length;
  const tookMs = Math.round(cases.reduce((sum, { durationMs }) => sum + durationMs, 0));
  const parts = [`${cases.length - failed} passed`, `${failed} failed`];
  if (broken > 0) parts.push(`${broken} broken ${broken === 1 ? 'file' : 'files'}`);
  return `${style(failed + broken === 0 ? 'green' : 'red', parts.join(', '))} in ${tookMs} ms`;
}

function indent(text: string, width: number): string {
  return text.replace(/^/gm, ' '.repeat(width));
}
