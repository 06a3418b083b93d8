/** Beyond this many lines on a side a changed stretch is shown as a whole: the table would need too much memory. */
const tableLinesMax = 3000;
/** Unchanged lines around a change. */
const contextLines = 2;

/** What changed from one text to another, line by line: `-` was, `+` is, a space is both. Empty when nothing changed. */
export function lineDiff(before: string, after: string): string[] {
  const a = before.split('\n');
  const b = after.split('\n');
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  if (start === a.length && start === b.length) return [];
  const middle = diffMiddle(a.slice(start, a.length - end), b.slice(start, b.length - end));
  const all = [
    ...a.slice(0, start).map((line) => ` ${line}`),
    ...middle,
    ...a.slice(a.length - end).map((line) => ` ${line}`),
  ];
  return withContext(all);
}

/** By the longest common subsequence. */
function diffMiddle(a: readonly string[], b: readonly string[]): string[] {
  if (a.length > tableLinesMax || b.length > tableLinesMax)
    return [...a.map((line) => `-${line}`), ...b.map((line) => `+${line}`)];
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        a[i] === b[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
  const out: string[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      out.push(` ${a[i]}`);
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!))
      out.push(`-${a[i++]}`);
    else out.push(`+${b[j++]}`);
  }
  return out;
}

function withContext(lines: readonly string[]): string[] {
  const near = lines.map((_, i) =>
    lines.slice(Math.max(0, i - contextLines), i + contextLines + 1).some((line) => !line.startsWith(' ')),
  );
  const out: string[] = [];
  lines.forEach((line, i) => {
    if (near[i]) out.push(line);
    else if (near[i - 1]) out.push('…');
  });
  return out;
}
