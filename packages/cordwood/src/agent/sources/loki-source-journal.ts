import { readFile } from 'node:fs/promises';
import {
  type ArgumentsOf,
  block,
  booleanType,
  durationType,
  listType,
  mapType,
  optional,
  required,
  schema,
  stringType,
} from '@cordwood/alloy';
import { every, sleep } from '../../world/clock.ts';
import type { Component, ComponentContext, ComponentDefinition, Problem } from '../component.ts';
import { cursorTimeMicros, type JournalEntry } from '../journal/journal-entry.ts';
import { journalLabels } from '../journal/journal-labels.ts';
import { followJournal } from '../journal/journalctl.ts';
import { jsonText } from '../json-text.ts';
import { LabelSetCache } from '../label-set-cache.ts';
import { LogEntry } from '../log-entry.ts';
import { CountedReceipt } from '../receipt.ts';
import { Fanout, logsReceiverType } from '../receiver.ts';
import { relabelRulesType } from '../relabel-rule.ts';
import { PositionsFile, parsePositions, positionKey, positionsWriteIntervalMs } from '../tail/positions.ts';

const argumentSchema = schema({
  attributes: {
    forward_to: required(listType(logsReceiverType)),
    format_as_json: optional(booleanType, false),
    max_age: optional(durationType, 7 * 3_600_000),
    path: optional(stringType, ''),
    matches: optional(stringType, ''),
    labels: optional(mapType(stringType), new Map()),
    relabel_rules: optional(relabelRulesType, undefined),
  },
  blocks: {
    legacy_position: block(schema({ attributes: { file: required(stringType), name: required(stringType) } })),
  },
  validate(args, report) {
    for (const match of splitMatches(args.matches)) {
      if (!/^[^=]+=/.test(match))
        report('matches', `${JSON.stringify(match)} is no match`, 'Write FIELD=value, several separated by spaces.');
    }
  },
});
type Arguments = ArgumentsOf<typeof argumentSchema>;

/**
 * Reads the machine's journal through journalctl. Goes on after the last entry that was delivered; at first, or when that is
 * older than `max_age`, from `max_age` ago.
 */
export const lokiSourceJournal: ComponentDefinition<Arguments> = {
  name: 'loki.source.journal',
  stability: 'generally-available',
  schema: argumentSchema,
  exports: [],
  create: (context) => new LokiSourceJournal(context),
};

const retryMinMs = 1000;
const retryMaxMs = 30_000;

function splitMatches(text: string): string[] {
  return text.split(/\s+/).filter((match) => match !== '');
}

class LokiSourceJournal implements Component<Arguments> {
  readonly exports = new Map();
  readonly #context: ComponentContext;
  readonly #fanout: Fanout;
  readonly #file: PositionsFile;
  /** Batches that were handed on and are not delivered, oldest first, with the cursor that follows from each. */
  readonly #batches: { readonly receipt: CountedReceipt; readonly cursor: string }[] = [];
  readonly #labelSets = new LabelSetCache();
  #abort = new AbortController();
  #args: Arguments | undefined;
  /** Read so far, and delivered so far. */
  #read = '';
  #delivered = '';
  #running: Promise<void> = Promise.resolve();
  #stopTimer: (() => void) | undefined;
  #problem: string | undefined;
  #started = false;

  constructor(context: ComponentContext) {
    this.#context = context;
    this.#fanout = new Fanout(context.metrics);
    this.#file = new PositionsFile(context.disk, context.dataDirectory, context.log);
  }

  update(args: Arguments): readonly Problem[] | undefined {
    const restarts = this.#args !== undefined && (this.#args.path !== args.path || this.#args.matches !== args.matches);
    this.#args = args;
    this.#fanout.set(args.forward_to);
    if (this.#started && restarts) {
      this.#abort.abort();
      this.#begin();
    }
    return undefined;
  }

  start(): void {
    this.#started = true;
    this.#running = this.#open();
    this.#begin();
    this.#stopTimer = every(this.#context.clock, positionsWriteIntervalMs, () => this.#save());
  }

  get #positionPath(): string {
    return `cursor-${this.#context.id}`;
  }

  async #open(): Promise<void> {
    try {
      const stored = await this.#file.read();
      const cursor =
        stored?.get(positionKey(this.#positionPath, '{}')) ?? stored?.get(positionKey(this.#positionPath, ''));
      this.#delivered = cursor?.offset ?? (await this.#legacyCursor());
      this.#read = this.#delivered;
    } catch (cause) {
      this.#context.log('error', 'cannot read the position in the journal', { error: (cause as Error).message });
    }
  }

  /** What Promtail knew, when it is read for the first time. */
  async #legacyCursor(): Promise<string> {
    const legacy = this.#args!.legacy_position;
    if (legacy === undefined) return '';
    const text = await readFile(legacy.file, 'utf8').catch(() => undefined);
    if (text === undefined) {
      this.#context.log('info', 'there is no legacy positions file', { path: legacy.file });
      return '';
    }
    const parsed = parsePositions(text);
    const positions = 'error' in parsed ? undefined : parsed.positions;
    return positions?.get(positionKey(`cursor-${legacy.name}`, '{}'))?.offset ?? '';
  }

  #begin(): void {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#running = this.#running.then(() => this.#follow(signal));
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { clock, environment, log } = this.#context;
    let retryMs = retryMinMs;
    while (!signal.aborted) {
      const args = this.#args!;
      const before = this.#read;
      const reason = await followJournal({
        directory: args.path,
        matches: splitMatches(args.matches),
        from: this.#from(args),
        path: environment.variable('PATH'),
        signal,
        onEntries: (entries) => this.#handOn(entries),
        onBadLine: () => this.#count('loki_source_journal_target_parsing_errors_total', { error: 'no_entry' }),
        onMessage: (message) => log('warn', 'journalctl', { message }),
      });
      if (signal.aborted) return;
      this.#problem = reason;
      log('error', 'the journal cannot be read, trying again', { error: reason });
      // journalctl refuses a cursor that it does not understand: better some entries twice than none.
      if (/cursor/i.test(reason)) this.#read = '';
      retryMs = this.#read === before ? Math.min(retryMaxMs, retryMs * 2) : retryMinMs;
      await sleep(clock, retryMs, signal);
    }
  }

  #from(args: Arguments): { cursor: string } | { sinceMs: number } {
    const sinceMs = Number(this.#context.clock.nowNs() / 1_000_000n) - args.max_age;
    if (this.#read === '') return { sinceMs };
    const micros = cursorTimeMicros(this.#read);
    return micros !== undefined && micros < BigInt(sinceMs) * 1000n ? { sinceMs } : { cursor: this.#read };
  }

  async #handOn(journal: readonly JournalEntry[]): Promise<void> {
    this.#problem = undefined;
    const receipt = new CountedReceipt(0, journal.length, () => this.#settle());
    const entries: LogEntry[] = [];
    for (const [i, entry] of journal.entries()) {
      const made = this.#entry(entry, receipt);
      if (made === undefined) continue;
      made.offset = i;
      entries.push(made);
    }
    const { cursor } = journal.at(-1)!;
    this.#read = cursor;
    this.#batches.push({ receipt, cursor });
    await this.#fanout.consume(entries);
    receipt.release(0);
  }

  #settle(): void {
    while (this.#batches[0]?.receipt.isComplete) this.#delivered = this.#batches.shift()!.cursor;
  }

  /** Undefined for what has no message, or no labels after the rules. */
  #entry({ fields, timestampNs }: JournalEntry, receipt: CountedReceipt): LogEntry | undefined {
    const line = this.#args!.format_as_json ? jsonText(Object.fromEntries([...fields].sort())) : fields.get('MESSAGE');
    if (line === undefined) {
      this.#count('loki_source_journal_target_parsing_errors_total', { error: 'no_message' });
      return undefined;
    }
    const { labels: fixed, relabel_rules: rules } = this.#args!;
    const labels = journalLabels(fields, fixed, rules, this.#context.id);
    if (labels === undefined) {
      this.#count('loki_source_journal_target_parsing_errors_total', { error: 'empty_labels' });
      return undefined;
    }
    this.#count('loki_source_journal_target_lines_total');
    return LogEntry.ofText(this.#labelSets.get(labels), timestampNs, receipt, line);
  }

  #count(name: string, labels: Readonly<Record<string, string>> = {}): void {
    const help = name.endsWith('lines_total')
      ? 'Total number of successful journal lines read'
      : 'Total number of parsing errors while reading journal messages';
    this.#context.metrics.counter(name, help).add(1, labels);
  }

  async #save(): Promise<void> {
    if (this.#delivered === '') return;
    await this.#file.write([{ path: this.#positionPath, labels: '', offset: this.#delivered, files: [] }]);
  }

  async stop(): Promise<void> {
    this.#stopTimer?.();
    this.#abort.abort();
    await this.#running;
  }

  async close(): Promise<void> {
    await this.#save();
  }

  health(): string | undefined {
    return this.#problem;
  }
}
