import { labelsObject, printLabels } from '../../model/labels.ts';
import type { ReadEntry } from '../copy/read-stream.ts';
import type { CompareResult, IntervalComparison, LineDifference } from './compare-history.ts';
import { printHash, type Tally } from './tally.ts';

/** Texts of a comparison: for a person, and for a program. `printTime` is how the CLI writes times. */
type PrintTime = (timeNs: bigint) => string;

const lineShownMax = 160;

export function describeComparison({ tenants, differences, equal }: CompareResult, printTime: PrintTime): string {
  const out: string[] = [];
  for (const interval of differences) out.push(...describeInterval(interval, printTime), '');
  for (const tenant of tenants) {
    const { streams, intervals, differentIntervals } = tenant;
    const verdict =
      differentIntervals === 0
        ? 'equal'
        : `DIFFERENT in ${differentIntervals}: ${tenant.missing} missing, ${tenant.extra} extra, ${tenant.changed} changed`;
    out.push(`${tenant.tenant}: ${count(streams, 'stream')}, ${count(intervals, 'interval')}, ${verdict}`);
    out.push(`  from  ${describeTally(tenant.from)}`, `  to    ${describeTally(tenant.to)}`);
  }
  const shown = differences.length;
  const all = tenants.reduce((sum, { differentIntervals }) => sum + differentIntervals, 0);
  if (shown < all) out.push(`the first ${shown} of ${all} different intervals are shown`);
  const entries = tenants.reduce((sum, { from }) => sum + from.entries, 0);
  out.push(equal ? `equal: ${count(entries, 'entry', 'entries')} on both sides` : 'NOT equal');
  return `${out.join('\n')}\n`;
}

function describeInterval({ tenant, labels, span, from, to, ...rest }: IntervalComparison, printTime: PrintTime) {
  const counts = `${count(from.entries, 'entry', 'entries')} here, ${to.entries} there`;
  const head = `${tenant} ${printLabels(labels)}\n  ${printTime(span.startNs)} to ${printTime(span.endNs)}: ${counts}`;
  const lines = rest.lines.flatMap((line) => describeLine(line, printTime));
  const more = rest.missing + rest.extra + rest.changed - rest.lines.length;
  return [head, ...lines, ...(more > 0 ? [`    and ${more} more`] : [])];
}

function describeLine({ kind, timestampNs, from, to }: LineDifference, printTime: PrintTime): string[] {
  const head = `    ${kind.padEnd(7)} ${printTime(timestampNs)}`;
  const rows = [head];
  if (from !== undefined) rows.push(`      - ${describeEntry(from)}`);
  if (to !== undefined) rows.push(`      + ${describeEntry(to)}`);
  return rows;
}

function describeEntry({ line, structuredMetadata }: ReadEntry): string {
  const text = line.length > lineShownMax ? `${line.slice(0, lineShownMax)}… (${line.length} characters)` : line;
  return structuredMetadata.length === 0 ? text : `${text}  ${printLabels(structuredMetadata)}`;
}

function describeTally(tally: Tally): string {
  return `${count(tally.entries, 'entry', 'entries')}, ${tally.bytes} bytes, hash ${printHash(tally)}`;
}

function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount} ${amount === 1 ? one : many}`;
}

export function comparisonDocument({ tenants, differences, equal }: CompareResult): unknown {
  return {
    equal,
    tenants: tenants.map((tenant) => ({ ...tenant, from: tallyDocument(tenant.from), to: tallyDocument(tenant.to) })),
    differences: differences.map(({ labels, span, from, to, lines, ...rest }) => ({
      ...rest,
      labels: labelsObject(labels),
      startNs: String(span.startNs),
      endNs: String(span.endNs),
      from: tallyDocument(from),
      to: tallyDocument(to),
      lines: lines.map(({ kind, timestampNs, from: here, to: there }) => ({
        kind,
        timestampNs: String(timestampNs),
        ...(here === undefined ? {} : { from: entryDocument(here) }),
        ...(there === undefined ? {} : { to: entryDocument(there) }),
      })),
    })),
  };
}

function tallyDocument(tally: Tally): unknown {
  return { entries: tally.entries, bytes: tally.bytes, hash: printHash(tally) };
}

function entryDocument({ line, structuredMetadata }: ReadEntry): unknown {
  return { line, structuredMetadata: labelsObject(structuredMetadata) };
}
