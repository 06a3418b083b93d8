import type { Section } from './chunk-format.ts';

/**
 * Unpacked sections of chunks that were used lately, up to a number of bytes: a dashboard asks for the same columns again and
 * again, and unpacking a small one costs more than looking at it.
 */
export class SectionCache {
  readonly #bytesMax: number;
  /** Least recently used first. */
  readonly #sections = new Map<Section, Uint8Array>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get(section: Section): Uint8Array | undefined {
    const raw = this.#sections.get(section);
    if (raw === undefined) return undefined;
    this.#sections.delete(section);
    this.#sections.set(section, raw);
    return raw;
  }

  /** Nobody may change the bytes afterwards. Large sections are not kept: they would push out many small ones. */
  add(section: Section, raw: Uint8Array): void {
    if (raw.length > this.#bytesMax * largestShare) return;
    this.#sections.set(section, raw);
    this.#bytes += raw.length;
    for (const [oldest, bytes] of this.#sections) {
      if (this.#bytes <= this.#bytesMax) return;
      this.#sections.delete(oldest);
      this.#bytes -= bytes.length;
    }
  }
}

const largestShare = 1 / 64;
