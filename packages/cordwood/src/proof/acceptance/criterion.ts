import type { Stack } from './stack.ts';

/** One acceptance criterion of INFRA-009, judged on a running stack. */
export interface Criterion {
  /** As in the requirement's list. */
  readonly number: number;
  readonly title: string;
  /** Everything that was looked at. Throws only for what makes judging impossible; that is shown as a failure. */
  judge(stack: Stack): Promise<readonly Check[]>;
}

/** One thing that was looked at. */
export interface Check {
  readonly state: CheckState;
  readonly what: string;
  /** What was seen; for `not judged` what would be needed, beginning with "needs". */
  readonly evidence: string;
}
export type CheckState = 'passed' | 'failed' | 'not judged';

export function passed(what: string, evidence: string): Check {
  return { state: 'passed', what, evidence };
}
export function failed(what: string, evidence: string): Check {
  return { state: 'failed', what, evidence };
}
/** `needs` completes the sentence "not judged: needs …". */
export function notJudged(what: string, needs: string): Check {
  return { state: 'not judged', what, evidence: `needs ${needs}` };
}
export function judged(good: boolean, what: string, evidence: string): Check {
  return good ? passed(what, evidence) : failed(what, evidence);
}

/** A criterion is green only when everything of it was judged and is good. */
export function stateOf(checks: readonly Check[]): CheckState {
  if (checks.some(({ state }) => state === 'failed')) return 'failed';
  if (checks.length === 0 || checks.some(({ state }) => state === 'not judged')) return 'not judged';
  return 'passed';
}

/** A list for a sentence, not longer than a line can be read. */
export function listed(names: readonly string[], max = 8): string {
  if (names.length <= max) return names.join(', ');
  return `${names.slice(0, max).join(', ')} and ${names.length - max} more`;
}
