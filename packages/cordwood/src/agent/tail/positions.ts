import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import type { LogMessage } from '../../model/log-message.ts';
import { type Disk, replaceFile } from '../../world/disk.ts';

/**
 * The positions file of a component, in Alloy's format: Alloy reads ours, we read Alloy's.
 *
 *   positions:
 *     ? path: "/var/log/app.log"
 *       labels: "{app=\"a\"}"
 *     : "1234"
 *   # cordwood: {"path":"/var/log/app.log","labels":"{app=\"a\"}","files":[{"device":1,"inode":2,"offset":1234, ...}]}
 *
 * A path and an offset do not say which file is meant once files are rotated. So a comment per path, which Alloy ignores and
 * drops, names the files behind it: the one at the path (last), and before it rotated ones that are not delivered completely.
 */
export interface FilePosition {
  readonly device: number;
  readonly inode: number;
  /** Everything before is delivered. */
  readonly offset: number;
  /** Hash of the first bytes, and how many. */
  readonly signature: Signature;
  /** Wall clock when this was known, milliseconds: of an empty file nothing else tells what came after. */
  readonly seenMs: number;
}

export interface Signature {
  readonly length: number;
  readonly hash: string;
}

/** What is known about one path with one label set. */
export interface StoredPosition {
  readonly path: string;
  /** `{a="1", b="2"}` */
  readonly labels: string;
  /** Offset in the file at the path. A text that is no number is kept: the caller decides what to do about it. */
  readonly offset: string;
  readonly files: readonly FilePosition[];
  /** Of a log that is read by time: the exact time, and how many lines with it are delivered. */
  readonly cursor?: { readonly timeNs: string; readonly count: number };
}

const commentStart = '# cordwood: ';

export function positionKey(path: string, labels: string): string {
  return `${path}\0${labels}`;
}

export function printPositions(positions: Iterable<StoredPosition>): string {
  let text = '';
  let comments = '';
  for (const { path, labels, offset, files, cursor } of positions) {
    text += `  ? path: ${JSON.stringify(path)}\n    labels: ${JSON.stringify(labels)}\n  : ${JSON.stringify(offset)}\n`;
    if (cursor !== undefined) comments += `${commentStart}${JSON.stringify({ path, labels, files, cursor })}\n`;
    else if (files.length > 0) comments += `${commentStart}${JSON.stringify({ path, labels, files })}\n`;
  }
  return text === '' ? 'positions: {}\n' : `positions:\n${text}${comments}`;
}

/** Reads a positions file: Alloy's, ours, or the flat one of Promtail (labels `{}` then). */
export function parsePositions(text: string): { positions: Map<string, StoredPosition> } | { error: string } {
  let document: unknown;
  try {
    document = parseYaml(text, { mapAsMap: true, maxAliasCount: 0 });
  } catch (cause) {
    return { error: (cause as Error).message.split('\n')[0]! };
  }
  const positions = new Map<string, StoredPosition>();
  if (document === null || document === undefined) return { positions };
  const entries = document instanceof Map ? document.get('positions') : undefined;
  if (!(document instanceof Map)) return { error: 'the file is not a mapping' };
  if (entries === null || entries === undefined) return { positions };
  if (!(entries instanceof Map)) return { error: '`positions` is not a mapping' };
  const comments = readComments(text);
  for (const [key, value] of entries) {
    const path = key instanceof Map ? key.get('path') : key;
    const labels = key instanceof Map ? (key.get('labels') ?? '{}') : '{}';
    if (typeof path !== 'string' || typeof labels !== 'string') return { error: 'a key of `positions` has no path' };
    const id = positionKey(path, labels);
    const known = comments.get(id);
    const offset = String(value);
    // The comment belongs to this offset, or somebody else wrote the offset since.
    const current = known?.files.at(-1)?.offset === Number(offset) ? known.files : [];
    const { cursor } = known ?? {};
    positions.set(id, { path, labels, offset, files: current, ...(cursor === undefined ? {} : { cursor }) });
  }
  return { positions };
}

type Comment = Pick<StoredPosition, 'files' | 'cursor'>;

function readComments(text: string): Map<string, Comment> {
  const out = new Map<string, Comment>();
  for (const line of text.split('\n')) {
    if (!line.startsWith(commentStart)) continue;
    try {
      const { path, labels, ...comment } = JSON.parse(line.slice(commentStart.length)) as Comment & {
        path: string;
        labels: string;
      };
      out.set(positionKey(path, labels), comment);
    } catch {
      // A damaged comment costs only the knowledge of rotated files.
    }
  }
  return out;
}

/** How often changed positions are written, at most: what was delivered since is delivered again after a crash. */
const writeIntervalMs = 250;
export const positionsWriteIntervalMs = writeIntervalMs;

/** The file on disk. */
export class PositionsFile {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #path: string;
  readonly #log: LogMessage;
  #written = '';

  constructor(disk: Disk, directory: string, log: LogMessage) {
    this.#disk = disk;
    this.#directory = directory;
    this.#path = join(directory, 'positions.yml');
    this.#log = log;
  }

  /** What is stored; undefined when there is no file yet. Throws when the file cannot be understood. */
  async read(): Promise<Map<string, StoredPosition> | undefined> {
    const bytes = await this.#disk.readFile(this.#path);
    if (bytes === undefined || bytes.length === 0) return undefined;
    const text = Buffer.from(bytes).toString();
    const result = parsePositions(text);
    if ('error' in result) throw new Error(`invalid yaml positions file [${this.#path}]: ${result.error}`);
    this.#written = text;
    return result.positions;
  }

  /** Writes the positions if they changed. A full disk is reported and tried again later: it costs duplicates, not lines. */
  async write(positions: Iterable<StoredPosition>): Promise<void> {
    const text = printPositions(positions);
    if (text === this.#written) return;
    try {
      await this.#disk.createDirectory(this.#directory);
      await replaceFile(this.#disk, this.#path, [Buffer.from(text)]);
      this.#written = text;
    } catch (cause) {
      this.#log('error', 'cannot write positions file', { path: this.#path, error: (cause as Error).message });
    }
  }
}
