import type { Diagnostic } from '../model/diagnostic.ts';
import { createLabels, type Labels, printLabels } from '../model/labels.ts';
import { rfc3339Ns } from './rfc3339-ns.ts';

/** One line of a recording: what `cordwood query -o jsonl` and `logcli -o jsonl` write. */
export interface RecordedLine {
  readonly timestampNs: bigint;
  readonly labels: Labels;
  readonly line: string;
}

/** Longer recordings do not fit into memory with the store beside them. */
const linesMax = 5_000_000;

/** Reads a recording, oldest line first. What cannot be read is a diagnostic, the first of which ends the reading. */
export function readRecordedLines(
  text: string,
  file: string,
): { readonly lines: readonly RecordedLine[]; readonly diagnostics: readonly Diagnostic[] } {
  const lines: RecordedLine[] = [];
  const known = new Map<string, Labels>();
  for (const [index, row] of text.split('\n').entries()) {
    if (row.trim() === '') continue;
    const problem = (message: string, hint?: string) => ({
      lines: [],
      diagnostics: [
        { severity: 'error', message, file, line: index + 1, column: 1, ...(hint ? { hint } : {}) } as const,
      ],
    });
    if (lines.length === linesMax) return problem(`more than ${linesMax} lines`, 'replay a shorter time');
    let entry: Record<string, unknown>;
    try {
      entry = JSON.parse(row) as Record<string, unknown>;
    } catch (error) {
      return problem(`no JSON: ${(error as Error).message}`, 'as `cordwood query -o jsonl` writes it');
    }
    const { timestamp, labels, line } = entry ?? {};
    const timestampNs = typeof timestamp === 'string' ? rfc3339Ns(timestamp) : undefined;
    if (timestampNs === undefined || typeof line !== 'string' || typeof labels !== 'object' || labels === null)
      return problem(
        'an entry needs timestamp (RFC 3339), labels (an object) and line',
        'as `cordwood query -o jsonl` writes it',
      );
    const own = createLabels(Object.entries(labels).map(([name, value]) => [name, String(value)] as const));
    const key = printLabels(own);
    const shared = known.get(key) ?? own;
    known.set(key, shared);
    lines.push({ timestampNs, labels: shared, line });
  }
  lines.sort((a, b) => (a.timestampNs < b.timestampNs ? -1 : a.timestampNs > b.timestampNs ? 1 : 0));
  return { lines, diagnostics: [] };
}
