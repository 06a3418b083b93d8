/**
 * Go's time layouts (https://pkg.go.dev/time#pkg-constants): formatting and parsing by example, "Mon Jan 2 15:04:05 MST 2006".
 *
 * A layout is cut into chunks once; formatting and parsing walk the chunks. Times are nanoseconds since the Unix epoch as bigint plus a
 * zone; zones with rules come from Intl, whose answers are kept per hour, because asking it for every line would dominate.
 */

export interface GoZone {
  /** Abbreviation as printed by `MST`. */
  readonly name: string;
  readonly offsetSeconds: number;
}

/** A place with its rules: `Europe/Stockholm`, `UTC`. */
export interface GoLocation {
  readonly name: string;
  zoneAt(unixSeconds: number): GoZone;
  /** The zone that this place calls by the abbreviation: at that time if it does, else at some other time. */
  zoneNamed(abbreviation: string, unixSeconds: number): GoZone | undefined;
}

const utcZone: GoZone = { name: 'UTC', offsetSeconds: 0 };
export const utcLocation: GoLocation = {
  name: 'UTC',
  zoneAt: () => utcZone,
  zoneNamed: (abbreviation) => (abbreviation === 'UTC' ? utcZone : undefined),
};

const locations = new Map<string, GoLocation | undefined>([
  ['UTC', utcLocation],
  ['', utcLocation],
  ['Local', utcLocation],
]);
const zoneCacheMax = 4096;

/** Undefined when there is no such zone. */
export function loadLocation(name: string): GoLocation | undefined {
  if (locations.has(name)) return locations.get(name);
  const location = createLocation(name);
  if (locations.size < 1000) locations.set(name, location);
  return location;
}

function createLocation(name: string): GoLocation | undefined {
  let readOffset: (date: Date) => string;
  let readAbbreviation: (date: Date) => string | undefined;
  try {
    readOffset = zoneNameReader('en-US', name, 'longOffset');
    readAbbreviation = abbreviationReader(name);
  } catch {
    return undefined;
  }
  const byQuarter = new Map<number, GoZone>();
  let named: Map<string, GoZone> | undefined;
  const zoneAt = (unixSeconds: number): GoZone => {
    const quarter = Math.floor(unixSeconds / 900);
    let zone = byQuarter.get(quarter);
    if (zone === undefined) {
      const date = new Date(quarter * 900_000);
      const match = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(readOffset(date));
      const offsetSeconds = match
        ? (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0))
        : 0;
      zone = { name: readAbbreviation(date) ?? printOffset(offsetSeconds, '-07'), offsetSeconds };
      if (byQuarter.size >= zoneCacheMax) byQuarter.clear();
      byQuarter.set(quarter, zone);
    }
    return zone;
  };
  /** What the place called its zones in January and July of the years that logs are from. */
  const collectNamed = () => {
    const zones = new Map<string, GoZone>();
    for (let year = 2037; year >= 1970; year--) {
      for (const month of [0, 6]) {
        const zone = zoneAt(Date.UTC(year, month, 1) / 1000);
        if (!zones.has(zone.name)) zones.set(zone.name, zone);
      }
    }
    return zones;
  };
  return {
    name,
    zoneAt,
    zoneNamed(abbreviation, unixSeconds) {
      named ??= collectNamed();
      const zone = named.get(abbreviation);
      if (zone === undefined) return undefined;
      const then = zoneAt(unixSeconds - zone.offsetSeconds);
      return then.name === abbreviation ? then : zone;
    },
  };
}

function zoneNameReader(locale: string, timeZone: string, timeZoneName: 'longOffset' | 'short') {
  const format = new Intl.DateTimeFormat(locale, { timeZone, timeZoneName });
  return (date: Date): string => format.formatToParts(date).find(({ type }) => type === 'timeZoneName')?.value ?? '';
}

/** Each of these knows the abbreviations of its part of the world. */
const abbreviationLocales = ['en-US', 'en-GB', 'en-AU', 'en-NZ', 'en-IN', 'en-ZA', 'en-HK', 'en-KE'];

/** Abbreviations that no English locale knows, of zones without summer time. */
const otherAbbreviations: Readonly<Record<string, string>> = {
  'Asia/Tokyo': 'JST',
  'Asia/Seoul': 'KST',
  'Asia/Shanghai': 'CST',
  'Asia/Taipei': 'CST',
  'Asia/Manila': 'PST',
  'Asia/Karachi': 'PKT',
  'Asia/Jakarta': 'WIB',
  'Asia/Makassar': 'WITA',
  'Asia/Jayapura': 'WIT',
  'Europe/Moscow': 'MSK',
};

/** The tz database's letters for a zone, where Intl tells them. */
function abbreviationReader(timeZone: string): (date: Date) => string | undefined {
  const other = otherAbbreviations[timeZone];
  if (other !== undefined) return () => other;
  const readers = abbreviationLocales.map((locale) => zoneNameReader(locale, timeZone, 'short'));
  return (date) => readers.map((read) => read(date)).find((short) => /^[A-Z]{3,5}$/.test(short));
}

/** Layouts by the names of Go's constants. */
export const namedLayouts: ReadonlyMap<string, string> = new Map([
  ['ANSIC', 'Mon Jan _2 15:04:05 2006'],
  ['UnixDate', 'Mon Jan _2 15:04:05 MST 2006'],
  ['RubyDate', 'Mon Jan 02 15:04:05 -0700 2006'],
  ['RFC822', '02 Jan 06 15:04 MST'],
  ['RFC822Z', '02 Jan 06 15:04 -0700'],
  ['RFC850', 'Monday, 02-Jan-06 15:04:05 MST'],
  ['RFC1123', 'Mon, 02 Jan 2006 15:04:05 MST'],
  ['RFC1123Z', 'Mon, 02 Jan 2006 15:04:05 -0700'],
  ['RFC3339', '2006-01-02T15:04:05Z07:00'],
  ['RFC3339Nano', '2006-01-02T15:04:05.999999999Z07:00'],
]);

const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const dayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

type ChunkKind =
  | 'text'
  | 'longMonth'
  | 'month'
  | 'numMonth'
  | 'zeroMonth'
  | 'longWeekDay'
  | 'weekDay'
  | 'day'
  | 'underDay'
  | 'zeroDay'
  | 'underYearDay'
  | 'zeroYearDay'
  | 'hour'
  | 'hour12'
  | 'zeroHour12'
  | 'minute'
  | 'zeroMinute'
  | 'second'
  | 'zeroSecond'
  | 'longYear'
  | 'year'
  | 'PM'
  | 'pm'
  | 'zoneName'
  | 'zoneOffset'
  | 'fraction';
interface Chunk {
  readonly kind: ChunkKind;
  /** The layout's text of this chunk. */
  readonly text: string;
}

const chunkPattern =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|2006|Z070000|Z07:00:00|Z0700|Z07:00|Z07|-070000|-07:00:00|-0700|-07:00|-07|[.,](?:0+|9+)(?!\d)|__2|002|_2006|_2|01|02|03|04|05|06|15|PM|pm|1|2|3|4|5/g;
const chunkKinds: Readonly<Record<string, ChunkKind>> = {
  January: 'longMonth',
  Jan: 'month',
  Monday: 'longWeekDay',
  Mon: 'weekDay',
  MST: 'zoneName',
  2006: 'longYear',
  __2: 'underYearDay',
  '002': 'zeroYearDay',
  _2: 'underDay',
  '01': 'zeroMonth',
  '02': 'zeroDay',
  '03': 'zeroHour12',
  '04': 'zeroMinute',
  '05': 'zeroSecond',
  '06': 'year',
  15: 'hour',
  PM: 'PM',
  pm: 'pm',
  1: 'numMonth',
  2: 'day',
  3: 'hour12',
  4: 'minute',
  5: 'second',
};

const layouts = new Map<string, readonly Chunk[]>();

function chunksOf(layout: string): readonly Chunk[] {
  const known = layouts.get(layout);
  if (known) return known;
  const chunks: Chunk[] = [];
  let at = 0;
  const text = (end: number) => {
    if (end > at) chunks.push({ kind: 'text', text: layout.slice(at, end) });
  };
  for (const match of layout.matchAll(chunkPattern)) {
    const [found] = match;
    const start = match.index;
    if (found === '_2006') {
      text(start + 1);
      chunks.push({ kind: 'longYear', text: '2006' });
    } else {
      text(start);
      const kind = chunkKinds[found] ?? (/^[.,]/.test(found) ? 'fraction' : 'zoneOffset');
      chunks.push({ kind, text: found });
    }
    at = start + found.length;
  }
  text(layout.length);
  if (layouts.size < 1000) layouts.set(layout, chunks);
  return chunks;
}

export interface CivilTime {
  readonly year: number;
  /** 1 to 12 */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanosecond: number;
  /** 0 is Sunday. */
  readonly weekDay: number;
  /** 1 to 366 */
  readonly yearDay: number;
}

/** Calendar fields of a time in a zone. */
export function civilTime(timeNs: bigint, zone: GoZone): CivilTime {
  const local = timeNs + BigInt(zone.offsetSeconds) * 1_000_000_000n;
  let seconds = local / 1_000_000_000n;
  let nanosecond = Number(local % 1_000_000_000n);
  if (nanosecond < 0) {
    nanosecond += 1_000_000_000;
    seconds -= 1n;
  }
  const date = new Date(Number(seconds) * 1000);
  const year = date.getUTCFullYear();
  return {
    year,
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    nanosecond,
    weekDay: date.getUTCDay(),
    yearDay: Math.floor((Number(seconds) * 1000 - Date.UTC(year, 0, 1)) / 86_400_000) + 1,
  };
}

const pad = (value: number, width: number, fill = '0') =>
  value < 0 ? `-${String(-value).padStart(width, fill)}` : String(value).padStart(width, fill);

function printOffset(offsetSeconds: number, form: string): string {
  if (form.startsWith('Z') && offsetSeconds === 0) return 'Z';
  const size = Math.abs(offsetSeconds);
  const colon = form.includes(':') ? ':' : '';
  const digits = form.replace(/[Z\-:]/g, '').length;
  let text = `${offsetSeconds < 0 ? '-' : '+'}${pad(Math.floor(size / 3600), 2)}`;
  if (digits >= 4) text += colon + pad(Math.floor(size / 60) % 60, 2);
  if (digits >= 6) text += colon + pad(size % 60, 2);
  return text;
}

/** `time.Format` */
export function formatGoTime(timeNs: bigint, zone: GoZone, layout: string): string {
  const time = civilTime(timeNs, zone);
  let out = '';
  for (const { kind, text } of chunksOf(layout)) {
    switch (kind) {
      case 'text':
        out += text;
        break;
      case 'longMonth':
        out += monthNames[time.month - 1];
        break;
      case 'month':
        out += monthNames[time.month - 1]!.slice(0, 3);
        break;
      case 'numMonth':
        out += time.month;
        break;
      case 'zeroMonth':
        out += pad(time.month, 2);
        break;
      case 'longWeekDay':
        out += dayNames[time.weekDay];
        break;
      case 'weekDay':
        out += dayNames[time.weekDay]!.slice(0, 3);
        break;
      case 'day':
        out += time.day;
        break;
      case 'underDay':
        out += pad(time.day, 2, ' ');
        break;
      case 'zeroDay':
        out += pad(time.day, 2);
        break;
      case 'underYearDay':
        out += pad(time.yearDay, 3, ' ');
        break;
      case 'zeroYearDay':
        out += pad(time.yearDay, 3);
        break;
      case 'hour':
        out += pad(time.hour, 2);
        break;
      case 'hour12':
        out += time.hour % 12 || 12;
        break;
      case 'zeroHour12':
        out += pad(time.hour % 12 || 12, 2);
        break;
      case 'minute':
        out += time.minute;
        break;
      case 'zeroMinute':
        out += pad(time.minute, 2);
        break;
      case 'second':
        out += time.second;
        break;
      case 'zeroSecond':
        out += pad(time.second, 2);
        break;
      case 'longYear':
        out += pad(time.year, 4);
        break;
      case 'year':
        out += pad(((time.year % 100) + 100) % 100, 2);
        break;
      case 'PM':
        out += time.hour >= 12 ? 'PM' : 'AM';
        break;
      case 'pm':
        out += time.hour >= 12 ? 'pm' : 'am';
        break;
      case 'zoneName':
        out += zone.name;
        break;
      case 'zoneOffset':
        out += printOffset(zone.offsetSeconds, text);
        break;
      case 'fraction': {
        const digits = pad(time.nanosecond, 9).slice(0, text.length - 1);
        const shown = text[1] === '9' ? digits.replace(/0+$/, '') : digits;
        if (shown !== '') out += text[0] + shown;
        break;
      }
    }
  }
  return out;
}

export interface ParsedGoTime {
  readonly timeNs: bigint;
  readonly zone: GoZone;
  /** False when the layout has no year; the year is then 0, as in Go. */
  readonly hasYear: boolean;
}
export type ParseGoTimeResult = ParsedGoTime | { readonly error: string };

class Mismatch extends Error {}

/** `time.ParseInLocation`. Accepts fractional seconds after the seconds even when the layout has none, as Go does. */
export function parseGoTime(layout: string, text: string, location: GoLocation = utcLocation): ParseGoTimeResult {
  const chunks = chunksOf(layout);
  let rest = text;
  let [year, month, day, yearDay, hour, minute, second, nanosecond] = [0, -1, -1, -1, 0, 0, 0, 0];
  let hasYear = false;
  let pm: boolean | undefined;
  let offsetSeconds: number | undefined;
  let zoneName = '';
  let rangeError = '';

  const take = (pattern: RegExp): string => {
    const match = pattern.exec(rest);
    if (match === null || match.index !== 0) throw new Mismatch();
    rest = rest.slice(match[0].length);
    return match[0];
  };
  const within = (value: number, min: number, max: number, what: string) => {
    if (value < min || value > max) rangeError ||= what;
    return value;
  };
  const name = (names: readonly string[], short: boolean): number => {
    const index = names.findIndex((full) => {
      const wanted = short ? full.slice(0, 3) : full;
      return rest.slice(0, wanted.length).toLowerCase() === wanted.toLowerCase();
    });
    if (index < 0) throw new Mismatch();
    rest = rest.slice(short ? 3 : names[index]!.length);
    return index;
  };

  for (let i = 0; i < chunks.length; i++) {
    const { kind, text: shape } = chunks[i]!;
    const before = rest;
    try {
      switch (kind) {
        case 'text': {
          // Runs of spaces in layout and value match each other loosely, as in Go.
          let at = 0;
          for (const char of shape) {
            if (char === ' ') {
              if (at < rest.length && rest[at] !== ' ') throw new Mismatch();
              while (rest[at] === ' ') at++;
              continue;
            }
            if (rest[at] !== char) {
              if (rest.slice(at, at + char.length) !== char) throw new Mismatch();
            }
            at += char.length;
          }
          rest = rest.slice(at);
          break;
        }
        case 'longYear':
          year = Number(take(/^\d{4}/));
          hasYear = true;
          break;
        case 'year': {
          const two = Number(take(/^\d\d/));
          year = two >= 69 ? 1900 + two : 2000 + two;
          hasYear = true;
          break;
        }
        case 'longMonth':
          month = name(monthNames, false) + 1;
          break;
        case 'month':
          month = name(monthNames, true) + 1;
          break;
        case 'numMonth':
          month = within(Number(take(/^\d{1,2}/)), 1, 12, 'month');
          break;
        case 'zeroMonth':
          month = within(Number(take(/^\d\d/)), 1, 12, 'month');
          break;
        case 'longWeekDay':
          name(dayNames, false);
          break;
        case 'weekDay':
          name(dayNames, true);
          break;
        case 'underDay':
          day = Number(take(/^ ?\d{1,2}/));
          break;
        case 'day':
          day = Number(take(/^\d{1,2}/));
          break;
        case 'zeroDay':
          day = Number(take(/^\d\d/));
          break;
        case 'underYearDay':
          yearDay = Number(take(/^[ \d][ \d]\d/));
          break;
        case 'zeroYearDay':
          yearDay = Number(take(/^\d{3}/));
          break;
        case 'hour':
          hour = within(Number(take(/^\d{1,2}/)), 0, 23, 'hour');
          break;
        case 'hour12':
          hour = within(Number(take(/^\d{1,2}/)), 0, 12, 'hour');
          break;
        case 'zeroHour12':
          hour = within(Number(take(/^\d\d/)), 0, 12, 'hour');
          break;
        case 'minute':
          minute = within(Number(take(/^\d{1,2}/)), 0, 59, 'minute');
          break;
        case 'zeroMinute':
          minute = within(Number(take(/^\d\d/)), 0, 59, 'minute');
          break;
        case 'second':
        case 'zeroSecond': {
          second = within(Number(take(kind === 'second' ? /^\d{1,2}/ : /^\d\d/)), 0, 59, 'second');
          if (chunks[i + 1]?.kind !== 'fraction' && /^[.,]\d/.test(rest)) nanosecond = fractionNs(take(/^[.,]\d+/));
          break;
        }
        case 'fraction':
          if (shape[1] === '9') {
            if (/^[.,]\d/.test(rest)) nanosecond = fractionNs(take(/^[.,]\d+/));
          } else {
            nanosecond = fractionNs(take(new RegExp(`^[.,]\\d{${shape.length - 1}}`)));
          }
          break;
        case 'PM':
          pm = take(/^[AP]M/) === 'PM';
          break;
        case 'pm':
          pm = take(/^[ap]m/) === 'pm';
          break;
        case 'zoneOffset':
          offsetSeconds = takeOffset(shape, take);
          break;
        case 'zoneName':
          if (rest.startsWith('UTC')) {
            rest = rest.slice(3);
            zoneName = 'UTC';
          } else {
            const length = zoneNameLength(rest);
            if (length === 0) throw new Mismatch();
            zoneName = rest.slice(0, length);
            rest = rest.slice(length);
          }
          break;
      }
    } catch (problem) {
      if (!(problem instanceof Mismatch)) throw problem;
      return {
        error: `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(before)} as ${JSON.stringify(shape)}`,
      };
    }
  }
  if (rest !== '') return { error: `parsing time ${JSON.stringify(text)}: extra text: ${JSON.stringify(rest)}` };
  if (pm === true && hour < 12) hour += 12;
  else if (pm === false && hour === 12) hour = 0;
  if (yearDay >= 0) {
    const date = new Date(Date.UTC(2000, 0, 1));
    date.setUTCFullYear(year, 0, yearDay);
    if (yearDay < 1 || date.getUTCFullYear() !== year) rangeError ||= 'day-of-year';
    month = date.getUTCMonth() + 1;
    day = date.getUTCDate();
  } else {
    if (month < 0) month = 1;
    if (day < 0) day = 1;
    if (day < 1 || day > daysIn(month, year)) rangeError ||= 'day';
  }
  if (rangeError !== '') return { error: `parsing time ${JSON.stringify(text)}: ${rangeError} out of range` };

  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const localSeconds = date.getTime() / 1000;
  const { zone, unixSeconds } = placeInZone(localSeconds, offsetSeconds, zoneName, location);
  return { timeNs: BigInt(unixSeconds) * 1_000_000_000n + BigInt(nanosecond), zone, hasYear };
}

/** How much of the text is a zone's abbreviation for Go: `CET`, `CEST`, `GMT+3`, `+03`; 0 when nothing is. */
function zoneNameLength(text: string): number {
  if (/^(?:ChST|MeST)/.test(text)) return 4;
  if (text.startsWith('GMT')) return 3 + signedHoursLength(text.slice(3));
  if (/^[+-]/.test(text)) return signedHoursLength(text);
  const letters = /^[A-Z]{0,6}/.exec(text)![0].length;
  if (letters === 5) return text[4] === 'T' ? 5 : 0;
  if (letters === 4) return text[3] === 'T' || text.startsWith('WITA') ? 4 : 0;
  return letters === 3 ? 3 : 0;
}

function signedHoursLength(text: string): number {
  const match = /^[+-](\d+)/.exec(text);
  return match === null || Number(match[1]) > 23 ? 0 : match[0].length;
}

function fractionNs(text: string): number {
  return Number(text.slice(1, 10).padEnd(9, '0'));
}

function daysIn(month: number, year: number): number {
  if (month !== 2) return [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]!;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

function takeOffset(shape: string, take: (pattern: RegExp) => string): number {
  const digits = shape.replace(/[Z\-:]/g, '').length;
  const colon = shape.includes(':') ? ':' : '';
  const number = `[+-]\\d\\d${digits >= 4 ? `${colon}\\d\\d` : ''}${digits >= 6 ? `${colon}\\d\\d` : ''}`;
  const found = take(new RegExp(shape.startsWith('Z') ? `^(?:Z|${number})` : `^${number}`));
  if (found === 'Z') return 0;
  const [hours, minutes = 0, seconds = 0] = found.slice(1).replaceAll(':', '').match(/\d\d/g)!.map(Number);
  if (hours! > 24 || minutes >= 60 || seconds >= 60) throw new Mismatch();
  return (found[0] === '-' ? -1 : 1) * (hours! * 3600 + minutes * 60 + seconds);
}

/** From the clock on the wall to the instant, as Go does it. */
function placeInZone(
  localSeconds: number,
  offsetSeconds: number | undefined,
  zoneName: string,
  location: GoLocation,
): { zone: GoZone; unixSeconds: number } {
  const at = (zone: GoZone) => ({ zone, unixSeconds: localSeconds - zone.offsetSeconds });
  if (offsetSeconds !== undefined) {
    const there = location.zoneAt(localSeconds - offsetSeconds);
    if (there.offsetSeconds === offsetSeconds && (zoneName === '' || zoneName === there.name)) return at(there);
    return at({ name: zoneName || (offsetSeconds === 0 ? 'UTC' : ''), offsetSeconds });
  }
  if (zoneName === 'UTC') return at(utcZone);
  if (zoneName !== '') {
    const known = location.zoneNamed(zoneName, localSeconds);
    if (known !== undefined) return at(known);
    // An abbreviation that means nothing here: Go keeps it for printing (with the hours of `GMT+3`) and takes the time as UTC.
    const hours = /^GMT([+-]\d{1,2})$/.exec(zoneName);
    return { zone: { name: zoneName, offsetSeconds: hours ? Number(hours[1]) * 3600 : 0 }, unixSeconds: localSeconds };
  }
  // The offset at the instant is wanted, the instant depends on the offset: two guesses settle it outside the gaps.
  const guess = location.zoneAt(localSeconds);
  return at(location.zoneAt(localSeconds - guess.offsetSeconds));
}

export const goMonthName = (month: number): string => monthNames[month - 1] ?? '';
export const goWeekDayName = (weekDay: number): string => dayNames[weekDay] ?? '';
