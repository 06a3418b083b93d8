import type { FieldVisitor } from './json-fields.ts';

/** A part of a pattern `<ip> - <_> "<method> <path>"`; the name `_` captures nothing. Captures are never neighbours. */
export type PatternPart =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'capture'; readonly name: string };

/** Visits what the captures of a pattern hold in a line. */
export type PatternReader = (text: string, visit: FieldVisitor) => void;

/**
 * The stage `| pattern`: the line must begin with a literal that the pattern begins with; a capture reaches to the first
 * place of the literal behind it, the last one to the end of the line. Where a literal is missing the capture before it
 * takes the rest and reading ends; what was captured stays.
 */
export function compilePatternReader(parts: readonly PatternPart[]): PatternReader {
  const first = parts[0];
  const prefix = first?.kind === 'literal' ? first.text : '';
  const steps: { name: string; until: string }[] = [];
  for (const [i, part] of parts.entries()) {
    if (part.kind !== 'capture') continue;
    const next = parts[i + 1];
    steps.push({ name: part.name, until: next?.kind === 'literal' ? next.text : '' });
  }
  return (text, visit) => {
    if (text === '' || !text.startsWith(prefix)) return;
    let at = prefix.length;
    for (const { name, until } of steps) {
      const end = until === '' ? -1 : text.indexOf(until, at);
      const value = end < 0 ? text.slice(at) : text.slice(at, end);
      if (name !== '_' && !visit(name, value)) return;
      if (end < 0) return;
      at = end + until.length;
    }
  };
}
