import { type ArgumentsOf, booleanType, integerType, optional, schema } from '@cordwood/alloy';
import type { LazyFields } from '../extracted.ts';
import type { LabelSet } from '../label-set.ts';
import { decodeLine, encodeLine } from '../log-entry.ts';
import type { PipelineEntry } from '../pipeline-entry.ts';
import { joinReceipts } from '../receipt.ts';
import { Rfc3339Reader } from '../rfc3339.ts';
import type { StageContext, StageDefinition } from '../stage.ts';

const argumentSchema = schema({
  attributes: {
    max_partial_lines: optional(integerType, 100),
    max_partial_line_size: optional(integerType, 0),
    max_partial_line_size_truncate: optional(booleanType, false),
  },
  validate(args, report) {
    if (args.max_partial_lines <= 0) report('max_partial_lines', 'max_partial_lines must be greater than 0');
    if (args.max_partial_line_size < 0) report('max_partial_line_size', 'max_partial_line_size must not be negative');
  },
});
type Arguments = ArgumentsOf<typeof argumentSchema>;

/**
 * Lines of the Kubernetes container runtime: `<time> <stdout|stderr> <F|P> <content>`. Sets the label `stream`, the timestamp
 * and the line; joins partial lines (`P`) per label set. Other lines pass as they are. A partial that is still open at
 * shutdown is not sent: its receipt stays held, so it is read again.
 */
export const cri: StageDefinition<Arguments> = {
  name: 'cri',
  schema: argumentSchema,
  create(args, context) {
    const time = new Rfc3339Reader();
    const partials = new Partials(args, context);
    return {
      process(entries) {
        let joined: PipelineEntry[] | undefined;
        for (const [i, entry] of entries.entries()) {
          const partial = unwrap(entry, time);
          if (!partial && partials.isEmpty) {
            joined?.push(entry);
            continue;
          }
          // Only where fragments come in does the batch change its shape.
          joined ??= entries.slice(0, i);
          if (partial) joined.push(...partials.add(entry));
          else joined.push(partials.complete(entry));
        }
        return joined ?? entries;
      },
    };
  },
};

const space = 0x20;
const letterP = 0x50;
const letterF = 0x46;
const fieldNames = ['stream', 'flags', 'time', 'content'] as const;

/** The parts of a line, as text only when a later stage asks. */
class CriFields implements LazyFields {
  readonly names = fieldNames;
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #timeEnd: number;
  readonly #contentStart: number;
  readonly #end: number;
  readonly #stream: string;
  readonly #flags: string;

  constructor(
    bytes: Buffer,
    at: { start: number; timeEnd: number; contentStart: number; end: number },
    stream: string,
    flags: string,
  ) {
    this.#bytes = bytes;
    this.#start = at.start;
    this.#timeEnd = at.timeEnd;
    this.#contentStart = at.contentStart;
    this.#end = at.end;
    this.#stream = stream;
    this.#flags = flags;
  }

  get(name: string): string {
    if (name === 'stream') return this.#stream;
    if (name === 'flags') return this.#flags;
    if (name === 'time') return this.#bytes.toString('latin1', this.#start, this.#timeEnd);
    return decodeLine(this.#bytes, this.#contentStart, this.#end);
  }
}

/** Takes the frame off a line. Returns whether it is a partial one. */
function unwrap(entry: PipelineEntry, time: Rfc3339Reader): boolean {
  let { chunk, start, end } = entry;
  let bytes: Buffer;
  if (chunk === undefined) {
    bytes = encodeLine(entry.text);
    start = 0;
    end = bytes.length;
  } else bytes = chunk.bytes;

  const timeEnd = bytes.indexOf(space, start);
  if (timeEnd < 0 || timeEnd === start || timeEnd + 8 > end) return false;
  const stream = streamAt(bytes, timeEnd + 1);
  if (stream === undefined) return false;
  // Alloy looks only at the first letter behind the stream: `Four` loses its F.
  let contentStart = timeEnd + 8;
  const flag = contentStart < end ? bytes[contentStart] : undefined;
  const partial = flag === letterP;
  if (partial || flag === letterF) {
    contentStart++;
    if (contentStart < end && bytes[contentStart] === space) contentStart++;
  }
  if (time.read(bytes, start, timeEnd)) {
    entry.seconds = time.seconds;
    entry.nanos = time.nanos;
  }
  entry.labels = entry.labels.with('stream', stream);
  entry.extracted.setLazy(new CriFields(bytes, { start, timeEnd, contentStart, end }, stream, partial ? 'P' : 'F'));
  if (chunk === undefined) entry.setText(decodeLine(bytes, contentStart, end));
  else entry.narrow(contentStart, end);
  return partial;
}

/** `stdout ` or `stderr ` at the offset. */
function streamAt(bytes: Buffer, at: number): 'stdout' | 'stderr' | undefined {
  // s t d ... space: compared by hand, a slice per line would cost more than the rest of the parser.
  if (bytes[at] !== 0x73 || bytes[at + 1] !== 0x74 || bytes[at + 2] !== 0x64 || bytes[at + 6] !== space)
    return undefined;
  const [a, b, c] = [bytes[at + 3], bytes[at + 4], bytes[at + 5]];
  if (a === 0x6f && b === 0x75 && c === 0x74) return 'stdout';
  return a === 0x65 && b === 0x72 && c === 0x72 ? 'stderr' : undefined;
}

/** Fragments that wait for the rest of their line, by label set. */
class Partials {
  readonly #held = new Map<string, PipelineEntry[]>();
  readonly #args: Arguments;
  readonly #context: StageContext;

  constructor(args: Arguments, context: StageContext) {
    this.#args = args;
    this.#context = context;
  }

  get isEmpty(): boolean {
    return this.#held.size === 0;
  }

  /** Keeps a fragment. Returns what had to go because too many streams have an open line. */
  add(entry: PipelineEntry): PipelineEntry[] {
    const out: PipelineEntry[] = [];
    if (this.#held.size >= this.#args.max_partial_lines) {
      this.#context.metrics
        .counter(
          'loki_process_cri_partial_lines_flushed_total',
          'Number of CRI partial lines flushed because max_partial_lines was reached',
        )
        .add(this.#held.size);
      for (const fragments of this.#held.values()) out.push(this.#merge(fragments));
      this.#held.clear();
    }
    entry.receipt.hold(entry.offset);
    const key = keyOf(entry.labels);
    const fragments = this.#held.get(key);
    if (fragments === undefined) this.#held.set(key, [entry]);
    else if (this.#sizeOf(fragments) < openLineBytesMax) fragments.push(entry);
    else {
      // A line that never ends must not fill the memory: it goes out in pieces.
      this.#held.set(key, [entry]);
      out.push(this.#merge(fragments));
    }
    return out;
  }

  /** The whole line that ends with this entry. */
  complete(entry: PipelineEntry): PipelineEntry {
    const key = keyOf(entry.labels);
    const fragments = this.#held.get(key);
    if (fragments === undefined) return entry;
    this.#held.delete(key);
    entry.receipt.hold(entry.offset);
    return this.#merge([...fragments, entry]);
  }

  #sizeOf(fragments: readonly PipelineEntry[]): number {
    return fragments.reduce((sum, fragment) => sum + fragment.lineBytes(), 0);
  }

  /** One entry of several fragments: their bytes in a row, everything else from the last. */
  #merge(fragments: readonly PipelineEntry[]): PipelineEntry {
    for (const fragment of fragments)
      this.#context.releaseAfter({ receipt: fragment.receipt, offset: fragment.offset });
    const last = fragments.at(-1)!;
    const { max_partial_line_size: limit, max_partial_line_size_truncate: truncate } = this.#args;
    let bytes: Buffer = Buffer.alloc(0);
    for (const fragment of fragments) {
      bytes = Buffer.concat([bytes, fragment.bytes()]);
      if (truncate && bytes.length > limit) {
        bytes = bytes.subarray(0, limit);
        this.#context.metrics
          .counter(
            'loki_process_cri_lines_truncated_total',
            'Number of CRI lines truncated due to max_partial_line_size',
          )
          .add(1);
      }
    }
    const { receipt, offset } = joinReceipts(fragments);
    last.setText(decodeLine(bytes, 0, bytes.length));
    last.receipt = receipt;
    last.offset = offset;
    return last;
  }
}

/** Fragments of one line that are kept at most; kubelet cuts lines at 16 KiB, so this is a broken or hostile writer. */
const openLineBytesMax = 16 * 1024 * 1024;

function keyOf(labels: LabelSet): string {
  return labels.text();
}
