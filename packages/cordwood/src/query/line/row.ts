import { Buffer } from 'node:buffer';
import { RowLabels } from './row-labels.ts';

/**
 * One row on its way through the stages of a pipeline; the same object for all rows. The line is bytes until somebody wants
 * text, and text from the first stage on that rewrites it.
 */
export class Row {
  readonly labels = new RowLabels();
  #source: Buffer = emptyBuffer;
  #start = 0;
  #end = 0;
  #text: string | undefined;
  #rewritten = false;
  #view: Buffer | undefined;
  #timestampsNs: BigInt64Array = noTimestamps;
  #index = 0;

  /** Nanoseconds since the Unix epoch. */
  get timestampNs(): bigint {
    return this.#timestampsNs[this.#index]!;
  }

  setTime(timestampsNs: BigInt64Array, index: number): void {
    this.#timestampsNs = timestampsNs;
    this.#index = index;
  }

  /** Points at the line of the next row. Labels are reset apart. */
  setLine(source: Buffer, start: number, end: number): void {
    this.#source = source;
    this.#start = start;
    this.#end = end;
    this.#text = undefined;
    this.#rewritten = false;
    this.#view = undefined;
  }

  /** The line as text; invalid UTF-8 becomes U+FFFD. */
  text(): string {
    this.#text ??= this.#source.toString('utf8', this.#start, this.#end);
    return this.#text;
  }

  /** The line as bytes, valid until the next row. */
  bytes(): Buffer {
    this.#view ??= this.#rewritten ? Buffer.from(this.#text!) : this.#source.subarray(this.#start, this.#end);
    return this.#view;
  }

  byteLength(): number {
    return this.#rewritten ? Buffer.byteLength(this.#text!) : this.#end - this.#start;
  }

  rewrite(text: string): void {
    this.#text = text;
    this.#rewritten = true;
    this.#view = undefined;
  }
}

const emptyBuffer = Buffer.alloc(0);
const noTimestamps = new BigInt64Array(1);
