/**
 * Writes `seconds * 10^9 + nanos` as two 32-bit halves of a BigInt64Array's buffer (`words`): the same bits as
 * `BigInt(seconds) * 1_000_000_000n + BigInt(nanos)`, without making bigints for every row. Little-endian, as every machine
 * that Node runs on.
 *
 * seconds * 10^9 does not fit a double, but 10^9 = 1953125 * 2^9, and seconds * 1953125 does until the year 2116.
 * Needs 0 <= seconds <= fastSecondsMax and 0 <= nanos < 2^31.
 */
export function writeTimestampWords(words: Uint32Array, row: number, seconds: number, nanos: number): void {
  const product = seconds * 1_953_125;
  const low = (product % 0x800000) * 512 + nanos;
  words[row * 2] = low;
  words[row * 2 + 1] = Math.floor(product / 0x800000) + (low > 0xffffffff ? 1 : 0);
}

export const fastSecondsMax = Math.floor(Number.MAX_SAFE_INTEGER / 1_953_125);
