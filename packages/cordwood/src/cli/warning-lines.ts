import { noEffect } from '../config/schema/reasons.ts';
import { type Diagnostic, renderDiagnostic } from '../model/diagnostic.ts';

/**
 * Warnings about files, for a screen that should not scroll: keys of one file that have no effect for the same reason share a
 * line, each with its place; everything else is shown in full.
 */
export function warningLines(warnings: readonly Diagnostic[]): string[] {
  const lines: string[] = [];
  const keys = new Map<string, string[]>();
  for (const warning of warnings) {
    const [key, reason] = warning.message.split(noEffect);
    if (reason === undefined) {
      lines.push(renderDiagnostic(warning));
      continue;
    }
    const title = `${warning.file}: no effect in Cordwood, ${reason}:`;
    const places = keys.get(title) ?? [];
    keys.set(title, places);
    places.push(`${key} (${warning.line}:${warning.column})`);
  }
  return [...lines, ...[...keys].map(([title, places]) => `${title} ${places.join(', ')}`)];
}
