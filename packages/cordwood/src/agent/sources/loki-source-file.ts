import { stat } from 'node:fs/promises';
import {
  type ArgumentsOf,
  block,
  blockWithDefaults,
  booleanType,
  durationType,
  enumType,
  listType,
  optional,
  parsedType,
  required,
  schema,
  stringType,
} from '@cordwood/alloy';
import { parseLabels } from '../../extract/labels-parser.ts';
import { every, sleep } from '../../world/clock.ts';
import type { Component, ComponentContext, ComponentDefinition, Problem } from '../component.ts';
import { LabelSet } from '../label-set.ts';
import { Fanout, logsReceiverType } from '../receiver.ts';
import { CompressedReader, type CompressionFormat } from '../tail/compressed-reader.ts';
import { FileTailer, type FileTailerContext } from '../tail/file-tailer.ts';
import { decoderFor, isEncoding } from '../tail/line-decoder.ts';
import {
  PositionsFile,
  parsePositions,
  positionKey,
  positionsWriteIntervalMs,
  type StoredPosition,
} from '../tail/positions.ts';
import { findFile } from '../tail/rotated-files.ts';
import { type Target, targetLabels, targetsType } from '../target.ts';
import { matchTargets } from './local-file-match.ts';

const encodingType = parsedType('encoding', '', (name) =>
  name === '' || isEncoding(name)
    ? { value: name }
    : { error: `failed to get IANA encoding ${name}: unknown encoding` },
);

const argumentSchema = schema({
  attributes: {
    targets: required(targetsType),
    forward_to: required(listType(logsReceiverType)),
    encoding: optional(encodingType, ''),
    tail_from_end: optional(booleanType, false),
    legacy_positions_file: optional(stringType, ''),
    on_positions_file_error: optional(
      enumType('restart_from_beginning', 'restart_from_end', 'skip'),
      'restart_from_beginning',
    ),
  },
  blocks: {
    decompression: block(
      schema({
        attributes: {
          enabled: required(booleanType),
          format: optional(stringType, ''),
          initial_delay: optional(durationType, 0),
        },
        validate(args, report) {
          if (!args.enabled) return;
          if (args.format === 'bz2') report('format', 'bz2 is not supported', 'Cordwood reads gz and z.');
          else if (args.format !== 'gz' && args.format !== 'z') {
            report(
              'format',
              `unsupported compression format: ${JSON.stringify(args.format)} - please use one of "gz", "z", "bz2"`,
            );
          }
        },
      }),
    ),
    file_watch: blockWithDefaults(
      schema({
        attributes: {
          min_poll_frequency: optional(durationType, 250),
          max_poll_frequency: optional(durationType, 250),
        },
        validate(args, report) {
          if (args.min_poll_frequency <= 0) report('min_poll_frequency', 'min_poll_frequency must be greater than 0');
        },
      }),
    ),
    file_match: blockWithDefaults(
      schema({
        attributes: {
          enabled: optional(booleanType, false),
          sync_period: optional(durationType, 10_000),
          ignore_older_than: optional(durationType, 0),
        },
        validate(args, report) {
          if (args.sync_period <= 0) report('sync_period', 'sync_period must be greater than 0');
        },
      }),
    ),
  },
});
type Arguments = ArgumentsOf<typeof argumentSchema>;

/**
 * Tails files. The position of a file advances when its lines are delivered, not when they are read; a stored offset beyond
 * the end of a file means that the file is another one, which is read from its start (Alloy skips what is in it).
 */
export const lokiSourceFile: ComponentDefinition<Arguments> = {
  name: 'loki.source.file',
  stability: 'generally-available',
  schema: argumentSchema,
  exports: [],
  create: (context) => new LokiSourceFile(context),
};

const saveSoonMs = 50;

/** What reads one path with one label set. */
interface Reader {
  start(): void;
  stop(): Promise<void>;
  /** The target is gone. */
  end(): void;
  readonly isDone: boolean;
  stored(): StoredPosition | undefined;
}

class LokiSourceFile implements Component<Arguments> {
  readonly exports = new Map();
  readonly #context: ComponentContext;
  readonly #fanout: Fanout;
  readonly #file: PositionsFile;
  /** By path and labels. */
  readonly #readers = new Map<string, Reader>();
  /** Stored positions of what has no reader (yet). */
  #stored = new Map<string, StoredPosition>();
  #args: Arguments | undefined;
  #opened: Promise<void> | undefined;
  #problem: string | undefined;
  #dirty = false;
  #soon: (() => void) | undefined;
  #stopped = false;
  #stopTimers: (() => void)[] = [];

  constructor(context: ComponentContext) {
    this.#context = context;
    this.#fanout = new Fanout(context.metrics);
    this.#file = new PositionsFile(context.disk, context.dataDirectory, context.log);
  }

  update(args: Arguments): readonly Problem[] | undefined {
    const timing = this.#args?.file_match;
    this.#args = args;
    this.#fanout.set(args.forward_to);
    if (this.#opened === undefined) return undefined;
    if (timing?.enabled !== args.file_match.enabled || timing.sync_period !== args.file_match.sync_period)
      this.#setTimers();
    void this.#sync();
    return undefined;
  }

  start(): void {
    this.#opened = this.#open();
    void this.#opened.then(() => {
      this.#setTimers();
      return this.#sync();
    });
  }

  async #open(): Promise<void> {
    try {
      const stored = await this.#file.read();
      this.#stored = stored ?? (await this.#legacy());
    } catch (cause) {
      // Reading everything again would flood the server with old lines: stand still and say why.
      this.#problem = (cause as Error).message;
      this.#context.log('error', 'cannot read positions file', { error: this.#problem });
    }
  }

  /** Positions of a Promtail, read once, when there are none of our own. */
  async #legacy(): Promise<Map<string, StoredPosition>> {
    const path = this.#args!.legacy_positions_file;
    if (path === '') return new Map();
    const bytes = await this.#context.disk.readFile(path);
    if (bytes === undefined) {
      this.#context.log('info', 'there is no legacy positions file', { path });
      return new Map();
    }
    const result = parsePositions(Buffer.from(bytes).toString());
    if ('error' in result) {
      this.#context.log('info', 'legacy positions file cannot be used', { path, error: result.error });
      return new Map();
    }
    this.#context.log('info', 'took over positions of an earlier agent', { path, files: result.positions.size });
    return result.positions;
  }

  #setTimers(): void {
    for (const stop of this.#stopTimers) stop();
    if (this.#stopped) return;
    this.#stopTimers = [every(this.#context.clock, positionsWriteIntervalMs, () => this.#save())];
    const { file_match: match } = this.#args!;
    if (match.enabled) this.#stopTimers.push(every(this.#context.clock, match.sync_period, () => this.#sync()));
  }

  /** Starts readers for new targets and ends those whose target is gone. */
  async #sync(): Promise<void> {
    await this.#opened;
    if (this.#problem !== undefined || this.#stopped) return;
    const { targets, file_match: match } = this.#args!;
    const now = this.#context.clock.nowNs();
    const files = match.enabled ? await matchTargets(targets, match.ignore_older_than, now) : targets;
    if (this.#stopped) return;
    const wanted = new Set<string>();
    for (const target of files) {
      const path = target.get('__path__');
      if (path === undefined || path === '') continue;
      const key = this.#ensure(path, target);
      wanted.add(key);
    }
    for (const [key, reader] of this.#readers) if (!wanted.has(key)) reader.end();
    await this.#adoptOrphans();
    this.#context.metrics
      .gauge('loki_source_file_files_active_total', 'Number of active files.')
      .set(this.#readers.size);
  }

  #ensure(path: string, target: Target): string {
    const own = targetLabels(target);
    const key = positionKey(path, own.text());
    const existing = this.#readers.get(key);
    if (existing !== undefined && !existing.isDone) return key;
    const stored = this.#stored.get(key) ?? this.#stored.get(positionKey(path, '{}'));
    const start = this.#startOf(stored);
    if (start === undefined) return key;
    this.#stored.delete(key);
    const labels = own.with('filename', path);
    const reader = this.#create(path, labels, own.text(), start);
    this.#readers.set(key, reader);
    reader.start();
    return key;
  }

  /** Where to begin; undefined when the file is to be skipped. */
  #startOf(
    stored: StoredPosition | undefined,
  ): { resume: { files: StoredPosition['files']; offset: number } | undefined; fromEnd: boolean } | undefined {
    const args = this.#args!;
    if (stored === undefined) return { resume: undefined, fromEnd: args.tail_from_end };
    if (/^\d{1,15}$/.test(stored.offset)) {
      return { resume: { files: stored.files, offset: Number(stored.offset) }, fromEnd: false };
    }
    const action = args.on_positions_file_error;
    this.#context.log('error', 'stored position is damaged', {
      path: stored.path,
      position: stored.offset.slice(0, 40),
      action,
    });
    if (action === 'skip') return undefined;
    return { resume: undefined, fromEnd: action === 'restart_from_end' };
  }

  #create(
    path: string,
    labels: LabelSet,
    labelsText: string,
    start: { resume: { files: StoredPosition['files']; offset: number } | undefined; fromEnd: boolean },
  ): Reader {
    const args = this.#args!;
    const { metrics, clock, log } = this.#context;
    const context: FileTailerContext = {
      clock,
      log,
      readBytes: metrics.gauge('loki_source_file_read_bytes_total', 'Number of bytes read.'),
      fileBytes: metrics.gauge('loki_source_file_file_bytes_total', 'Number of bytes total.'),
      readLines: metrics.counter('loki_source_file_read_lines_total', 'Number of lines read.'),
      consume: (entries) => this.#fanout.consume(entries),
      onProgress: () => {
        this.#dirty = true;
      },
      onOpened: () => this.#saveSoon(),
    };
    if (args.decompression?.enabled === true) {
      return new CompressedTail(path, labels, labelsText, start.resume?.offset ?? 0, args, context);
    }
    return new FileTailer(
      {
        path,
        labels,
        labelsText,
        resume: start.resume,
        fromEnd: start.fromEnd,
        encoding: args.encoding,
        minPollMs: args.file_watch.min_poll_frequency,
        maxPollMs: Math.max(args.file_watch.min_poll_frequency, args.file_watch.max_poll_frequency),
      },
      context,
    );
  }

  /** Files that are opened together are written down together. */
  #saveSoon(): void {
    this.#dirty = true;
    this.#soon ??= this.#context.clock.after(saveSoonMs, () => {
      this.#soon = undefined;
      void this.#save();
    });
  }

  /** Writes what is delivered, and forgets readers whose target is gone and whose lines are delivered. */
  async #save(): Promise<void> {
    for (const [key, reader] of this.#readers) {
      if (!reader.isDone) continue;
      this.#readers.delete(key);
      await reader.stop();
      this.#dirty = true;
    }
    if (!this.#dirty) return;
    this.#dirty = false;
    await this.#write();
  }

  /**
   * A log that was rotated away while we did not run, and whose path is empty now: what was not read of it is read from where
   * it is, and its position is forgotten. Positions of paths that are gone altogether are forgotten as well.
   */
  async #adoptOrphans(): Promise<void> {
    for (const [key, stored] of this.#stored) {
      if (this.#readers.has(key) || (await stat(stored.path).catch(() => undefined)) !== undefined) continue;
      this.#stored.delete(key);
      this.#dirty = true;
      const parsed = parseLabels(stored.labels);
      const found = await Promise.all(stored.files.map((position) => findFile(stored.path, position)));
      if (parsed.labels === undefined || found.every((file) => file === undefined)) continue;
      const start = { resume: { files: stored.files, offset: Number(stored.offset) }, fromEnd: false };
      const labels = LabelSet.of(parsed.labels).with('filename', stored.path);
      const reader = this.#create(stored.path, labels, stored.labels, start);
      this.#readers.set(key, reader);
      reader.start();
      reader.end();
    }
  }

  async #write(): Promise<void> {
    const positions = [...this.#stored.values()];
    for (const reader of this.#readers.values()) {
      const stored = reader.stored();
      if (stored !== undefined) positions.push(stored);
    }
    await this.#file.write(positions);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#soon?.();
    for (const stop of this.#stopTimers) stop();
    await this.#opened;
    await Promise.all([...this.#readers.values()].map((reader) => reader.stop()));
  }

  async close(): Promise<void> {
    if (this.#problem === undefined) await this.#write();
  }

  health(): string | undefined {
    return this.#problem;
  }
}

/** Reads one compressed file. */
class CompressedTail implements Reader {
  readonly #path: string;
  readonly #labels: LabelSet;
  readonly #labelsText: string;
  readonly #args: Arguments;
  readonly #context: FileTailerContext;
  readonly #reader: CompressedReader;
  readonly #abort = new AbortController();
  #running: Promise<void> | undefined;
  #failed = false;
  #ended = false;

  constructor(
    path: string,
    labels: LabelSet,
    labelsText: string,
    offset: number,
    args: Arguments,
    context: FileTailerContext,
  ) {
    this.#path = path;
    this.#labels = labels;
    this.#labelsText = labelsText;
    this.#args = args;
    this.#context = context;
    this.#reader = new CompressedReader(path, args.decompression!.format as CompressionFormat, offset);
  }

  start(): void {
    this.#running = this.#run().catch((cause: Error) => {
      this.#failed = true;
      if (!this.#abort.signal.aborted)
        this.#context.log('error', 'cannot read compressed file', { path: this.#path, error: cause.message });
    });
  }

  async #run(): Promise<void> {
    const { clock, readLines, readBytes } = this.#context;
    await sleep(clock, this.#args.decompression!.initial_delay, this.#abort.signal);
    const decoder = decoderFor(this.#args.encoding, new Uint8Array());
    let lastNs = 0n;
    await this.#reader.run(
      decoder,
      async (bytes, offset, receipt) => {
        const now = clock.nowNs();
        const firstNs = now > lastNs ? now : lastNs + 1n;
        const entries = decoder.entries(bytes, offset, this.#labels, firstNs, receipt);
        lastNs = firstNs + BigInt(entries.length);
        readLines.add(entries.length, { path: this.#path });
        readBytes.set(offset + bytes.length, { path: this.#path });
        await this.#context.consume(entries);
      },
      () => this.#context.onProgress(),
      this.#abort.signal,
    );
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  /** A file that was read stays known as long as it is a target, or it would be read again. */
  end(): void {
    this.#ended = true;
  }

  get isDone(): boolean {
    return this.#ended && (this.#failed || this.#reader.isDone);
  }

  stored(): StoredPosition {
    return { path: this.#path, labels: this.#labelsText, offset: String(this.#reader.offset), files: [] };
  }
}
