/**
 * Follows one path. The file at the path (the current one) is read as it grows; when it is rotated away, it is read to its end
 * under whatever name it has now (a trailing file), and the files that came and went in between are read before the new one.
 *
 * Positions are what was delivered, not what was read: `stored()` names each file that is not delivered completely, so that a
 * restart finds them again, also under their rotated names.
 */
import { type FileHandle, open, stat } from 'node:fs/promises';
import type { LogMessage } from '../../model/log-message.ts';
import { type Clock, sleep } from '../../world/clock.ts';
import type { LabelSet } from '../label-set.ts';
import type { LogEntry } from '../log-entry.ts';
import type { Metric } from '../metrics.ts';
import { FileReader } from './file-reader.ts';
import { decoderFor, type LineDecoder } from './line-decoder.ts';
import type { FilePosition, StoredPosition } from './positions.ts';
import { fileKey, findCopy, findFile, openFound, type RotatedFile, rotatedFiles } from './rotated-files.ts';
import { readSignature } from './signature.ts';

export interface FileTailerOptions {
  readonly path: string;
  /** Of the entries, `filename` included. */
  readonly labels: LabelSet;
  /** As the positions file has it. */
  readonly labelsText: string;
  /** Where an earlier run stopped: files, oldest first, the last one at the path. Without identity an offset at the path. */
  readonly resume: { readonly files: readonly FilePosition[]; readonly offset: number } | undefined;
  readonly fromEnd: boolean;
  readonly encoding: string;
  readonly minPollMs: number;
  readonly maxPollMs: number;
}

export interface FileTailerContext {
  readonly clock: Clock;
  readonly log: LogMessage;
  readonly readBytes: Metric;
  readonly fileBytes: Metric;
  readonly readLines: Metric;
  /** Takes entries; resolves when it takes more. */
  consume(entries: readonly LogEntry[]): Promise<void>;
  /** Something was delivered. */
  onProgress(): void;
  /** A file was opened that nothing is stored about. If it is rotated before that changes, a restart does not find it. */
  onOpened(): void;
}

/** A rotated file may get more lines until its writer has opened the new one. */
const trailingIdleMs = 5000;
/** Files that are read behind the current one at a time. */
const trailingMax = 64;
/** Files that are remembered, so that none is read twice. */
const seenMax = 1000;

interface Trailing {
  readonly reader: FileReader;
  ended: boolean;
}

export class FileTailer {
  readonly #options: FileTailerOptions;
  readonly #context: FileTailerContext;
  readonly #abort = new AbortController();
  readonly #trailing: Trailing[] = [];
  #current: FileReader | undefined;
  #lastNs = 0n;
  #running: Promise<void> | undefined;
  #ending = false;
  #missing = false;
  /** After the first file: when the last one that we know of was written to. Files that are newer come before the present one. */
  #afterMs: number | undefined;
  /** Files that were opened, by their keys. */
  readonly #seen = new Set<string>();
  /** Unreadable path, said once. */
  #complained = false;
  /** Resume information that is not yet applied. */
  #resume: FileTailerOptions['resume'];
  #drained = false;

  constructor(options: FileTailerOptions, context: FileTailerContext) {
    this.#options = options;
    this.#context = context;
    this.#resume = options.resume;
  }

  start(): void {
    this.#running = this.#run().catch((cause: unknown) => {
      this.#context.log('error', 'tailing stopped', { path: this.#options.path, error: String(cause) });
    });
  }

  /** Stops reading; files stay known through `stored()`. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#running;
    await Promise.all(
      [this.#current, ...this.#trailing.map((trailing) => trailing.reader)].map((reader) => reader?.close()),
    );
  }

  /** The target is gone: reads to the end of what is there, then stops by itself. */
  end(): void {
    this.#ending = true;
  }

  /** After `end`: has everything been read and delivered? */
  get isDone(): boolean {
    return (
      this.#drained && (this.#current?.isDelivered ?? true) && this.#trailing.every(({ reader }) => reader.isDelivered)
    );
  }

  /** For the positions file; undefined before anything is known. */
  stored(): StoredPosition | undefined {
    const { path, labelsText: labels } = this.#options;
    if (this.#resume !== undefined && this.#current === undefined) {
      return { path, labels, offset: String(this.#resume.offset), files: this.#resume.files };
    }
    const nowMs = this.#wallMs();
    const files = this.#trailing.map(({ reader }) => reader.position(nowMs));
    if (this.#current !== undefined) files.push(this.#current.position(nowMs));
    const last = files.at(-1);
    return last && { path, labels, offset: String(last.offset), files };
  }

  #wallMs(): number {
    return Number(this.#context.clock.nowNs() / 1_000_000n);
  }

  async #run(): Promise<void> {
    await this.#open();
    let pollMs = this.#options.minPollMs;
    while (!this.#abort.signal.aborted) {
      if (await this.#step()) {
        pollMs = this.#options.minPollMs;
        continue;
      }
      if (this.#ending && this.#trailing.every((trailing) => trailing.ended)) break;
      await sleep(this.#context.clock, pollMs, this.#abort.signal);
      pollMs = Math.min(this.#options.maxPollMs, Math.max(1, pollMs * 2));
    }
    if (this.#ending && !this.#abort.signal.aborted) {
      await this.#current?.finish();
      this.#drained = true;
      this.#context.onProgress();
    }
  }

  /** Reads one chunk, of the oldest file that has one: older lines first. Returns whether there may be more at once. */
  async #step(): Promise<boolean> {
    for (const trailing of [...this.#trailing]) if (await this.#readTrailing(trailing)) return true;
    return this.#current === undefined ? this.#open() : this.#readCurrent(this.#current);
  }

  /** Opens the file at the path, first time or again. Returns whether there is one. */
  async #open(): Promise<boolean> {
    const { path } = this.#options;
    const resume = this.#resume;
    try {
      if (resume !== undefined) await this.#openResumed(resume);
      else if (this.#afterMs !== undefined) await this.#openNext(this.#afterMs);
      else {
        // From the end only what was there before us: a file that appears later is new from its first line.
        const fromEnd = this.#options.fromEnd && !this.#missing;
        this.#current = await this.#openPath(fromEnd ? await lastLineStart(path) : 0);
        this.#context.onOpened();
      }
    } catch (cause) {
      this.#complain(cause as NodeJS.ErrnoException);
      return false;
    }
    this.#complained = false;
    return true;
  }

  /**
   * The file that is at the path now, after one that is known, and before it the files that came and went in between. The
   * order matters: a file that is rotated away after it was opened is noticed later, one that is not open yet would be missed.
   */
  async #openNext(afterMs: number): Promise<void> {
    const next = await this.#openPath(0);
    await this.#addBetween(afterMs, next);
    this.#current = next;
    this.#context.onOpened();
  }

  #complain(cause: NodeJS.ErrnoException): void {
    this.#missing = true;
    if (this.#complained) return;
    this.#complained = true;
    const missing = cause.code === 'ENOENT';
    this.#context.log(missing ? 'debug' : 'error', missing ? 'file is not there yet' : 'cannot read file', {
      path: this.#options.path,
      error: cause.message,
    });
  }

  /** Goes on where an earlier run stopped. */
  async #openResumed(resume: NonNullable<FileTailerOptions['resume']>): Promise<void> {
    const { path } = this.#options;
    const { files, offset } = resume;
    if (files.length === 0) {
      // Only an offset is known. A file that is now shorter is another file: it is read from its start (Alloy skips it).
      const { size } = await stat(path);
      this.#current = await this.#openPath(offset > size ? 0 : offset);
      this.#resume = undefined;
      return;
    }
    const opened: FileReader[] = [];
    let afterMs = files.at(-1)!.seenMs;
    try {
      for (const position of files) {
        const reader = await this.#findAgain(position);
        if (reader === undefined) continue;
        opened.push(reader);
        afterMs = (await reader.handle.stat()).mtimeMs;
      }
      const last = opened.at(-1);
      const here = await stat(path).catch(() => undefined);
      const atPath = last !== undefined && here !== undefined && fileKey(here) === last.key;
      if (atPath) opened.pop();
      // An empty file may have been filled, copied and truncated: the same inode, and nothing by which to tell.
      if (atPath && files.at(-1)!.signature.length === 0) await this.#addBetween(files.at(-1)!.seenMs, last);
      this.#trailing.unshift(...opened.map((reader) => ({ reader, ended: false })));
      if (atPath) this.#current = last;
      else this.#afterMs = afterMs;
    } catch (cause) {
      for (const reader of opened) await reader.close();
      throw cause;
    }
    this.#resume = undefined;
  }

  /** The file of a position, under whatever name it has now; or the copy that copytruncate made of it. */
  async #findAgain(position: FilePosition): Promise<FileReader | undefined> {
    const { path } = this.#options;
    for (const find of [findFile, findCopy]) {
      const found = await find(path, position);
      const reader = found && (await this.#openFile(found, position.offset, position));
      if (reader !== undefined) return reader;
    }
    const { inode, offset } = position;
    this.#context.log('warn', 'a rotated file is gone; what was not read of it is lost', { path, inode, offset });
    return undefined;
  }

  /** Files that were rotated away before we ever opened them: not older than the last one we know, and not the present one. */
  async #addBetween(afterMs: number, present: FileReader): Promise<void> {
    for (const file of await rotatedFiles(this.#options.path)) {
      if (file.modifiedMs < afterMs || this.#seen.has(file.key) || file.key === present.key) continue;
      if (this.#trailing.length >= trailingMax) {
        this.#context.log('error', 'too many rotated files at once', { path: this.#options.path, files: trailingMax });
        return;
      }
      const reader = await this.#openFile(file, 0, undefined);
      if (reader !== undefined) this.#trailing.push({ reader, ended: false });
    }
  }

  async #openPath(offset: number): Promise<FileReader> {
    return this.#reader(await open(this.#options.path, 'r'), offset, undefined);
  }

  /** Undefined when the file is gone meanwhile. */
  async #openFile(
    file: RotatedFile,
    offset: number,
    position: FilePosition | undefined,
  ): Promise<FileReader | undefined> {
    const handle = await openFound(this.#options.path, file);
    return handle && this.#reader(handle, offset, position);
  }

  async #reader(handle: FileHandle, offset: number, position: FilePosition | undefined): Promise<FileReader> {
    const stats = await handle.stat();
    const first = Buffer.alloc(4);
    const { bytesRead } = await handle.read(first, 0, 4, 0);
    const decoder = decoderFor(this.#options.encoding, first.subarray(0, bytesRead));
    // Known before the first read: a file that is truncated and filled again before it is told by it.
    const signature = position?.signature ?? (await readSignature(handle));
    const reader: FileReader = new FileReader(
      { handle, key: fileKey(stats), device: stats.dev, inode: stats.ino, offset, signature },
      decoder,
      (bytes, start, receipt) => this.#deliver(reader, decoder, bytes, start, receipt),
      () => this.#context.onProgress(),
    );
    reader.touchedMs = this.#context.clock.monotonicMs();
    this.#seen.add(reader.key);
    if (this.#seen.size > seenMax) this.#seen.delete(this.#seen.values().next().value!);
    return reader;
  }

  async #deliver(
    reader: FileReader,
    decoder: LineDecoder,
    bytes: Buffer,
    start: number,
    receipt: Parameters<LineDecoder['entries']>[4],
  ): Promise<void> {
    // Equal lines of one chunk must differ in time, or a Loki takes them for one.
    const nowNs = this.#context.clock.nowNs();
    const firstNs = nowNs > this.#lastNs ? nowNs : this.#lastNs + 1n;
    const entries = decoder.entries(bytes, start, this.#options.labels, firstNs, receipt);
    this.#lastNs = firstNs + BigInt(entries.length);
    reader.touchedMs = this.#context.clock.monotonicMs();
    const label = { path: this.#options.path };
    this.#context.readLines.add(entries.length, label);
    this.#context.readBytes.set(reader.offset, label);
    await this.#context.consume(entries);
  }

  /** One chunk of the file at the path. Returns whether there may be more at once. */
  async #readCurrent(reader: FileReader): Promise<boolean> {
    const outcome = await reader.read();
    if (outcome === 'read') return true;
    if (outcome === 'replaced') {
      await this.#restart(reader);
      return true;
    }
    if (this.#ending) return false;
    return this.#look(reader);
  }

  /** The file was truncated or rewritten in place: copytruncate left the rest of the old lines in a copy. */
  async #restart(reader: FileReader): Promise<void> {
    const { path } = this.#options;
    const position = { ...reader.position(this.#wallMs()), offset: reader.offset };
    const next = await this.#openPath(0);
    const copy = await findCopy(path, position);
    this.#context.log('info', 'file was truncated', { path, ...(copy ? { copy: copy.path } : {}) });
    // The old reader stays until its lines are delivered; it is not read any more.
    this.#trailing.push({ reader, ended: true });
    this.#current = undefined;
    if (copy !== undefined) {
      const rest = await this.#openFile(copy, reader.offset, position);
      if (rest !== undefined) this.#trailing.push({ reader: rest, ended: false });
      // Between two looks there may have been more than one turn.
      await this.#addBetween(copy.modifiedMs, next);
    }
    this.#current = next;
    this.#context.onOpened();
  }

  /** Nothing to read: is the file at the path still the one that is open? */
  async #look(reader: FileReader): Promise<boolean> {
    const { path } = this.#options;
    const here = await stat(path).catch(() => undefined);
    if (here !== undefined) this.#context.fileBytes.set(here.size, { path });
    if (here !== undefined && here.ino === reader.inode && here.dev === reader.device) {
      this.#missing = false;
      return false;
    }
    if (here === undefined && !this.#missing) {
      // Between the two steps of a rotation; look once more before believing it.
      this.#missing = true;
      return false;
    }
    this.#afterMs = (await reader.handle.stat()).mtimeMs;
    this.#trailing.push({ reader, ended: false });
    this.#current = undefined;
    return true;
  }

  async #readTrailing(trailing: Trailing): Promise<boolean> {
    const { reader } = trailing;
    if (trailing.ended) {
      if (!reader.isDelivered) return false;
      this.#trailing.splice(this.#trailing.indexOf(trailing), 1);
      await reader.close();
      this.#context.onProgress();
      return false;
    }
    if ((await reader.read()) === 'read') return true;
    const { nlink } = await reader.handle.stat();
    const idleMs = this.#context.clock.monotonicMs() - reader.touchedMs;
    if (nlink > 0 && idleMs < trailingIdleMs && !this.#ending) return false;
    await reader.finish();
    trailing.ended = true;
    return true;
  }
}

/** Offset behind the last newline of a file. */
async function lastLineStart(path: string): Promise<number> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const block = Buffer.alloc(64 * 1024);
    for (let end = size; end > 0; ) {
      const start = Math.max(0, end - block.length);
      const { bytesRead } = await handle.read(block, 0, end - start, start);
      const found = block.subarray(0, bytesRead).lastIndexOf(0x0a);
      if (found >= 0) return start + found + 1;
      end = start;
    }
    return 0;
  } finally {
    await handle.close();
  }
}
