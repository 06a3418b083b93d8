import { mutationScore } from '../mutation/run-mutation.ts';
import type { Report } from './report.ts';

/** For programs: everything that the other reports are made of. */
export const jsonReport: Report = ({ files, coverage, mutation }) =>
  `${JSON.stringify(
    {
      files: files.map(({ file, cases, findings }) => ({
        file,
        problems: findings.map(({ diagnostic }) => diagnostic),
        tests: cases.map(({ name, place, durationMs, failures, timelines }) => ({
          name,
          passed: failures.length === 0,
          line: place.line,
          column: place.column,
          durationMs: Math.round(durationMs * 1000) / 1000,
          failures: failures.map((failure) => ({
            message: failure.message,
            ...failure.place,
            diff: failure.diff.map(({ sign, text }) => `${sign} ${text}`),
          })),
          timelines,
        })),
      })),
      ...(coverage === undefined ? {} : { coverage: coverage.points }),
      ...(mutation === undefined ? {} : { mutation: { score: mutationScore(mutation), ...mutation } }),
    },
    undefined,
    2,
  )}\n`;
