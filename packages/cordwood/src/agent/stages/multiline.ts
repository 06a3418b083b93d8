import { type ArgumentsOf, booleanType, durationType, integerType, optional, required, schema } from '@cordwood/alloy';
import { regexType } from '../argument-types.ts';
import { PipelineEntry } from '../pipeline-entry.ts';
import { joinReceipts } from '../receipt.ts';
import type { StageContext, StageDefinition } from '../stage.ts';

const argumentSchema = schema({
  attributes: {
    firstline: required(regexType),
    max_lines: optional(integerType, 128),
    max_wait_time: optional(durationType, 3000),
    trim_newlines: optional(booleanType, true),
  },
  validate(args, report) {
    if (args.firstline.source === '')
      report('firstline', 'multiline stage config must define `firstline` regular expression');
    if (args.max_wait_time <= 0) report('max_wait_time', 'max_wait_time must be greater than 0');
    if (args.max_lines < 0) report('max_lines', 'max_lines must not be negative');
  },
});
type Arguments = ArgumentsOf<typeof argumentSchema>;

/**
 * Joins lines to blocks, per label set: a block begins with a line that matches `firstline` and ends before the next one,
 * after `max_lines`, or when nothing came for `max_wait_time`. It has labels, time, metadata and extracted values of its start
 * line. Lines before the first start line pass one by one.
 */
export const multiline: StageDefinition<Arguments> = {
  name: 'multiline',
  schema: argumentSchema,
  create(args, context) {
    const blocks = new Map<string, Block>();
    return {
      process(entries) {
        const out: PipelineEntry[] = [];
        for (const entry of entries) {
          const key = entry.labels.text();
          let block = blocks.get(key);
          if (args.firstline.test(entry.text)) {
            if (block !== undefined) out.push(...block.flush());
            else {
              // Forgetting an idle stream costs its late continuation lines their start line, no more.
              if (blocks.size >= streamsMax) for (const [other, { isIdle }] of blocks) if (isIdle) blocks.delete(other);
              block = new Block(args, context);
              blocks.set(key, block);
            }
            block.start = entry;
          } else if (block === undefined) {
            out.push(entry);
            continue;
          }
          block.add(entry);
          if (block.isFull) out.push(...block.flush());
        }
        return out;
      },
      flush: () => [...blocks.values()].flatMap((block) => block.flush()),
      close() {
        for (const block of blocks.values()) block.close();
      },
    };
  },
};

/** Bytes of one block: one that never ends must not fill the memory. */
const blockBytesMax = 16 * 1024 * 1024;
/** Streams whose start line is remembered for late continuation lines. */
const streamsMax = 10_000;

class Block {
  /** Gives labels and time to this block and to its continuations. */
  start: PipelineEntry | undefined;
  readonly #args: Arguments;
  readonly #context: StageContext;
  #lines: PipelineEntry[] = [];
  #texts: string[] = [];
  #bytes = 0;
  #touchedMs = 0;
  #cancel: (() => void) | undefined;

  constructor(args: Arguments, context: StageContext) {
    this.#args = args;
    this.#context = context;
  }

  get isIdle(): boolean {
    return this.#lines.length === 0;
  }

  get isFull(): boolean {
    const { max_lines: linesMax } = this.#args;
    return (linesMax > 0 && this.#lines.length >= linesMax) || this.#bytes >= blockBytesMax;
  }

  add(entry: PipelineEntry): void {
    entry.receipt.hold(entry.offset);
    this.#lines.push(entry);
    this.#texts.push(this.#args.trim_newlines ? entry.text.replace(/[\r\n]+$/, '') : entry.text);
    this.#bytes += entry.text.length;
    this.#touchedMs = this.#context.clock.monotonicMs();
    if (this.#cancel === undefined) this.#wait(this.#args.max_wait_time);
  }

  /** One timer per block: it looks at the time of the last line instead of being set again for each line. */
  #wait(delayMs: number): void {
    this.#cancel = this.#context.clock.after(delayMs, () => {
      this.#cancel = undefined;
      if (this.isIdle) return;
      const leftMs = this.#touchedMs + this.#args.max_wait_time - this.#context.clock.monotonicMs();
      if (leftMs > 0) this.#wait(leftMs);
      else this.#context.later(this.flush());
    });
  }

  /** The block as one entry, if there are lines. */
  flush(): PipelineEntry[] {
    if (this.isIdle) return [];
    const merged = new PipelineEntry(this.start!, this.start!.extracted.copy());
    merged.setText(this.#texts.join('\n'));
    const { receipt, offset } = joinReceipts(this.#lines);
    merged.receipt = receipt;
    merged.offset = offset;
    for (const line of this.#lines) this.#context.releaseAfter(line);
    this.#lines = [];
    this.#texts = [];
    this.#bytes = 0;
    return [merged];
  }

  close(): void {
    this.#cancel?.();
  }
}
