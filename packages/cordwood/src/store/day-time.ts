/**
 * A timestamp as a UTC day and nanoseconds within it. The offset fits a double exactly (86400 * 10^9 < 2^53), so everything
 * inside the store sorts, subtracts and packs plain numbers; bigints are made only at the edges. Chunks never cross a day.
 */
export const dayNs = 86_400_000_000_000;
const dayNsBig = BigInt(dayNs);
const wordSize = 4_294_967_296;

export function dayStartNs(day: number): bigint {
  return BigInt(day) * dayNsBig;
}

/** Splits timestamps that mostly fall into one day. Read `day` and `offset` after `split`. */
export class DaySplitter {
  day = 0;
  offset = 0;
  #startHigh = 0;
  #startLow = 0;

  constructor() {
    this.#enter(0);
  }

  /** `low` and `high` are the 32-bit halves of the int64; `low` may come signed. */
  split(low: number, high: number): void {
    let offset = (high - this.#startHigh) * wordSize + ((low >>> 0) - this.#startLow);
    if (offset < 0 || offset >= dayNs) {
      // The quotient may be one off near midnight, because the product does not fit a double.
      this.#enter(Math.floor((high * wordSize + (low >>> 0)) / dayNs));
      offset = (high - this.#startHigh) * wordSize + ((low >>> 0) - this.#startLow);
      if (offset < 0 || offset >= dayNs) {
        this.#enter(this.day + (offset < 0 ? -1 : 1));
        offset = (high - this.#startHigh) * wordSize + ((low >>> 0) - this.#startLow);
      }
    }
    this.offset = offset;
  }

  #enter(day: number): void {
    this.day = day;
    const start = dayStartNs(day);
    this.#startHigh = Number(start >> 32n);
    this.#startLow = Number(start & 0xffffffffn);
  }
}

/** Writes the timestamps of `count` offsets of a day. */
export function writeTimestamps(day: number, offsets: Float64Array, count: number, into: BigInt64Array): void {
  const start = dayStartNs(day);
  const startHigh = Number(start >> 32n);
  const startLow = Number(start & 0xffffffffn);
  const words = new Uint32Array(into.buffer, into.byteOffset, count * 2);
  for (let i = 0; i < count; i++) {
    const low = startLow + offsets[i]!;
    words[i * 2] = low;
    words[i * 2 + 1] = startHigh + Math.floor(low / wordSize);
  }
}

export function timestampOf(day: number, offset: number): bigint {
  return dayStartNs(day) + BigInt(offset);
}

/** The part of [startNs, endNs) that lies in a day, as offsets; undefined when there is none. */
export function offsetsInDay(
  day: number,
  range: { readonly startNs: bigint; readonly endNs: bigint },
): { start: number; end: number } | undefined {
  const start = dayStartNs(day);
  if (range.endNs <= start || range.startNs >= start + dayNsBig) return undefined;
  return {
    start: range.startNs <= start ? 0 : Number(range.startNs - start),
    end: range.endNs >= start + dayNsBig ? dayNs : Number(range.endNs - start),
  };
}
