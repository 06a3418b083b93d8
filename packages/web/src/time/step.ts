/** Widths of bars and distances of points: round figures that a person can name. */
const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const stepsMs: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * secondMs),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * minuteMs),
  ...[1, 2, 3, 6, 12].map((hours) => hours * hourMs),
  ...[1, 2, 7, 14].map((days) => days * dayMs),
];

/** The smallest round step that cuts the range into at most `countMax` parts. */
export function roundStepMs(rangeMs: number, countMax: number): number {
  const wanted = rangeMs / countMax;
  return stepsMs.find((step) => step >= wanted) ?? stepsMs.at(-1)!;
}
