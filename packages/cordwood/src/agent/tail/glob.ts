import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/**
 * File name patterns of Alloy (doublestar): `*` and `?` within a segment, `**` for any number of directories, `[a-z]`,
 * `{a,b}`, and `\` to take a character literally. Names that begin with a dot are like any other.
 */
export interface Glob {
  readonly pattern: string;
  matches(path: string): boolean;
  /** Paths of the files (not directories) that match, sorted. Unreadable directories count as empty. */
  files(): Promise<string[]>;
}

/** Patterns that `{a,b}{c,d}...` may expand to. */
const alternativesMax = 1000;

/** Compiles a pattern; relative ones start at the working directory. */
export function compileGlob(pattern: string): { glob: Glob } | { error: string } {
  const alternatives = expandBraces(resolvePattern(pattern));
  if (alternatives === undefined) return { error: `syntax error in pattern ${JSON.stringify(pattern)}` };
  const compiled: Segment[][] = [];
  for (const alternative of alternatives) {
    const segments = alternative
      .split('/')
      .filter((part, i) => part !== '' || i === 0)
      .map(compileSegment);
    if (segments.includes(undefined)) return { error: `syntax error in pattern ${JSON.stringify(pattern)}` };
    compiled.push((segments as Segment[]).slice(1));
  }
  return {
    glob: {
      pattern,
      matches: (path) => compiled.some((segments) => matchSegments(resolve(path).split('/').slice(1), segments)),
      async files() {
        const found = new Set<string>();
        for (const segments of compiled) await walk('/', segments, found);
        return [...found].sort();
      },
    },
  };
}

function resolvePattern(pattern: string): string {
  return pattern.startsWith('/') ? pattern : `${process.cwd()}/${pattern.replace(/^\.\//, '')}`;
}

/** A literal name, `**`, or a pattern for one name. */
type Segment =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'pattern'; readonly regex: RegExp };

function compileSegment(text: string): Segment | undefined {
  if (text === '**') return { kind: 'any' };
  if (!/[*?[\]\\]/.test(text)) return { kind: 'name', name: text };
  let source = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === '*') source += '[^/]*';
    else if (char === '?') source += '[^/]';
    else if (char === '\\') {
      const next = text[++i];
      if (next === undefined) return undefined;
      source += escapeRegex(next);
    } else if (char === '[') {
      const close = text.indexOf(']', i + 2);
      if (close < 0) return undefined;
      const body = text
        .slice(i + 1, close)
        .replace(/^[!^]/, '^')
        .replaceAll('\\', '\\\\')
        .replaceAll('[', '\\[');
      source += `[${body}]`;
      i = close;
    } else source += escapeRegex(char);
  }
  try {
    return { kind: 'pattern', regex: new RegExp(`^${source}$`, 'su') };
  } catch {
    return undefined;
  }
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** `a{b,c}d` to `abd`, `acd`; nested braces too. Undefined for unbalanced ones. */
function expandBraces(pattern: string): string[] | undefined {
  const open = findUnescaped(pattern, '{', 0);
  if (open < 0) return findUnescaped(pattern, '}', 0) < 0 ? [pattern] : undefined;
  const parts: string[] = [];
  let depth = 0;
  let start = open + 1;
  for (let i = open; i < pattern.length; i++) {
    const char = pattern[i];
    if (char === '\\') i++;
    else if (char === '{') depth++;
    else if (char === ',' && depth === 1) {
      parts.push(pattern.slice(start, i));
      start = i + 1;
    } else if (char === '}' && --depth === 0) {
      parts.push(pattern.slice(start, i));
      const out: string[] = [];
      for (const part of parts) {
        const inner = expandBraces(pattern.slice(0, open) + part + pattern.slice(i + 1));
        if (inner === undefined || out.length + inner.length > alternativesMax) return undefined;
        out.push(...inner);
      }
      return out;
    }
  }
  return undefined;
}

function findUnescaped(text: string, wanted: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === wanted) return i;
  }
  return -1;
}

function matchesName(segment: Segment, name: string): boolean {
  return segment.kind === 'name' ? segment.name === name : segment.kind === 'pattern' && segment.regex.test(name);
}

function matchSegments(names: readonly string[], segments: readonly Segment[]): boolean {
  const [first, ...rest] = segments;
  if (first === undefined) return names.length === 0;
  if (first.kind === 'any') {
    for (let skipped = 0; skipped <= names.length; skipped++)
      if (matchSegments(names.slice(skipped), rest)) return true;
    return false;
  }
  return names.length > 0 && matchesName(first, names[0]!) && matchSegments(names.slice(1), rest);
}

async function walk(directory: string, segments: readonly Segment[], found: Set<string>): Promise<void> {
  const [first, ...rest] = segments;
  if (first === undefined) return;
  if (first.kind === 'name') {
    const path = join(directory, first.name);
    if (rest.length > 0) return walk(path, rest, found);
    if (await isFile(path)) found.add(path);
    return;
  }
  const isLast = rest.length === 0;
  if (first.kind === 'any') {
    if (!isLast) await walk(directory, rest, found);
    for (const entry of await list(directory)) {
      const path = join(directory, entry.name);
      // Links to directories are not followed here, or a link to a parent would never end.
      if (entry.isDirectory()) await walk(path, segments, found);
      else if (isLast && (await isFile(path))) found.add(path);
    }
    return;
  }
  for (const entry of await list(directory)) {
    if (!matchesName(first, entry.name)) continue;
    const path = join(directory, entry.name);
    if (!isLast) {
      if (entry.isDirectory() || entry.isSymbolicLink()) await walk(path, rest, found);
    } else if (entry.isFile() || (entry.isSymbolicLink() && (await isFile(path)))) found.add(path);
  }
}

async function list(directory: string): Promise<Dirent[]> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
