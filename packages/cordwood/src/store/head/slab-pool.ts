const smallestSlabBytes = 64 * 1024;
/** What slabs grow to: several pushes of a usual size fit, and little is lost at the end. */
const fullSlabBytes = 8 * 1024 * 1024;

/**
 * Memory for heads, used again when a head is sealed. Not for the allocation itself: V8 counts memory of buffers and collects
 * garbage for every few dozen megabytes of new ones, which would cost as much as all other work on a push.
 */
export class SlabPool {
  readonly #max: number;
  readonly #free: Uint8Array[] = [];

  /** Keeps up to so many bytes that nobody uses. */
  constructor(maxBytes: number) {
    this.#max = Math.floor(maxBytes / fullSlabBytes);
  }

  /** At least `bytes`; `previousBytes` is the size of the head's slab before, 0 for the first: they double. */
  take(bytes: number, previousBytes: number): Uint8Array {
    const wanted = Math.min(fullSlabBytes, Math.max(smallestSlabBytes, previousBytes * 2));
    if (bytes > fullSlabBytes) return Buffer.allocUnsafeSlow(bytes);
    // Of a slab that is made for one push nothing can be used again.
    if (Math.max(bytes * 4, wanted) > fullSlabBytes / 2)
      return this.#free.pop() ?? Buffer.allocUnsafeSlow(fullSlabBytes);
    return Buffer.allocUnsafeSlow(Math.max(bytes, wanted));
  }

  /** Nobody reads the slab any more. */
  giveBack(slab: Uint8Array): void {
    if (slab.length === fullSlabBytes && this.#free.length < this.#max) this.#free.push(slab);
  }
}
