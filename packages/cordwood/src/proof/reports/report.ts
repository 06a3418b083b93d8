import type { Coverage } from '../coverage/coverage.ts';
import type { MutationResult } from '../mutation/run-mutation.ts';
import type { TestFileResult } from '../run-test-file.ts';

/** All that one invocation found out. */
export interface TestRun {
  readonly files: readonly TestFileResult[];
  /** Undefined: not asked for. */
  readonly coverage?: Coverage | undefined;
  readonly mutation?: MutationResult | undefined;
}

/** Turns results into text. `style` colours it where that is wanted. */
export type Report = (run: TestRun, style: ReportStyle) => string;
export type ReportStyle = (format: 'red' | 'green' | 'dim' | 'bold', text: string) => string;

export const plainStyle: ReportStyle = (_, text) => text;
