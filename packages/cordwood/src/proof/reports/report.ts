import type { TestFileResult } from '../run-test-file.ts';

/** Turns results into text. `style` colours it where that is wanted. */
export type Report = (results: readonly TestFileResult[], style: ReportStyle) => string;
export type ReportStyle = (format: 'red' | 'green' | 'dim' | 'bold', text: string) => string;

export const plainStyle: ReportStyle = (_, text) => text;
