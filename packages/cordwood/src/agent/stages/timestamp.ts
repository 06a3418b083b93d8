import { type ArgumentsOf, listType, optional, parsedType, required, schema, stringType } from '@cordwood/alloy';
import {
  civilTime,
  type GoLocation,
  loadLocation,
  namedLayouts,
  parseGoTime,
  utcLocation,
} from '../../extract/go-time.ts';
import type { Clock } from '../../world/clock.ts';
import type { StageDefinition } from '../stage.ts';
import { valueText } from '../value-text.ts';

const locationType = parsedType<GoLocation | undefined>('location', undefined, (name) => {
  if (name === '') return { value: undefined };
  const location = loadLocation(name);
  return location === undefined
    ? { error: `invalid location specified: unknown time zone ${name}` }
    : { value: location };
});

const argumentSchema = schema({
  attributes: {
    source: required(stringType),
    format: required(stringType),
    fallback_formats: optional(listType(stringType), []),
    location: optional(locationType, undefined),
    action_on_failure: optional(stringType, 'fudge'),
    action_on_duplicate_timestamp: optional(stringType, 'fudge'),
  },
  validate(args, report) {
    if (args.source === '') report('source', 'timestamp source value is required if timestamp is specified');
    if (args.format === '') report('format', 'timestamp format is required');
    if (args.action_on_failure !== 'skip' && args.action_on_failure !== 'fudge') {
      report('action_on_failure', 'invalid action on failure (supported values are [skip fudge])');
    }
    if (args.action_on_duplicate_timestamp !== 'keep' && args.action_on_duplicate_timestamp !== 'fudge') {
      report(
        'action_on_duplicate_timestamp',
        'invalid action on duplicate timestamp (supported values are [fudge keep])',
      );
    }
  },
});

/** Label sets whose last timestamp is remembered. */
const streamsMax = 10_000;

/**
 * Sets the time of an entry from an extracted value. With `fudge`, a value that cannot be parsed gives the last time of the
 * label set plus a nanosecond, and so does a value equal to the one before.
 */
export const timestamp: StageDefinition<ArgumentsOf<typeof argumentSchema>> = {
  name: 'timestamp',
  schema: argumentSchema,
  create(args, context) {
    const parsers = [args.format, ...args.fallback_formats].map((format) =>
      createParser(format, args.location, context.clock),
    );
    const fudgeFailures = args.action_on_failure === 'fudge';
    const fudgeDuplicates = args.action_on_duplicate_timestamp === 'fudge';
    // Insertion order is the order of use: the first key is the one to forget.
    const last = new Map<string, { parsedNs: bigint; givenNs: bigint }>();
    return {
      process(entries) {
        for (const entry of entries) {
          const text = valueText(entry.extracted.get(args.source));
          const parsedNs = text === undefined ? undefined : parseFirst(parsers, text);
          if (!fudgeFailures && !fudgeDuplicates) {
            if (parsedNs !== undefined) entry.setTimestampNs(parsedNs);
            continue;
          }
          const key = entry.labels.text();
          const before = last.get(key);
          let givenNs: bigint | undefined;
          if (parsedNs === undefined) {
            if (fudgeFailures && before !== undefined) givenNs = before.givenNs + 1n;
          } else givenNs = fudgeDuplicates && before?.parsedNs === parsedNs ? before.givenNs + 1n : parsedNs;
          if (givenNs === undefined) continue;
          entry.setTimestampNs(givenNs);
          if (before !== undefined) last.delete(key);
          else if (last.size >= streamsMax) last.delete(last.keys().next().value!);
          last.set(key, { parsedNs: parsedNs ?? before!.parsedNs, givenNs });
        }
        return entries;
      },
    };
  },
};

type Parser = (text: string) => bigint | undefined;

function parseFirst(parsers: readonly Parser[], text: string): bigint | undefined {
  for (const parse of parsers) {
    const timeNs = parse(text);
    // Outside of the years 1 to 9999 a push cannot carry it: not a time, so the next format gets its turn.
    if (timeNs !== undefined && timeNs >= firstNs && timeNs < endNs) return timeNs;
  }
  return undefined;
}
const firstNs = -62_135_596_800_000_000_000n;
const endNs = 253_402_300_800_000_000_000n;

const unitsNs: Readonly<Record<string, bigint>> = { UnixMs: 1_000_000n, UnixUs: 1000n, UnixNs: 1n };

function createParser(format: string, location: GoLocation | undefined, clock: Clock): Parser {
  if (format === 'Unix') return parseUnix;
  const unitNs = unitsNs[format];
  if (unitNs !== undefined) {
    return (text) => {
      const value = parseInt64(text);
      return value === undefined ? undefined : value * unitNs;
    };
  }
  const named = format === 'Layout' ? undefined : namedLayouts.get(format);
  const layout = named ?? format;
  // The location is for custom layouts only.
  const zone = named === undefined ? (location ?? utcLocation) : utcLocation;
  return (text) => {
    const parsed = parseGoTime(layout, text, zone);
    if ('error' in parsed) return undefined;
    return parsed.hasYear ? parsed.timeNs : addYear(parsed, layout, zone, clock);
  };
}

function parseInt64(text: string): bigint | undefined {
  if (!/^[+-]?\d{1,19}$/.test(text)) return undefined;
  const value = BigInt(text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

/** Seconds with an optional fraction, of which nine digits count. */
function parseUnix(text: string): bigint | undefined {
  const [whole, fraction, more] = text.split('.');
  const seconds = parseInt64(whole!);
  if (seconds === undefined || more !== undefined) return undefined;
  if (fraction === undefined) return seconds * 1_000_000_000n;
  if (!/^\d+$/.test(fraction)) return undefined;
  return seconds * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
}

/**
 * A time without a year is of this year; around New Year's Eve, a December seen in January is of the last year and a January
 * seen in December of the next.
 */
function addYear(
  parsed: { readonly timeNs: bigint; readonly zone: Parameters<typeof civilTime>[1] },
  layout: string,
  location: GoLocation,
  clock: Clock,
): bigint {
  const nowNs = clock.nowNs();
  const now = civilTime(nowNs, location.zoneAt(Number(nowNs / 1_000_000_000n)));
  const civil = civilTime(parsed.timeNs, parsed.zone);
  const year = now.year + (now.month === 1 && civil.month === 12 ? -1 : now.month === 12 && civil.month === 1 ? 1 : 0);
  const localSeconds = Date.UTC(year, civil.month - 1, civil.day, civil.hour, civil.minute, civil.second) / 1000;
  const hasZone = /MST|Z07|-07/.test(layout);
  // The offset of the place at that time: a first guess, and once more across a change of the clocks.
  const guess = location.zoneAt(localSeconds).offsetSeconds;
  const offset = hasZone ? parsed.zone.offsetSeconds : location.zoneAt(localSeconds - guess).offsetSeconds;
  return BigInt(localSeconds - offset) * 1_000_000_000n + BigInt(civil.nanosecond);
}
