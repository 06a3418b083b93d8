import { jsonReport } from './json.ts';
import { junitReport } from './junit.ts';
import { markdownReport } from './markdown.ts';
import type { AcceptanceReport } from './report.ts';
import { tableReport } from './table.ts';

/** Every form of an acceptance report by its name. */
export const acceptanceReports: ReadonlyMap<string, AcceptanceReport> = new Map([
  ['table', tableReport],
  ['json', jsonReport],
  ['junit', junitReport],
  ['markdown', markdownReport],
]);
