/** One entry of `journalctl -o json`. */
export interface JournalEntry {
  /** Where to go on after it. */
  readonly cursor: string;
  readonly timestampNs: bigint;
  /** Fields by name, without those about the entry itself (`__CURSOR`, ...). */
  readonly fields: ReadonlyMap<string, string>;
}

/**
 * Reads a line of `journalctl -o json`; undefined when it is none. A value is a string; an array of bytes when it is no UTF-8 or has
 * control characters; null when it was too long to show; an array of those when the field was given several times, of which the last counts,
 * as for readers through libsystemd.
 */
export function parseJournalEntry(line: string): JournalEntry | undefined {
  let object: unknown;
  try {
    object = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof object !== 'object' || object === null || Array.isArray(object)) return undefined;
  const fields = new Map<string, string>();
  let cursor = '';
  let micros = '';
  for (const [name, value] of Object.entries(object)) {
    const text = fieldText(value);
    if (name === '__CURSOR') cursor = text ?? '';
    else if (name === '__REALTIME_TIMESTAMP') micros = text ?? '';
    else if (text !== undefined && !name.startsWith('__')) fields.set(name, text);
  }
  if (cursor === '' || !/^\d{1,19}$/.test(micros)) return undefined;
  return { cursor, timestampNs: BigInt(micros) * 1000n, fields };
}

function fieldText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return undefined;
  if (value.every((one) => typeof one === 'number')) return Buffer.from(value).toString('utf8');
  return fieldText(value.at(-1));
}

/** Time of the entry that a cursor means, in microseconds; undefined when the cursor does not say. */
export function cursorTimeMicros(cursor: string): bigint | undefined {
  const match = /(?:^|;)t=([0-9a-f]{1,16})(?:;|$)/.exec(cursor);
  return match === null ? undefined : BigInt(`0x${match[1]}`);
}
