/** A regular expression without one of its alternatives, once for each: of `(a|b)c|d` these are `(b)c|d`, `(a)c|d`, `d`, `(a|b)c`. */
export function withoutAlternatives(pattern: string): string[] {
  // Where groups begin and end, and where `|` stands in them; the whole is a group too.
  const open: { start: number; bars: number[] }[] = [{ start: 0, bars: [] }];
  const groups: { start: number; end: number; bars: readonly number[] }[] = [];
  let inClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    if (char === '\\') i++;
    else if (inClass) inClass = char !== ']';
    else if (char === '[') inClass = true;
    else if (char === '(')
      open.push({
        start: i + 1 + (/^\(\?(?:P?<\w+>|[a-zA-Z]*:)/.exec(pattern.slice(i))?.[0].length ?? 1) - 1,
        bars: [],
      });
    else if (char === ')' && open.length > 1) groups.push({ ...open.pop()!, end: i });
    else if (char === '|') open.at(-1)!.bars.push(i);
  }
  groups.push({ ...open[0]!, end: pattern.length });
  const out: string[] = [];
  for (const { start, end, bars } of groups) {
    if (bars.length === 0) continue;
    const edges = [start - 1, ...bars, end];
    for (let i = 0; i + 1 < edges.length; i++) {
      // With its bar: the one behind it, or for the last one the one before it.
      const isLast = i + 2 === edges.length;
      const from = isLast ? edges[i]! : edges[i]! + 1;
      const to = isLast ? end : edges[i + 1]! + 1;
      out.push(pattern.slice(0, from) + pattern.slice(to));
    }
  }
  return out;
}
