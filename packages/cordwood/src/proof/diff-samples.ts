import { printLabels } from '../model/labels.ts';
import type { Sample } from '../rules/alerting-rule.ts';
import { type DiffLine, diffSets } from './case-result.ts';
import type { ExpectedSample } from './test-file.ts';

/** Sums of floats differ in their last digits by the order in which they are taken. */
function close(a: number, b: number): boolean {
  return Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}

const printSample = ({ labels, value }: Sample): string => `${printLabels(labels)} ${value}`;

/** The difference of two sets of samples; empty when they are the same but for the last digits. */
export function diffSamples(expected: readonly ExpectedSample[], actual: readonly Sample[]): DiffLine[] {
  const expectedTexts = expected.map((sample) => {
    const match = actual.find(
      (one) => printLabels(one.labels) === printLabels(sample.labels) && close(one.value, sample.value),
    );
    return printSample(match ?? sample);
  });
  return diffSets(expectedTexts, actual.map(printSample));
}
