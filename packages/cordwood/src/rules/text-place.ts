import { isScalar, type LineCounter } from 'yaml';

/** Where something stands in a file, 1-based. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Where the text of a YAML scalar begins, and in which column its further lines do. */
export interface TextPlace extends Place {
  readonly continuationColumn: number;
}

/** The place in the file of a place in the text, so that a problem in an expression is shown where it was written. */
export function placeInText(text: TextPlace, { line, column }: Place): Place {
  return line === 1
    ? { line: text.line, column: text.column + column - 1 }
    : { line: text.line + line - 1, column: text.continuationColumn + column - 1 };
}

/** Block scalars begin on the line after their `|`; a folded one (`>`) is shown as if it were not, line by line. */
export function textPlaceOf(node: unknown, source: string, lines: LineCounter): TextPlace {
  const start = isScalar(node) ? (node.range?.[0] ?? 0) : 0;
  const { line, col } = lines.linePos(start);
  const type = isScalar(node) ? node.type : undefined;
  if (type === 'BLOCK_LITERAL' || type === 'BLOCK_FOLDED') {
    const rows = source.split('\n').slice(line);
    const indent = /^ */.exec(rows.find((row) => row.trim() !== '') ?? '')![0].length;
    return { line: line + 1, column: indent + 1, continuationColumn: indent + 1 };
  }
  const quoted = type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE';
  return { line, column: col + (quoted ? 1 : 0), continuationColumn: 1 };
}
