/** Timestamps as people read them, in the browser's zone or UTC. */
export type Zone = 'local' | 'utc';

interface Parts {
  readonly date: string;
  readonly time: string;
}

const two = (value: number) => (value < 10 ? `0${value}` : String(value));
const three = (value: number) => String(value).padStart(3, '0');

function parts(ms: number, zone: Zone): Parts {
  const at = new Date(ms);
  const utc = zone === 'utc';
  const year = utc ? at.getUTCFullYear() : at.getFullYear();
  const month = (utc ? at.getUTCMonth() : at.getMonth()) + 1;
  const day = utc ? at.getUTCDate() : at.getDate();
  const hour = utc ? at.getUTCHours() : at.getHours();
  const minute = utc ? at.getUTCMinutes() : at.getMinutes();
  const second = utc ? at.getUTCSeconds() : at.getSeconds();
  const milliseconds = utc ? at.getUTCMilliseconds() : at.getMilliseconds();
  return {
    date: `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`,
    time: `${two(hour)}:${two(minute)}:${two(second)}.${three(milliseconds)}`,
  };
}

/** `14:05:09.123` */
export function formatTimeOfDay(ms: number, zone: Zone): string {
  return parts(ms, zone).time;
}

/** `2026-11-24` */
export function formatDate(ms: number, zone: Zone): string {
  return parts(ms, zone).date;
}

/** `2026-11-24 14:05:09`, with milliseconds only if there are any. */
export function formatDateTime(ms: number, zone: Zone): string {
  const { date, time } = parts(ms, zone);
  return `${date} ${time.endsWith('.000') ? time.slice(0, -4) : time}`;
}

/** All nine digits: `2026-11-24 14:05:09.123456789`. */
export function formatNanoseconds(timestampNs: string, zone: Zone): string {
  const ms = Number(BigInt(timestampNs) / 1_000_000n);
  const { date, time } = parts(ms, zone);
  return `${date} ${time.slice(0, 8)}.${timestampNs.slice(-9).padStart(9, '0')}`;
}

/** A range on one line; the date once when both ends share it. */
export function formatRange(range: { startMs: number; endMs: number }, zone: Zone): string {
  const start = formatDateTime(range.startMs, zone);
  const end = formatDateTime(range.endMs, zone);
  return start.slice(0, 10) === end.slice(0, 10) ? `${start} – ${end.slice(11)}` : `${start} – ${end}`;
}

/** `2026-11-24T14:05:09`, as `<input type=datetime-local>` takes it. */
export function toInputValue(ms: number, zone: Zone): string {
  const { date, time } = parts(ms, zone);
  return `${date}T${time.slice(0, 8)}`;
}

/** The inverse of toInputValue; undefined for anything that is not a date and time. */
export function fromInputValue(text: string, zone: Zone): number | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?$/.exec(text.trim());
  if (!match) return undefined;
  const [year, month, day, hour, minute] = match.slice(1, 6).map(Number) as [number, number, number, number, number];
  const second = Number(match[6] ?? 0);
  const milliseconds = Number((match[7] ?? '0').padEnd(3, '0'));
  const ms =
    zone === 'utc'
      ? Date.UTC(year, month - 1, day, hour, minute, second, milliseconds)
      : new Date(year, month - 1, day, hour, minute, second, milliseconds).getTime();
  // A 31st of February would roll over silently. An hour that a clock change skips is let through.
  return formatDate(ms, zone) === text.trim().slice(0, 10) ? ms : undefined;
}

/** How long ago, in the largest whole unit: `just now`, `4 min ago`, `3 h ago`, `2 d ago`. */
export function formatAge(ms: number, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((nowMs - ms) / 1000));
  if (seconds < 5) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** A distance on a timeline: `+0`, `+340 µs`, `+12.4 ms`, `+1.25 s`, `+2 min 3 s`. */
export function formatDelta(deltaNs: bigint): string {
  const nanoseconds = Number(deltaNs);
  if (nanoseconds === 0) return '+0';
  if (nanoseconds < 1e6) return `+${Math.round(nanoseconds / 1e3)} µs`;
  if (nanoseconds < 1e9) return `+${trimNumber(nanoseconds / 1e6)} ms`;
  if (nanoseconds < 60e9) return `+${trimNumber(nanoseconds / 1e9)} s`;
  const seconds = Math.round(nanoseconds / 1e9);
  if (seconds < 3600) return `+${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `+${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

function trimNumber(value: number): string {
  return String(Number(value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)));
}
