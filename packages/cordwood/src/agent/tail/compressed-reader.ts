/** Reads a compressed file once, from start to end. Offsets are those of the uncompressed bytes. */
import { createReadStream } from 'node:fs';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createInflate } from 'node:zlib';
import { CountedReceipt } from '../receipt.ts';
import { lineBytesMax } from './file-reader.ts';
import type { LineDecoder } from './line-decoder.ts';

export type CompressionFormat = 'gz' | 'z';

export class CompressedReader {
  readonly #path: string;
  readonly #format: CompressionFormat;
  readonly #receipts: CountedReceipt[] = [];
  #delivered: number;
  #ended = false;

  constructor(path: string, format: CompressionFormat, offset: number) {
    this.#path = path;
    this.#format = format;
    this.#delivered = offset;
  }

  /** Everything before is delivered. */
  get offset(): number {
    return this.#receipts[0]?.doneUpTo() ?? this.#delivered;
  }

  get isDone(): boolean {
    return this.#ended && this.#receipts.length === 0;
  }

  /** Resolves at the end of the file; a damaged file rejects after what could be read of it. */
  async run(
    decoder: LineDecoder,
    deliver: (bytes: Buffer, offset: number, receipt: CountedReceipt) => Promise<void>,
    onDelivered: () => void,
    signal: AbortSignal,
  ): Promise<void> {
    const skip = this.#delivered;
    let rest: Buffer = Buffer.alloc(0);
    let restOffset = 0;
    const handOn = async (end: number) => {
      const from = Math.max(0, Math.min(end, skip - restOffset));
      const bytes = rest.subarray(from, end);
      const start = restOffset + from;
      rest = rest.subarray(end);
      restOffset += end;
      if (bytes.length === 0) return;
      const receipt = new CountedReceipt(start, start + bytes.length, () => {
        while (this.#receipts[0]?.isComplete) this.#delivered = this.#receipts.shift()!.end;
        onDelivered();
      });
      this.#receipts.push(receipt);
      await deliver(bytes, start, receipt);
      receipt.release(start);
    };
    const unpack: Transform = this.#format === 'gz' ? createGunzip() : createInflate();
    await pipeline(
      createReadStream(this.#path),
      unpack,
      async (source: AsyncIterable<Buffer>) => {
        for await (const part of source) {
          rest = rest.length === 0 ? part : Buffer.concat([rest, part]);
          const end = decoder.lastLineEnd(rest, rest.length);
          if (end > 0) await handOn(end);
          else if (rest.length > lineBytesMax) await handOn(decoder.pieceEnd(rest, rest.length));
        }
        if (rest.length > 0) await handOn(rest.length);
      },
      { signal },
    );
    this.#ended = true;
    onDelivered();
  }
}
