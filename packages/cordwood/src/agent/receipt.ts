/**
 * What a source wants to know of the entries that it handed out: when all of them were delivered, or dropped for a counted
 * reason. Whoever keeps an entry after `consume` has returned holds its receipt and releases it when the entry is done with.
 * A source that never hears back does not advance its position, and reads the lines again after a restart.
 */
export interface Receipt {
  hold(): void;
  release(): void;
}

/** Calls back once, when everyone has let go. Starts held by its creator. */
export class CountedReceipt implements Receipt {
  #holders = 1;
  readonly #complete: () => void;

  constructor(complete: () => void) {
    this.#complete = complete;
  }

  hold(): void {
    this.#holders++;
  }

  release(): void {
    if (--this.#holders === 0) this.#complete();
  }
}

/** For entries that were made of several others. */
class JoinedReceipt implements Receipt {
  readonly parts: readonly Receipt[];

  constructor(parts: readonly Receipt[]) {
    this.parts = parts;
  }

  hold(): void {
    for (const part of this.parts) part.hold();
  }

  release(): void {
    for (const part of this.parts) part.release();
  }
}

/** The receipt of an entry that was made of others: all of theirs. */
export function joinReceipts(receipts: Iterable<Receipt>): Receipt {
  const parts = new Set<Receipt>();
  for (const receipt of receipts) {
    if (receipt instanceof JoinedReceipt) for (const part of receipt.parts) parts.add(part);
    else parts.add(receipt);
  }
  parts.delete(noReceipt);
  if (parts.size === 0) return noReceipt;
  return parts.size === 1 ? [...parts][0]! : new JoinedReceipt([...parts]);
}

/** For entries that nobody waits for. */
export const noReceipt: Receipt = { hold() {}, release() {} };
