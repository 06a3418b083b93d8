import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { printBinaryByteSize } from '../../extract/byte-size.ts';
import type { ChunkReport, FolderReport, SegmentReport, TenantReport } from '../../store/inspect-folder.ts';
import { systemDisk } from '../../world/system-disk.ts';
import { defineCommand, exitCode, UsageError } from '../command.ts';
import { ConfigError } from '../config-error.ts';
import type { Terminal } from '../terminal.ts';
import { printTimeNs } from '../time-options.ts';

export const inspect = defineCommand({
  name: 'inspect',
  summary: 'Look inside a data folder: WAL, tenants, chunks. Never writes.',
  operands: '[DIR]',
  operandCount: [0, 1],
  describe:
    'DIR is the data folder (--data, common.path_prefix; ./data by default). Works beside a running server. Ends with 1 when something is damaged, and says which file, where.',
  options: {
    tenant: { type: 'string', value: 'ID', short: 't', describe: 'only the chunks of this tenant' },
    chunks: { type: 'boolean', describe: 'every chunk with its streams and sections' },
    verify: { type: 'boolean', describe: 'read every byte: all checksums, and every line put together again' },
    format: { type: 'string', value: 'FORM', short: 'f', default: 'text', describe: 'text or json' },
  },
  examples: [
    ['cordwood inspect ./data', 'what there is, by tenant'],
    ['cordwood inspect ./data --verify', 'is every byte as it was written?'],
    ['cordwood inspect ./data -t greenlang-prod --chunks', 'what a chunk holds and how well it packs'],
    [`cordwood inspect ./data --format json | jq '.tenants[] | [.tenant, .entries]'`, 'for a program'],
  ],
  async run({ options, positionals, terminal }) {
    const { format } = options;
    if (format !== 'text' && format !== 'json') throw new UsageError(`--format is text or json, not '${format}'`);
    const { inspectFolder } = await import('../../store/inspect-folder.ts');
    const directory = storeFolder(positionals[0] ?? 'data');
    const report = await inspectFolder({
      disk: systemDisk,
      directory,
      tenant: options.tenant,
      verify: options.verify === true,
      ...(terminal.interactive ? { progress: (path) => terminal.note(terminal.style('dim', path)) } : {}),
    });
    if (format === 'json') await terminal.out(`${JSON.stringify(report, (_, value) => jsonValue(value), 2)}\n`);
    else await terminal.out(textOf(report, options.chunks === true, terminal));
    for (const { path, code, message, offset } of report.problems) {
      const place = offset === undefined ? path : `${path}, offset ${offset}`;
      terminal.note(`${terminal.style('red', `error: ${code}`)} ${message} (${place})`);
    }
    return report.problems.length === 0 ? exitCode.ok : exitCode.failed;
  },
});

function storeFolder(directory: string): string {
  for (const folder of [join(directory, 'store'), directory]) if (existsSync(join(folder, 'FORMAT'))) return folder;
  // A FORMAT that was lost is damage to be reported, not a reason to see nothing.
  for (const folder of [join(directory, 'store'), directory]) if (existsSync(join(folder, 'tenants'))) return folder;
  throw new ConfigError(`${directory}: this is no data folder of Cordwood. 'cordwood inspect DIR' names it.`);
}

function jsonValue(value: unknown): unknown {
  return typeof value === 'bigint' ? printTimeNs(value) : value;
}

function textOf(report: FolderReport, withChunks: boolean, terminal: Terminal): string {
  const { directory, format, bucketFolder, wal, tenants } = report;
  const lines = [
    terminal.styleOut('bold', directory),
    `  ${format === undefined ? 'FORMAT is missing or damaged' : `format ${format}`}`,
  ];
  if (bucketFolder !== undefined) lines.push(`  publishes to a bucket, as folder ${bucketFolder}`);
  lines.push('', terminal.styleOut('bold', `WAL: ${wal.length} segments`), ...wal.map(segmentText));
  lines.push('', terminal.styleOut('bold', `Tenants: ${tenants.length}`));
  for (const tenant of tenants) {
    lines.push(...tenantText(tenant));
    if (withChunks) lines.push(...tenant.chunks.flatMap(chunkText));
  }
  return `${lines.join('\n')}\n`;
}

function segmentText({ path, bytes, records, entries, tornBytes, tenants }: SegmentReport): string {
  const by = Object.entries(tenants).map(([tenant, count]) => `${tenant} ${count}`);
  const torn = tornBytes > 0 ? `, ${tornBytes} bytes at the end are no whole record` : '';
  return `  ${path}: ${printBinaryByteSize(bytes)}, ${records} records, ${entries} entries${torn}${by.length > 0 ? ` (${by.join(', ')})` : ''}`;
}

function tenantText({ tenant, entries, lineBytes, fileBytes, chunks, unlisted }: TenantReport): string[] {
  const size = `${printBinaryByteSize(lineBytes)} of lines in ${printBinaryByteSize(fileBytes)}${ratioText(lineBytes, fileBytes)}`;
  const remote = chunks.filter(({ isLocal }) => !isLocal).length;
  const lines = [`  ${tenant}: ${entries} entries, ${size}, ${chunks.length} chunks`];
  if (chunks.length > 0) {
    const first = chunks.reduce((least, { firstNs }) => (firstNs < least ? firstNs : least), chunks[0]!.firstNs);
    const last = chunks.reduce((most, { lastNs }) => (lastNs > most ? lastNs : most), chunks[0]!.lastNs);
    lines.push(`    ${printTimeNs(first)} to ${printTimeNs(last)}`);
  }
  if (remote > 0) lines.push(`    ${remote} chunks are only in the bucket`);
  if (unlisted.length > 0) lines.push(`    not in the manifest, removed by the next start: ${unlisted.join(', ')}`);
  return lines;
}

function chunkText({ id, firstNs, lastNs, entries, lineBytes, fileBytes, level, content }: ChunkReport): string[] {
  const size = `${printBinaryByteSize(lineBytes)} in ${printBinaryByteSize(fileBytes)}${ratioText(lineBytes, fileBytes)}`;
  const lines = [
    `    chunk ${id}: ${entries} entries, ${size}, ${printTimeNs(firstNs)} to ${printTimeNs(lastNs)}, level ${level}`,
  ];
  if (content === undefined) return lines;
  for (const { labels, entries: rows, lineBytes: bytes } of content.streams) {
    lines.push(`      ${labels}: ${rows} entries, ${printBinaryByteSize(bytes)}`);
  }
  for (const { kind, name, packedBytes, rawBytes } of content.sections) {
    const packed = `${printBinaryByteSize(packedBytes)} of ${printBinaryByteSize(rawBytes)}`;
    lines.push(`      ${[kind, name].filter((part) => part !== '').join(' ')}: ${packed}`);
  }
  return lines;
}

function ratioText(lineBytes: number, fileBytes: number): string {
  return fileBytes === 0 ? '' : ` (${(lineBytes / fileBytes).toFixed(1)} to 1)`;
}
