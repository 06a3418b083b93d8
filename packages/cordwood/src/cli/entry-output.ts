import type { StreamResult } from '../client/loki-client.ts';
import { createLabels, printLabels } from '../model/labels.ts';
import { UsageError } from './command.ts';
import type { Terminal } from './terminal.ts';
import { printTimeNs } from './time-options.ts';

export interface PrintableEntry {
  readonly timestampNs: bigint;
  readonly labels: Readonly<Record<string, string>>;
  readonly line: string;
}

export const entryOutputs = ['default', 'raw', 'jsonl'] as const;
export type EntryOutput = (typeof entryOutputs)[number];

export function parseEntryOutput(text: string): EntryOutput {
  const found = entryOutputs.find((output) => output === text);
  if (found === undefined) throw new UsageError(`--output must be one of ${entryOutputs.join(', ')}, not '${text}'`);
  return found;
}

/** The streams of an answer as one list in the order of time. Equal timestamps keep the order of the answer. */
export function flattenStreams(streams: readonly StreamResult[], direction: 'forward' | 'backward'): PrintableEntry[] {
  const entries = streams.flatMap(({ stream, values }) =>
    values.map(([timestamp, line]) => ({ timestampNs: BigInt(timestamp), labels: stream, line })),
  );
  const sign = direction === 'forward' ? 1 : -1;
  return entries.sort((a, b) => (a.timestampNs === b.timestampNs ? 0 : a.timestampNs < b.timestampNs ? -sign : sign));
}

const levelStyles = {
  error: 'red',
  critical: 'red',
  fatal: 'red',
  warn: 'yellow',
  warning: 'yellow',
  info: 'green',
  debug: 'dim',
  trace: 'dim',
} as const;

/** One entry as a line of output. `hidden` labels are those that all entries share and that were printed once. */
export function renderEntry(
  entry: PrintableEntry,
  output: EntryOutput,
  hidden: ReadonlySet<string>,
  terminal: Terminal,
): string {
  switch (output) {
    case 'raw':
      return `${entry.line}\n`;
    case 'jsonl':
      return `${JSON.stringify({ labels: entry.labels, line: entry.line, timestamp: printTimeNs(entry.timestampNs) })}\n`;
    case 'default': {
      const labels = createLabels(Object.entries(entry.labels).filter(([name]) => !hidden.has(name)));
      const level = (entry.labels['detected_level'] ?? entry.labels['level'] ?? '').toLowerCase();
      const style = levelStyles[level as keyof typeof levelStyles];
      const time = printTimeNs(entry.timestampNs);
      const shown = terminal.styleOut('dim', `${time} ${printLabels(labels)}`);
      return `${shown} ${style === undefined || style === 'dim' ? entry.line : terminal.styleOut(style, entry.line)}\n`;
    }
  }
}

/** Labels with one value in all streams, which need not stand on every line. */
export function commonLabels(streams: readonly Readonly<Record<string, string>>[]): Map<string, string> {
  const [first, ...rest] = streams;
  return new Map(Object.entries(first ?? {}).filter(([name, value]) => rest.every((labels) => labels[name] === value)));
}
