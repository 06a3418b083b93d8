import type { Report } from './report.ts';

/** Annotations of a GitHub workflow (https://docs.github.com/actions/reference/workflow-commands): one line a problem. */
export const githubReport: Report = ({ files, coverage, mutation }) =>
  [
    ...files.flatMap(({ findings }) =>
      findings.map(({ diagnostic: { severity, file = '', line, column, message, hint } }) =>
        annotation(
          severity,
          { file, line, column },
          'cordwood test',
          hint === undefined ? message : `${message}\n${hint}`,
        ),
      ),
    ),
    ...files.flatMap(({ cases }) =>
      cases.flatMap(({ name, failures, timelines }) =>
        failures.map(({ place, message, diff }) =>
          annotation(
            'error',
            place,
            name,
            [message, ...diff.map(({ sign, text }) => `${sign} ${text}`), ...timelines].join('\n'),
          ),
        ),
      ),
    ),
    ...(coverage?.points ?? [])
      .filter(({ reached }) => !reached)
      .map(({ place, missing }) => annotation('warning', place, 'not covered', missing)),
    ...(mutation?.survivors ?? []).map(({ place, what }) =>
      annotation('warning', place, 'mutant survives', `${what}: no test fails`),
    ),
  ].join('');

/** A workflow command of GitHub: `::error file=…`. */
export function annotation(
  level: 'error' | 'warning',
  { file, line, column }: { readonly file: string; readonly line: number; readonly column: number },
  title: string,
  message: string,
): string {
  return `::${level} file=${property(file)},line=${line},col=${column},title=${property(title)}::${data(message)}\n`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
