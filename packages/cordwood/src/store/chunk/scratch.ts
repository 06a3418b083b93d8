/**
 * Memory for encoding one chunk after the other: what is taken is all given back at once by `reset`. See SlabPool for why
 * memory is not simply allocated. Arrays come with old contents.
 */
export class Scratch {
  readonly #uint32s = new Map<number, { readonly arrays: Uint32Array[]; used: number }>();
  #bytes = Buffer.allocUnsafeSlow(0);
  #bytesTaken = false;

  /** At least `length` long, a power of two. */
  uint32s(length: number): Uint32Array {
    const size = 2 ** Math.ceil(Math.log2(Math.max(64, length)));
    let shelf = this.#uint32s.get(size);
    if (shelf === undefined) {
      shelf = { arrays: [], used: 0 };
      this.#uint32s.set(size, shelf);
    }
    if (shelf.used === shelf.arrays.length) shelf.arrays.push(new Uint32Array(size));
    return shelf.arrays[shelf.used++]!;
  }

  /** Once between resets. */
  bytes(length: number): Buffer {
    if (this.#bytesTaken) return Buffer.allocUnsafeSlow(length);
    this.#bytesTaken = true;
    if (this.#bytes.length < length) this.#bytes = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(length)));
    return this.#bytes.subarray(0, length);
  }

  reset(): void {
    this.#bytesTaken = false;
    for (const shelf of this.#uint32s.values()) {
      // Many columns at once are rare: what they took is not kept.
      if (shelf.arrays.length > keptArrays) shelf.arrays.length = keptArrays;
      shelf.used = 0;
    }
    if (this.#bytes.length > keptBytes) this.#bytes = Buffer.allocUnsafeSlow(0);
  }
}

const keptArrays = 96;
const keptBytes = 16 * 1024 * 1024;
