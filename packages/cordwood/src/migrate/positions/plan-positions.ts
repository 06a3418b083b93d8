/**
 * Where Alloy is to go on reading. Promtail keeps one file with `path -> offset`; Alloy keeps one per component, by path and
 * labels, and takes a legacy file over only when its own is absent. It then believes every offset, so three cases lose lines
 * or send them twice: a file that was replaced since (Alloy goes on at its end), an offset that nothing reads any more, and a
 * journal, whose cursor needs a block of its own. The plan looks at each file on disk and says what will happen, before
 * anything is written.
 */
import { join } from 'node:path';
import { type File, parse, type SourceFile } from '@cordwood/alloy';
import { parsePositions, positionKey, printPositions, type StoredPosition } from '../../agent/tail/positions.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Disk } from '../../world/disk.ts';
import { blockId, type FileSource, fileSources } from './path-patterns.ts';

export interface PositionsPlan {
  readonly paths: readonly PlannedPath[];
  readonly cursors: readonly PlannedCursor[];
  /** Files to write, one per component that has something to carry over. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

export interface PlannedPath {
  readonly path: string;
  readonly offset: string;
  /** Components that will read it; none is a gap. */
  readonly components: readonly string[];
  readonly outcome: Outcome;
  /** Where reading goes on; undefined when there is nothing to read or nobody reads. */
  readonly resume: number | undefined;
  /** Bytes that are waiting behind it. */
  readonly pendingBytes: number;
}

export type Outcome = 'resume' | 'at end' | 'from start' | 'kept' | 'gone' | 'nobody reads' | 'damaged';

/** What each outcome means, for reports. */
export const outcomeTexts: Readonly<Record<Outcome, string>> = {
  resume: 'goes on at the offset',
  'at end': 'everything was sent; goes on with new lines',
  'from start': 'the file was replaced since: read from its start, so that nothing is skipped',
  kept: 'the component has a position of its own already, which stays',
  gone: 'there is no such file any more: nothing to go on with',
  'nobody reads': 'no loki.source.file reads this path: lines after the offset will be missing',
  damaged: 'the offset is no number: read from the start',
};

/** A journal position: Alloy takes it over through a `legacy_position` block. */
export interface PlannedCursor {
  readonly job: string;
  /** Journal components that name it in `legacy_position`. */
  readonly components: readonly string[];
}

/** Does the plan lose lines? */
export function planHasGap(plan: PositionsPlan): boolean {
  return (
    plan.paths.some(({ outcome }) => outcome === 'nobody reads') ||
    plan.cursors.some(({ components }) => components.length === 0)
  );
}

export interface PlanPositionsOptions {
  readonly positions: SourceFile;
  readonly config: SourceFile;
  /** Alloy's `--storage.path`. */
  readonly storagePath: string;
  readonly disk: Disk;
}

export async function planPositions(
  options: PlanPositionsOptions,
): Promise<{ plan: PositionsPlan } | { diagnostics: readonly Diagnostic[] }> {
  const parsed = parse(options.config);
  if (parsed.diagnostics.length > 0) return { diagnostics: parsed.diagnostics };
  const legacy = parsePositions(options.positions.text);
  if ('error' in legacy) {
    const message = `this is no positions file: ${legacy.error}`;
    return { diagnostics: [{ severity: 'error', message, file: options.positions.name, line: 1, column: 1 }] };
  }
  const sources = fileSources(parsed.file);
  const own = await ownPositions(sources, options);
  const paths: PlannedPath[] = [];
  for (const stored of legacy.positions.values()) {
    if (!isCursor(stored.path)) paths.push(await planPath(stored, sources, own, options.disk));
  }
  const cursors = [...legacy.positions.values()].filter(({ path }) => isCursor(path));
  const plan: PositionsPlan = {
    paths,
    cursors: cursors.map(({ path }) => planCursor(path.slice(cursorPrefix.length), parsed.file)),
    files: sources.flatMap(({ id }) => fileOf(id, paths, own.get(id)!, options.storagePath)),
  };
  return { plan };
}

const cursorPrefix = 'cursor-';
const isCursor = (path: string) => path.startsWith(cursorPrefix);

type Positions = ReadonlyMap<string, StoredPosition>;

/** What each component has written already: Alloy then does not look at the legacy file any more. */
async function ownPositions(
  sources: readonly FileSource[],
  { disk, storagePath }: PlanPositionsOptions,
): Promise<ReadonlyMap<string, Positions>> {
  const out = new Map<string, Positions>();
  for (const { id } of sources) {
    const bytes = await disk.readFile(positionsPath(storagePath, id));
    const read = bytes === undefined ? undefined : parsePositions(Buffer.from(bytes).toString());
    out.set(id, read !== undefined && 'positions' in read ? read.positions : new Map());
  }
  return out;
}

function positionsPath(storagePath: string, id: string): string {
  return join(storagePath, id, 'positions.yml');
}

async function planPath(
  stored: StoredPosition,
  sources: readonly FileSource[],
  own: ReadonlyMap<string, Positions>,
  disk: Disk,
): Promise<PlannedPath> {
  const { path, offset } = stored;
  const components = sources.filter((source) => source.mayRead(path)).map(({ id }) => id);
  const planned = (outcome: Outcome, resume?: number, pendingBytes = 0): PlannedPath => {
    return { path, offset, components, outcome, resume, pendingBytes };
  };
  const sizeBytes = await disk.size(path);
  if (sizeBytes === undefined) return planned('gone');
  if (components.length === 0) return planned('nobody reads', undefined, sizeBytes);
  const holds = (id: string) => [...own.get(id)!.values()].some((position) => position.path === path);
  if (components.every(holds)) return planned('kept');
  if (!/^\d{1,15}$/.test(offset)) return planned('damaged', 0, sizeBytes);
  const at = Number(offset);
  const compressed = /\.(gz|z|bz2)$/.test(path);
  // Offsets in a compressed file count unpacked bytes, so its size says nothing about them.
  if (compressed) return planned('resume', at);
  if (at > sizeBytes || !(await isLineStart(disk, path, at))) return planned('from start', 0, sizeBytes);
  return at === sizeBytes ? planned('at end', at) : planned('resume', at, sizeBytes - at);
}

/** A position is always behind a newline (in UTF-16 with its second byte); elsewhere it belongs to another file. */
async function isLineStart(disk: Disk, path: string, offset: number): Promise<boolean> {
  if (offset === 0) return true;
  const file = await disk.openRead(path);
  try {
    const length = Math.min(2, offset);
    const bytes = await file.read(offset - length, length);
    return bytes.at(-1) === 0x0a || (bytes.at(-1) === 0 && bytes.at(-2) === 0x0a);
  } finally {
    await file.close();
  }
}

function planCursor(job: string, file: File): PlannedCursor {
  const components = file.body.flatMap((statement) => {
    if (statement.kind !== 'block' || statement.name.map(({ name }) => name).join('.') !== 'loki.source.journal')
      return [];
    const { text } = file.source;
    const names = statement.body.some(
      (inner) =>
        inner.kind === 'block' &&
        inner.name[0]!.name === 'legacy_position' &&
        text.slice(inner.start, inner.end).includes(JSON.stringify(job)),
    );
    return names ? [blockId(statement)] : [];
  });
  return { job, components };
}

function fileOf(
  id: string,
  paths: readonly PlannedPath[],
  own: Positions,
  storagePath: string,
): { path: string; text: string }[] {
  const carried = paths.filter(({ components, resume }) => resume !== undefined && components.includes(id));
  const known = new Set([...own.values()].map(({ path }) => path));
  const added = carried.filter(({ path }) => !known.has(path));
  if (added.length === 0) return [];
  const positions = new Map(own);
  for (const { path, resume } of added) {
    // Without labels: the component takes them for every label set that it meets at this path.
    positions.set(positionKey(path, '{}'), { path, labels: '{}', offset: String(resume), files: [] });
  }
  return [{ path: positionsPath(storagePath, id), text: printPositions(positions.values()) }];
}
