/**
 * What a source wants to know of the entries that it handed out: which of them were delivered, or dropped for a counted
 * reason. Whoever keeps an entry after `consume` has returned holds the receipt at the entry's offset and releases it there
 * when the entry is done with. A source whose receipt is still held does not advance its position past the offset, and reads
 * from there after a restart.
 */
export interface Receipt {
  hold(offset: number): void;
  release(offset: number): void;
}

/** Receipt of the entries from one offset up to another, in order. Held by its creator until the first `release(start)`. */
export class CountedReceipt implements Receipt {
  readonly start: number;
  readonly end: number;
  readonly #complete: () => void;
  readonly #holders = new Map<number, number>();

  /** `complete` is called once, when everyone has let go. */
  constructor(start: number, end: number, complete: () => void) {
    this.start = start;
    this.end = end;
    this.#complete = complete;
    this.#holders.set(start, 1);
  }

  hold(offset: number): void {
    this.#holders.set(offset, (this.#holders.get(offset) ?? 0) + 1);
  }

  release(offset: number): void {
    const count = this.#holders.get(offset);
    if (count === undefined) throw new Error(`BUG: receipt released at ${offset}, where nobody holds it`);
    if (count > 1) this.#holders.set(offset, count - 1);
    else {
      this.#holders.delete(offset);
      if (this.#holders.size === 0) this.#complete();
    }
  }

  get isComplete(): boolean {
    return this.#holders.size === 0;
  }

  /** Everything before this offset is done with. */
  doneUpTo(): number {
    let lowest = this.end;
    for (const offset of this.#holders.keys()) if (offset < lowest) lowest = offset;
    return lowest;
  }
}

/** An entry's place in its receipt. */
export interface Held {
  readonly receipt: Receipt;
  readonly offset: number;
}

/** For an entry that was made of several others; its own offset has no meaning. */
class JoinedReceipt implements Receipt {
  readonly parts: readonly Held[];

  constructor(parts: readonly Held[]) {
    this.parts = parts;
  }

  hold(): void {
    for (const part of this.parts) part.receipt.hold(part.offset);
  }

  release(): void {
    for (const part of this.parts) part.receipt.release(part.offset);
  }
}

/** Receipt and offset of an entry that was made of others. */
export function joinReceipts(entries: Iterable<Held>): Held {
  const parts: Held[] = [];
  for (const { receipt, offset } of entries) {
    if (receipt instanceof JoinedReceipt) parts.push(...receipt.parts);
    // Of the same receipt the lowest offset, which comes first, covers the others.
    else if (receipt !== noReceipt && !parts.some((part) => part.receipt === receipt)) parts.push({ receipt, offset });
  }
  if (parts.length === 0) return { receipt: noReceipt, offset: 0 };
  return parts.length === 1 ? parts[0]! : { receipt: new JoinedReceipt(parts), offset: 0 };
}

/** What an entry was made of: itself, or the parts of a joined one. */
export function partsOf(entry: Held): readonly Held[] {
  return entry.receipt instanceof JoinedReceipt ? entry.receipt.parts : [entry];
}

/** For entries that nobody waits for. */
export const noReceipt: Receipt = { hold() {}, release() {} };
