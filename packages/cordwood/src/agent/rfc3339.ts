/**
 * RFC 3339 timestamps read straight from bytes: the hottest parser of the agent, since every CRI line begins with one. Accepts
 * what Go's RFC3339Nano layout accepts (fraction after `.` or `,`, any number of digits, cut after nine).
 */
export class Rfc3339Reader {
  seconds = 0;
  nanos = 0;

  // Lines of one file come in the same minute again and again.
  #cachedMinute = '';
  #cachedSeconds = 0;

  /** False when bytes[start, end) is not a timestamp. */
  read(bytes: Buffer, start: number, end: number): boolean {
    // 2006-01-02T15:04:05Z
    if (end - start < 20) return false;
    const seconds = twoDigits(bytes, start + 17);
    if (bytes[start + 16] !== colon || seconds < 0 || seconds > 59) return false;
    const minute = bytes.toString('latin1', start, start + 16);
    if (minute !== this.#cachedMinute) {
      const minuteSeconds = parseMinute(minute);
      if (minuteSeconds === undefined) return false;
      this.#cachedMinute = minute;
      this.#cachedSeconds = minuteSeconds;
    }
    let at = start + 19;
    let nanos = 0;
    if (bytes[at] === 0x2e || bytes[at] === 0x2c) {
      at++;
      let scale = 100_000_000;
      const first = at;
      for (; at < end; at++) {
        const digit = bytes[at]! - 0x30;
        if (digit < 0 || digit > 9) break;
        nanos += digit * scale;
        scale = scale > 1 ? scale / 10 : 0;
      }
      if (at === first) return false;
    }
    const zone = readZone(bytes, at, end);
    if (zone === undefined) return false;
    this.seconds = this.#cachedSeconds + seconds - zone;
    this.nanos = nanos;
    return true;
  }
}

const colon = 0x3a;

function twoDigits(bytes: Uint8Array, at: number): number {
  const high = bytes[at]! - 0x30;
  const low = bytes[at + 1]! - 0x30;
  return high < 0 || high > 9 || low < 0 || low > 9 ? -1 : high * 10 + low;
}

/** Seconds since the epoch of `2006-01-02T15:04`, in UTC. */
function parseMinute(text: string): number | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)$/.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute] = match.slice(1).map(Number) as [number, number, number, number, number];
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCDate() !== day) return undefined;
  return date.getTime() / 1000 + hour * 3600 + minute * 60;
}

/** Seconds east of UTC of `Z` or `+02:00` at the end. */
function readZone(bytes: Buffer, at: number, end: number): number | undefined {
  const first = bytes[at];
  if (first === 0x5a) return at + 1 === end ? 0 : undefined;
  if ((first !== 0x2b && first !== 0x2d) || end - at !== 6 || bytes[at + 3] !== colon) return undefined;
  const hours = twoDigits(bytes, at + 1);
  const minutes = twoDigits(bytes, at + 4);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return undefined;
  return (first === 0x2d ? -1 : 1) * (hours * 3600 + minutes * 60);
}
