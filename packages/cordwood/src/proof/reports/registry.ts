import { githubReport } from './github.ts';
import { humanReport } from './human.ts';
import { jsonReport } from './json.ts';
import { junitReport } from './junit.ts';
import type { Report } from './report.ts';

/** Every form of a test report by its name. */
export const reports: ReadonlyMap<string, Report> = new Map([
  ['human', humanReport],
  ['json', jsonReport],
  ['junit', junitReport],
  ['github', githubReport],
]);
