/** The little language of `| pattern "<ip> - <_> <rest>"` and of the filters `|>` and `!>`. */

export type PatternPart =
  | { readonly kind: 'literal'; readonly text: string }
  /** `_` captures nothing. */
  | { readonly kind: 'capture'; readonly name: string };

export type PatternResult =
  | { readonly parts: readonly PatternPart[]; readonly error?: undefined }
  | { readonly error: string; readonly parts?: undefined };

/** The pattern of the `pattern` stage; errors in Loki's words. */
export function parsePattern(pattern: string): PatternResult {
  if (pattern === '')
    return { error: 'parse error at line 1, col 1: syntax error: unexpected $end, expecting IDENTIFIER or LITERAL' };
  const parts = split(pattern);
  const names = parts.filter((part) => part.kind === 'capture' && part.name !== '_');
  if (names.length === 0) return { error: 'at least one capture is required' };
  const adjacent = adjacentCaptures(parts);
  if (adjacent) return { error: adjacent };
  const seen = new Set<string>();
  for (const part of parts) {
    if (part.kind !== 'capture' || part.name === '_') continue;
    if (seen.has(part.name)) return { error: `duplicate capture name (${part.name}): invalid expression` };
    seen.add(part.name);
  }
  return { parts };
}

/** The pattern of a line filter: only `<_>` captures; the empty pattern is allowed. */
export function parseLinePattern(pattern: string): PatternResult {
  const parts = split(pattern);
  for (const part of parts)
    if (part.kind === 'capture' && part.name !== '_')
      return { error: `named captures are not allowed: found '<${part.name}>'` };
  const adjacent = adjacentCaptures(parts);
  return adjacent ? { error: adjacent } : { parts };
}

function split(pattern: string): PatternPart[] {
  const parts: PatternPart[] = [];
  let end = 0;
  for (const match of pattern.matchAll(/<([A-Za-z_][A-Za-z0-9_]*)>/g)) {
    if (match.index > end) parts.push({ kind: 'literal', text: pattern.slice(end, match.index) });
    parts.push({ kind: 'capture', name: match[1]! });
    end = match.index + match[0].length;
  }
  if (end < pattern.length) parts.push({ kind: 'literal', text: pattern.slice(end) });
  return parts;
}

function adjacentCaptures(parts: readonly PatternPart[]): string | undefined {
  for (let i = 1; i < parts.length; i++) {
    const [before, after] = [parts[i - 1]!, parts[i]!];
    if (before.kind === 'capture' && after.kind === 'capture')
      return `found consecutive capture '<${before.name}><${after.name}>': invalid expression`;
  }
  return undefined;
}
