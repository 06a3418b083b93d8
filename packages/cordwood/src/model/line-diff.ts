/** A line of a difference: `-` only in the first text, `+` only in the second, ` ` in both. */
export interface DiffLine {
  readonly sign: '-' | '+' | ' ';
  readonly text: string;
}

/** Longer texts are shown as taken out and put in whole: the table below grows with the product of both lengths. */
const linesMax = 2_000;

/** The lines of two texts by their longest common subsequence. Empty when they are equal. */
export function lineDiff(before: readonly string[], after: readonly string[]): DiffLine[] {
  if (before.length === after.length && before.every((line, i) => line === after[i])) return [];
  if (before.length > linesMax || after.length > linesMax)
    return [
      ...before.map((text) => ({ sign: '-', text }) as const),
      ...after.map((text) => ({ sign: '+', text }) as const),
    ];
  // common[i][j]: how many lines before[i..] and after[j..] have in common.
  const common = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      common[i]![j] =
        before[i] === after[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
    }
  }
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push({ sign: ' ', text: before[i++]! });
      j++;
    } else if (j >= after.length || (i < before.length && common[i + 1]![j]! >= common[i]![j + 1]!)) {
      lines.push({ sign: '-', text: before[i++]! });
    } else lines.push({ sign: '+', text: after[j++]! });
  }
  return lines;
}
