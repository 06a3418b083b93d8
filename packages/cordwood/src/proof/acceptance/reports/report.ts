import type { ReportStyle } from '../../reports/report.ts';
import type { AcceptanceResult } from '../run-acceptance.ts';

/** Turns the result of an acceptance into text. `style` colours it where that is wanted. */
export type AcceptanceReport = (result: AcceptanceResult, style: ReportStyle) => string;

/** `11 passed, 0 failed, 3 not judged` */
export function summaryOf({ criteria }: AcceptanceResult): string {
  const count = (state: string) => criteria.filter((result) => result.state === state).length;
  return `${count('passed')} passed, ${count('failed')} failed, ${count('not judged')} not judged`;
}
