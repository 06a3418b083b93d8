/**
 * Bad input is a value, not an exception: what is wrong, where, and what to do next. `logql` and `alloy` import nothing of
 * ours, so they declare the same shape; it fits structurally.
 */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** File name as the user gave it. */
  readonly file?: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in bytes for Alloy, in characters elsewhere. */
  readonly column: number;
  readonly length?: number;
  /** Where the caret stands, 1-based in characters, when `column` counts something else. */
  readonly caretColumn?: number;
  /** What the reader can do. */
  readonly hint?: string;
}

/** `file:line:column: error: message`, the source line and a caret, then the hint. */
export function renderDiagnostic(diagnostic: Diagnostic, source?: string): string {
  const place = `${diagnostic.file ?? '<input>'}:${diagnostic.line}:${diagnostic.column}`;
  const out = [`${place}: ${diagnostic.severity}: ${diagnostic.message}`];
  const text = source?.split('\n')[diagnostic.line - 1];
  if (text !== undefined) {
    const gutter = `${diagnostic.line} | `;
    const column = diagnostic.caretColumn ?? diagnostic.column;
    const before = text.slice(0, column - 1).replace(/[^\t]/g, ' ');
    const width = Math.max(1, Math.min(diagnostic.length ?? 1, text.length - column + 1));
    out.push(`${gutter}${text}`, `${' '.repeat(gutter.length - 2)}| ${before}${'^'.repeat(width)}`);
  }
  if (diagnostic.hint) out.push(`  ${diagnostic.hint}`);
  return out.join('\n');
}
