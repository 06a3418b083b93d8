import { printLabels } from '../../model/labels.ts';
import type { QueryResult } from '../request.ts';

/**
 * Everything of an answer that a client sees, as text: equal texts are equal answers. Numbers to twelve digits: sums of fractions
 * depend on their order in the last ones.
 */
export function printAnswer(result: QueryResult): string {
  const lines: string[] = [`${result.kind} ${result.warnings.join(', ')}`];
  switch (result.kind) {
    case 'streams':
      for (const { labels, entries } of result.streams) {
        lines.push(printLabels(labels));
        for (const { timestampNs, line, structuredMetadata, parsed } of entries)
          lines.push(`  ${timestampNs} ${line} ${printLabels(structuredMetadata)} ${printLabels(parsed)}`);
      }
      break;
    case 'matrix':
      for (const { labels, timestampsMs, values } of result.series) {
        lines.push(printLabels(labels));
        for (const [i, value] of values.entries()) lines.push(`  ${timestampsMs[i]} ${digits(value)}`);
      }
      break;
    case 'vector':
      for (const { labels, timestampMs, value } of result.samples)
        lines.push(`${printLabels(labels)} ${timestampMs} ${digits(value)}`);
      break;
    case 'scalar':
      lines.push(digits(result.value));
  }
  return lines.join('\n');
}

function digits(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(12))) : String(value);
}
