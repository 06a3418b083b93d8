/** What is wrong, where, and what to do next. Fits cordwood's `model/diagnostic.ts` by shape. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly file?: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-8 bytes from the start of the line, as Alloy counts. */
  readonly column: number;
  /** In UTF-16 units; at least 1. */
  readonly length?: number;
  readonly hint?: string;
}

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A file as the user named it, and its text (UTF-8 decoded, without BOM). */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
}

/** Line and byte column of a UTF-16 offset. */
export function placeAt(text: string, offset: number): Place {
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) {
    line++;
    lineStart = at + 1;
  }
  let column = 1;
  for (let i = lineStart; i < offset; i++) {
    const code = text.charCodeAt(i);
    // A surrogate pair is four bytes: two for each half.
    column += code < 0x80 ? 1 : code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 2 : 3;
  }
  return { line, column };
}

/** Diagnostic for the span `start`..`end` (UTF-16 offsets) of a file. */
export function diagnosticAt(
  file: SourceFile,
  span: { readonly start: number; readonly end: number },
  message: string,
  more: { severity?: 'error' | 'warning'; hint?: string } = {},
): Diagnostic {
  const place = placeAt(file.text, span.start);
  const lineEnd = file.text.indexOf('\n', span.start);
  const end = lineEnd < 0 ? span.end : Math.min(span.end, lineEnd);
  return {
    severity: more.severity ?? 'error',
    message,
    file: file.name,
    ...place,
    length: Math.max(1, end - span.start),
    ...(more.hint === undefined ? {} : { hint: more.hint }),
  };
}

/** `file:line:column: message`, Alloy's plain form. */
export function printDiagnostic(diagnostic: Diagnostic): string {
  return `${diagnostic.file ?? '<input>'}:${diagnostic.line}:${diagnostic.column}: ${diagnostic.message}`;
}
