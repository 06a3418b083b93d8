/**
 * Where a path of a definition stands in its TypeScript. Node strips types and runs the file, so no tree of it is at hand; this
 * walks over the text of the object literal given to `definePlatform`, skipping strings, comments and brackets. Where the path
 * leads out of the literal (an imported value, a spread), the place is that of the last key that is there.
 */

export interface Place {
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

export function locatePath(source: string, path: string): Place {
  const call = /\bdefinePlatform\s*\(\s*/.exec(source);
  let at = call === null ? 0 : call.index;
  let length = call === null ? 1 : 'definePlatform'.length;
  let value = call === null ? -1 : call.index + call[0].length;
  for (const key of parsePath(path)) {
    const opening = source[value];
    const found =
      opening === '{'
        ? findKey(source, value, String(key))
        : opening === '['
          ? findItem(source, value, Number(key))
          : undefined;
    if (found === undefined) break;
    ({ at, length, value } = found);
  }
  const before = source.slice(0, at);
  const line = before.split('\n').length;
  return { line, column: at - before.lastIndexOf('\n'), length };
}

/** The keys of a text that `printPath` wrote. */
export function parsePath(path: string): (string | number)[] {
  return [...path.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g)].map(([, index, quoted, name]) =>
    index !== undefined ? Number(index) : quoted !== undefined ? (JSON.parse(quoted) as string) : name!,
  );
}

interface Found {
  readonly at: number;
  readonly length: number;
  /** Where the value begins. */
  readonly value: number;
}

/** Jumps over strings, comments and whole brackets; calls `visit` at everything else inside the bracket that opens at `open`. */
function walk(source: string, open: number, visit: (at: number) => number | undefined): void {
  for (let i = open + 1; i < source.length; ) {
    const jump = visit(i) ?? i;
    if (jump < 0) return;
    if (jump > i) {
      i = jump;
      continue;
    }
    const char = source[i]!;
    if (char === '}' || char === ']' || char === ')') return;
    i = skip(source, i);
  }
}

/** The end of the string, comment or bracket at `i`, else the next character. */
function skip(source: string, i: number): number {
  const char = source[i]!;
  if (char === "'" || char === '"' || char === '`') return endOfString(source, i);
  if (source.startsWith('//', i)) return source.indexOf('\n', i) < 0 ? source.length : source.indexOf('\n', i);
  if (source.startsWith('/*', i)) return source.indexOf('*/', i) < 0 ? source.length : source.indexOf('*/', i) + 2;
  if (char === '{' || char === '[' || char === '(') {
    let j = i + 1;
    while (j < source.length && !'}])'.includes(source[j]!)) j = skip(source, j);
    return j + 1;
  }
  return i + 1;
}

function endOfString(source: string, start: number): number {
  const quote = source[start]!;
  for (let i = start + 1; i < source.length; i++) {
    if (source[i] === '\\') i++;
    else if (source[i] === quote) return i + 1;
  }
  return source.length;
}

function findKey(source: string, open: number, key: string): Found | undefined {
  let found: Found | undefined;
  let isKey = true;
  walk(source, open, (i) => {
    const char = source[i]!;
    if (char === ',') isKey = true;
    if (!isKey || /[\s,]/.test(char) || source.startsWith('//', i) || source.startsWith('/*', i)) return undefined;
    isKey = false;
    const match = /^(?:([A-Za-z_$][\w$]*)|'([^'\\]*)'|"([^"\\]*)")\s*(:|,|\})?\s*/.exec(source.slice(i, i + 300));
    if (match === null) return undefined;
    const [all, name, single, double] = match;
    const text = name ?? single ?? double!;
    if (text === key) {
      found = { at: i, length: text.length + (name === undefined ? 2 : 0), value: i + all.length };
      return -1;
    }
    return i + text.length + (name === undefined ? 2 : 0);
  });
  return found;
}

function findItem(source: string, open: number, index: number): Found | undefined {
  let found: Found | undefined;
  let seen = -1;
  let isItem = true;
  walk(source, open, (i) => {
    const char = source[i]!;
    if (char === ',') isItem = true;
    if (!isItem || /[\s,\]]/.test(char) || source.startsWith('//', i) || source.startsWith('/*', i)) return undefined;
    isItem = false;
    if (++seen < index) return undefined;
    found = { at: i, length: Math.max(1, /^[^\s,]*/.exec(source.slice(i, i + 80))![0].length), value: i };
    return -1;
  });
  return found;
}
