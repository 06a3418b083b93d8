import type { FileHandle } from 'node:fs/promises';
import { CountedReceipt } from '../receipt.ts';
import type { LineDecoder } from './line-decoder.ts';
import type { FilePosition, Signature } from './positions.ts';
import { canGrow, hasSignature, readSignature } from './signature.ts';

/** Bytes that are read at once. */
const chunkBytesMax = 256 * 1024;
/** A longer line goes out in pieces of this size, so that a file without newlines does not fill the memory. */
export const lineBytesMax = 8 * 1024 * 1024;

/** Gets the lines of a chunk: bytes[0, end) of whole lines (the last one with its newline, unless the file ended). */
export type DeliverLines = (bytes: Buffer, offset: number, receipt: CountedReceipt) => Promise<void>;

/** One open file, read from an offset on. The name by which it was opened may since have been given to another file. */
export class FileReader {
  readonly handle: FileHandle;
  /** Tells this file from all others, also from one that gets its inode later. */
  readonly key: string;
  readonly device: number;
  readonly inode: number;
  readonly #decoder: LineDecoder;
  readonly #deliver: DeliverLines;
  readonly #onDelivered: () => void;
  readonly #receipts: CountedReceipt[] = [];
  /** Where the next read begins: behind the last whole line. */
  offset: number;
  /** When something was read last (monotonic). */
  touchedMs = 0;
  signature: Signature;
  #delivered: number;
  #wanted = chunkBytesMax;
  #idle = true;

  constructor(
    file: { handle: FileHandle; key: string; device: number; inode: number; offset: number; signature: Signature },
    decoder: LineDecoder,
    deliver: DeliverLines,
    onDelivered: () => void,
  ) {
    this.handle = file.handle;
    this.key = file.key;
    this.device = file.device;
    this.inode = file.inode;
    this.offset = file.offset;
    this.#delivered = file.offset;
    this.signature = file.signature;
    this.#decoder = decoder;
    this.#deliver = deliver;
    this.#onDelivered = onDelivered;
  }

  /** What to store: everything before the offset is delivered. */
  position(nowMs: number): FilePosition {
    const [first] = this.#receipts;
    const offset = first === undefined ? this.#delivered : first.doneUpTo();
    return { device: this.device, inode: this.inode, offset, signature: this.signature, seenMs: nowMs };
  }

  /** Is everything that was read delivered? */
  get isDelivered(): boolean {
    return this.#receipts.length === 0;
  }

  /**
   * Reads one chunk and hands on its whole lines. Returns 'read', 'end' when there is no whole line, or 'replaced' when the
   * file was rewritten from the start.
   */
  async read(): Promise<'read' | 'end' | 'replaced'> {
    const { size } = await this.handle.stat();
    if (size < this.offset) return 'replaced';
    if (size === this.offset) {
      this.#idle = true;
      return 'end';
    }
    // A file that was truncated and has grown past the old offset between two looks is told by its first bytes.
    if (this.#idle && !(await hasSignature(this.handle, this.signature))) return 'replaced';
    this.#idle = false;
    if (canGrow(this.signature, size)) this.signature = await readSignature(this.handle);
    const bytes = Buffer.allocUnsafeSlow(Math.min(this.#wanted, size - this.offset));
    const { bytesRead } = await this.handle.read(bytes, 0, bytes.length, this.offset);
    let end = bytesRead === 0 ? 0 : this.#decoder.lastLineEnd(bytes, bytesRead);
    if (end === 0) {
      if (bytesRead < this.#wanted) {
        // The rest of the line is not written yet.
        this.#idle = true;
        return 'end';
      }
      if (bytesRead < lineBytesMax) {
        this.#wanted = Math.min(lineBytesMax, this.#wanted * 4);
        return 'read';
      }
      end = this.#decoder.pieceEnd(bytes, bytesRead);
    }
    this.#wanted = chunkBytesMax;
    await this.#handOn(bytes.subarray(0, end));
    return 'read';
  }

  /** The file ends here: what stands behind the last newline is a line, too. */
  async finish(): Promise<void> {
    for (;;) {
      const { size } = await this.handle.stat();
      const length = Math.min(size - this.offset, lineBytesMax);
      if (length <= 0) return;
      const bytes = Buffer.allocUnsafeSlow(length);
      const { bytesRead } = await this.handle.read(bytes, 0, length, this.offset);
      if (bytesRead === 0) return;
      await this.#handOn(bytes.subarray(0, bytesRead));
    }
  }

  async #handOn(bytes: Buffer): Promise<void> {
    const start = this.offset;
    const receipt = new CountedReceipt(start, start + bytes.length, () => this.#settle());
    this.#receipts.push(receipt);
    this.offset = start + bytes.length;
    await this.#deliver(bytes, start, receipt);
    receipt.release(start);
  }

  /** Moves the delivered offset over the receipts that are complete, in their order. */
  #settle(): void {
    while (this.#receipts.length > 0 && this.#receipts[0]!.isComplete) this.#delivered = this.#receipts.shift()!.end;
    this.#onDelivered();
  }

  async close(): Promise<void> {
    await this.handle.close().catch(() => {});
  }
}
