import { Rfc3339Reader } from '../agent/rfc3339.ts';

/** Nanoseconds since the epoch of `2026-01-01T00:00:00.123456789Z`; undefined when the text is no such time. */
export function rfc3339Ns(text: string): bigint | undefined {
  const bytes = Buffer.from(text);
  const reader = new Rfc3339Reader();
  if (!reader.read(bytes, 0, bytes.length)) return undefined;
  return BigInt(reader.seconds) * 1_000_000_000n + BigInt(reader.nanos);
}
