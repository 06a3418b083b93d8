import type { Place } from './yaml-map.ts';

/** What came of one test. */
export interface CaseResult {
  readonly name: string;
  readonly place: Place;
  readonly durationMs: number;
  /** Empty: passed. */
  readonly failures: readonly Failure[];
  /** Drawn beside a failure: what each alert did over the test. */
  readonly timelines: readonly string[];
}

export interface Failure {
  /** The expectation that was not met. */
  readonly place: Place;
  readonly message: string;
  readonly diff: readonly DiffLine[];
}

/** A test that cannot be run as it is written. It fails with this message. */
export class UnusableTest extends Error {}

/** `-` was expected and did not come, `+` came and was not expected. */
export interface DiffLine {
  readonly sign: '-' | '+' | ' ';
  readonly text: string;
}

/** The difference of two lists whose order means nothing; empty when they hold the same. */
export function diffSets(expected: readonly string[], actual: readonly string[]): DiffLine[] {
  const left = [...expected];
  const extra: string[] = [];
  for (const text of actual) {
    const at = left.indexOf(text);
    if (at < 0) extra.push(text);
    else left.splice(at, 1);
  }
  if (left.length + extra.length === 0) return [];
  const same = expected.filter((text) => !left.includes(text));
  return [
    ...same.map((text) => ({ sign: ' ', text }) as const),
    ...left.map((text) => ({ sign: '-', text }) as const),
    ...extra.map((text) => ({ sign: '+', text }) as const),
  ];
}

/** The difference of two sequences, index by index; `equal` judges a pair. Empty when all pairs are equal. */
export function diffSequences(
  expected: readonly string[],
  actual: readonly string[],
  equal: (index: number) => boolean,
): DiffLine[] {
  const lines: DiffLine[] = [];
  let different = false;
  for (let i = 0; i < Math.max(expected.length, actual.length); i++) {
    if (i < expected.length && i < actual.length && equal(i)) {
      lines.push({ sign: ' ', text: actual[i]! });
      continue;
    }
    different = true;
    if (i < expected.length) lines.push({ sign: '-', text: expected[i]! });
    if (i < actual.length) lines.push({ sign: '+', text: actual[i]! });
  }
  return different ? lines : [];
}
