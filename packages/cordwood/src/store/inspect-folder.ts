import { MalformedBytes } from '../codec/byte-reader.ts';
import { checksum } from '../codec/checksum.ts';
import { WorldError } from '../model/failure.ts';
import { printLabels } from '../model/labels.ts';
import type { Disk } from '../world/disk.ts';
import { sectionKinds } from './chunk/chunk-format.ts';
import { ChunkReader, ChunkTable } from './chunk/chunk-reader.ts';
import { timestampOf } from './day-time.ts';
import { folderFormatOf } from './folder-format.ts';
import { type ChunkEntry, chunkFileName, type Manifest, readManifest } from './manifest.ts';
import { StreamRegistry } from './rows/stream-registry.ts';
import { decodeEntriesRecord } from './wal/entries-record.ts';
import { scanSegment } from './wal/wal-format.ts';

/**
 * What is in a data folder, read file by file and without changing anything: also beside a running process, whose WAL then
 * looks torn at its end. What cannot be read is a problem of that file; everything else is still reported.
 */
export interface FolderReport {
  readonly directory: string;
  /** The version that FORMAT names. */
  readonly format: number | undefined;
  /** Set when the folder publishes to a bucket: its id there. */
  readonly bucketFolder: string | undefined;
  readonly wal: readonly SegmentReport[];
  readonly tenants: readonly TenantReport[];
  readonly problems: readonly Problem[];
}

export interface Problem {
  readonly path: string;
  readonly code: string;
  readonly message: string;
  readonly offset: number | undefined;
}

export interface SegmentReport {
  readonly path: string;
  readonly bytes: number;
  readonly records: number;
  readonly entries: number;
  /** An append that was cut off, at the end. */
  readonly tornBytes: number;
  /** Entries by tenant; some may be in chunks already. */
  readonly tenants: Readonly<Record<string, number>>;
}

export interface TenantReport {
  readonly tenant: string;
  readonly directory: string;
  /** Everything up to this sequence is in chunks. */
  readonly sealedSequence: number;
  readonly nextChunkId: number;
  readonly entries: number;
  readonly lineBytes: number;
  readonly fileBytes: number;
  readonly chunks: readonly ChunkReport[];
  /** Files that the manifest does not list; the next start removes them. */
  readonly unlisted: readonly string[];
}

export interface ChunkReport {
  readonly id: number;
  readonly path: string;
  /** False: only the bucket has it. */
  readonly isLocal: boolean;
  readonly firstNs: bigint;
  readonly lastNs: bigint;
  readonly entries: number;
  readonly lineBytes: number;
  readonly fileBytes: number;
  /** 0 as sealed, higher when it was written again. */
  readonly level: number;
  /** Undefined when the file cannot be read. */
  readonly content: ChunkContent | undefined;
}

export interface ChunkContent {
  readonly streams: readonly { readonly labels: string; readonly entries: number; readonly lineBytes: number }[];
  readonly sections: readonly {
    readonly kind: string;
    readonly name: string;
    readonly packedBytes: number;
    readonly rawBytes: number;
  }[];
}

export interface InspectOptions {
  readonly disk: Disk;
  /** The one that holds FORMAT. */
  readonly directory: string;
  /** Only this tenant's chunks. */
  readonly tenant?: string | undefined;
  /** Read every byte: checksums of all sections, and lines put together against the checksum of what was pushed. */
  readonly verify?: boolean;
  /** Told of each file. */
  readonly progress?: (path: string) => void;
}

const kindNames = new Map(Object.entries(sectionKinds).map(([name, kind]) => [kind as number, name]));

export async function inspectFolder(options: InspectOptions): Promise<FolderReport> {
  const { disk, directory } = options;
  const problems: Problem[] = [];
  const file = (name: string) => noting(problems, `${directory}/${name}`, () => disk.readFile(`${directory}/${name}`));
  const format = folderFormatOf((await file('FORMAT')) ?? new Uint8Array(0));
  if (format === undefined) {
    problems.push(
      problemOf(new WorldError('CORRUPT', 'this is not the mark of a Cordwood data folder'), `${directory}/FORMAT`),
    );
  }
  const claim = await file('bucket');
  const wal: SegmentReport[] = [];
  for (const name of await disk.list(`${directory}/wal`)) {
    if (!name.endsWith('.wal')) continue;
    const path = `${directory}/wal/${name}`;
    options.progress?.(path);
    const segment = await noting(problems, path, () => inspectSegment(disk, path, problems));
    if (segment !== undefined) wal.push(segment);
  }
  const tenants: TenantReport[] = [];
  for (const name of await disk.list(`${directory}/tenants`)) {
    const path = `${directory}/tenants/${name}`;
    const manifest = await noting(problems, `${path}/manifest`, () => readManifest(disk, `${path}/manifest`));
    if (manifest === undefined || (options.tenant !== undefined && manifest.tenant !== options.tenant)) continue;
    tenants.push(await inspectTenant(options, path, manifest, claim !== undefined, problems));
  }
  return { directory, format, bucketFolder: claim === undefined ? undefined : folderOf(claim), wal, tenants, problems };
}

async function inspectSegment(disk: Disk, path: string, problems: Problem[]): Promise<SegmentReport> {
  const bytes = (await disk.readFile(path)) ?? new Uint8Array(0);
  const scan = scanSegment(bytes);
  if (scan === undefined) throw new WorldError('CORRUPT', 'the WAL segment has no valid beginning', { path });
  for (const offset of scan.damagedAt) {
    const message = 'damage in the middle of a WAL segment: records there are lost';
    problems.push({ path, code: 'CORRUPT', message, offset });
  }
  const tenants: Record<string, number> = {};
  let entries = 0;
  for (const payload of scan.payloads) {
    await noting(problems, path, async () => {
      const record = decodeEntriesRecord(payload);
      const rows = record.streams.reduce((sum, { rowCount }) => sum + rowCount, 0);
      tenants[record.tenant] = (tenants[record.tenant] ?? 0) + rows;
      entries += rows;
    });
  }
  const { tornBytes } = scan;
  return { path, bytes: bytes.length, records: scan.payloads.length, entries, tornBytes, tenants };
}

async function inspectTenant(
  options: InspectOptions,
  directory: string,
  manifest: Manifest,
  hasBucket: boolean,
  problems: Problem[],
): Promise<TenantReport> {
  const found = new Set(await options.disk.list(`${directory}/chunks`));
  const chunks: ChunkReport[] = [];
  for (const entry of manifest.chunks) {
    const path = `${directory}/chunks/${chunkFileName(entry.id)}`;
    const isLocal = found.delete(chunkFileName(entry.id));
    options.progress?.(path);
    if (!isLocal && !hasBucket) {
      problems.push({
        path,
        code: 'DISK_READ',
        message: 'the manifest lists a chunk that is not there',
        offset: undefined,
      });
    }
    const content = isLocal
      ? await noting(problems, path, () => inspectChunk(options, manifest.tenant, path, entry))
      : undefined;
    chunks.push(chunkReport(entry, path, isLocal, content));
  }
  const sum = (of: (entry: ChunkEntry) => number) => manifest.chunks.reduce((total, entry) => total + of(entry), 0);
  return {
    tenant: manifest.tenant,
    directory,
    sealedSequence: manifest.sealedSequence,
    nextChunkId: manifest.nextChunkId,
    entries: sum(({ rowCount }) => rowCount),
    lineBytes: sum(({ lineBytes }) => lineBytes),
    fileBytes: sum(({ fileBytes }) => fileBytes),
    chunks,
    unlisted: [...found],
  };
}

function chunkReport(
  entry: ChunkEntry,
  path: string,
  isLocal: boolean,
  content: ChunkContent | undefined,
): ChunkReport {
  return {
    id: entry.id,
    path,
    isLocal,
    firstNs: timestampOf(entry.day, entry.minOffset),
    lastNs: timestampOf(entry.day, entry.maxOffset),
    entries: entry.rowCount,
    lineBytes: entry.lineBytes,
    fileBytes: entry.fileBytes,
    level: entry.level,
    content,
  };
}

async function inspectChunk(
  { disk, verify }: InspectOptions,
  tenant: string,
  path: string,
  entry: ChunkEntry,
): Promise<ChunkContent> {
  const reader = await ChunkReader.open(disk, path, tenant, new StreamRegistry());
  try {
    const { footer } = reader;
    if (footer.rowCount !== entry.rowCount || footer.day !== entry.day) {
      throw new WorldError('CORRUPT', 'the chunk is not the one that the manifest lists', { path });
    }
    if (verify === true) verifyChunk(reader);
    return {
      streams: footer.streams.map(({ labels, rowCount, lineBytes }) => ({
        labels: printLabels(labels),
        entries: rowCount,
        lineBytes,
      })),
      sections: footer.sections.map(({ kind, name, packedBytes, rawBytes }) => ({
        kind: kindNames.get(kind) ?? String(kind),
        name,
        packedBytes,
        rawBytes,
      })),
    };
  } finally {
    await reader.close();
  }
}

function verifyChunk(reader: ChunkReader): void {
  for (const section of reader.footer.sections) reader.read(section);
  const table = new ChunkTable(reader);
  const { bytes } = table.lines(Uint32Array.from({ length: table.rowCount }, (_, row) => row));
  if (checksum(bytes) !== reader.footer.linesChecksum) {
    throw new WorldError('CORRUPT', 'the lines are not those that were pushed', { path: reader.path });
  }
}

/** Undefined, and a problem, when it fails for what is on the disk. */
async function noting<Value>(
  problems: Problem[],
  path: string,
  read: () => Promise<Value | undefined>,
): Promise<Value | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof WorldError) && !(error instanceof MalformedBytes)) throw error;
    problems.push(problemOf(error, path));
    return undefined;
  }
}

function problemOf(error: WorldError | MalformedBytes, path: string): Problem {
  const known = error instanceof WorldError;
  return {
    path: known ? (error.path ?? path) : path,
    code: known ? error.code : 'CORRUPT',
    message: error.message.replace(/ \([^()]*\)$/, ''),
    offset: known ? error.offset : undefined,
  };
}

function folderOf(claim: Uint8Array): string {
  const text = Buffer.from(claim).toString();
  return /"folder":"([^"]*)"/.exec(text)?.[1] ?? text;
}
