/** A regular expression (RE2) over whole lines that some of them match and others do not. */
export interface LineSplit {
  readonly expression: string;
  /** Do all lines that match have the same text? */
  readonly uniform: boolean;
}

/** RE2 repeats at most so often. */
const repeatMax = 1000;

/**
 * An expression that divides the lines where they first differ. `|~` with it and `!~` with it together are all lines, also
 * those that were not seen, so that whoever goes on dividing both sides meets every line exactly once.
 */
export function splitLines(lines: readonly string[]): LineSplit {
  const different = [...new Set(lines)].map((line) => Array.from(line));
  if (different.length === 1) return { expression: `(?s)^${different[0]!.map(quoted).join('')}$`, uniform: true };
  const at = commonLength(different);
  const next = [...new Set(different.flatMap((line) => line[at] ?? []))].sort(
    (a, b) => a.codePointAt(0)! - b.codePointAt(0)!,
  );
  // With one character there, some line ends here: those that go on are told from those that end.
  const upTo = next.length === 1 ? '\u{10ffff}' : next[Math.floor(next.length / 2) - 1]!;
  return { expression: `(?s)^${anything(at)}[\\x00-${quoted(upTo)}]`, uniform: false };
}

function commonLength(lines: readonly (readonly string[])[]): number {
  const [first, ...others] = lines;
  let length = 0;
  while (others.every((line) => line[length] !== undefined && line[length] === first![length])) length++;
  return length;
}

function anything(count: number): string {
  const whole = `.{${repeatMax}}`.repeat(Math.floor(count / repeatMax));
  return count % repeatMax === 0 ? whole : `${whole}.{${count % repeatMax}}`;
}

/** As it may stand in an expression and as the end of a range in a class. */
function quoted(char: string): string {
  return /[A-Za-z0-9 _:,"'=/<>@#%&;~!]/.test(char) ? char : `\\x{${char.codePointAt(0)!.toString(16)}}`;
}
