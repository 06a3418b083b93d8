import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { quoteGo } from '../../model/labels.ts';
import { parseGoDuration, printGoDuration } from '../go-duration.ts';
import { formatGoTime, loadLocation, utcLocation } from '../go-time.ts';
import { toDate, toFloat64, toInt64, toText, upperCase } from './convert-value.ts';
import {
  CallError,
  type FunctionSet,
  fromJsonValue,
  type GoFunction,
  type GoMap,
  type GoType,
  type GoValue,
  goFunction,
  isList,
  isMap,
  isTrue,
  sortedEntries,
  typeName,
} from './go-value.ts';
import { cachedRe2, logqlFunctions } from './logql-functions.ts';
import { createTimeValue, isTimeValue, timeOf } from './time-value.ts';

/**
 * Functions of `stage.template` and `stage.replace`: sprig's text functions (https://masterminds.github.io/sprig/) and those that
 * Promtail and Alloy add. Functions that make keys and certificates, or look up hosts, are left out: a template that uses one is refused
 * when the configuration is read.
 */

const listMax = 1_000_000;

function fail(message: string): never {
  throw new CallError(message);
}

function listOf(value: GoValue, name: string): readonly GoValue[] {
  return isList(value) ? value : fail(`Cannot find ${name} on type ${typeName(value)}`);
}

function mapOf(entries: Iterable<readonly [string, GoValue]>): GoMap {
  return { kind: 'map', entries: new Map(entries), zero: undefined };
}

/** sprig's strslice: anything as a list of texts. */
function texts(value: GoValue): string[] {
  if (isList(value)) return value.filter((item) => item !== undefined).map(toText);
  return value === undefined ? [] : [toText(value)];
}

function equalValues(a: GoValue, b: GoValue): boolean {
  return toJson(a) === toJson(b) && typeof a === typeof b;
}

/** encoding/json.Marshal: keys sorted, `<`, `>` and `&` escaped. */
function toJson(value: GoValue, indent = ''): string {
  return JSON.stringify(plain(value), null, indent).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function plain(value: GoValue): unknown {
  if (value === undefined) return null;
  if (typeof value === 'bigint') return Number(value);
  if (isMap(value)) return Object.fromEntries(sortedEntries(value).map(([key, item]) => [key, plain(item)]));
  if (isList(value)) return value.map(plain);
  if (typeof value === 'object') return value.print();
  return value;
}

function parsedJson(text: string, must: boolean): GoValue {
  try {
    return fromJsonValue(JSON.parse(text));
  } catch (error) {
    return must ? fail((error as Error).message) : undefined;
  }
}

function range(start: bigint, stop: bigint, step: bigint): GoValue[] {
  if (step === 0n) return [];
  const count = (stop - start + step + (step > 0n ? -1n : 1n)) / step;
  if (count > BigInt(listMax)) fail(`a list of ${count} elements is too long`);
  return Array.from({ length: Math.max(0, Number(count)) }, (_, index) => start + BigInt(index) * step);
}

function wrap(width: number, newline: string, breakWords: boolean, text: string): string {
  const lines: string[] = [];
  let rest = text;
  const size = Math.max(1, width);
  while (rest.length > size) {
    const space = rest.lastIndexOf(' ', size);
    if (space > 0) {
      lines.push(rest.slice(0, space));
      rest = rest.slice(space + 1);
      continue;
    }
    if (breakWords) {
      lines.push(rest.slice(0, size));
      rest = rest.slice(size);
      continue;
    }
    const next = rest.indexOf(' ', size);
    if (next < 0) break;
    lines.push(rest.slice(0, next));
    rest = rest.slice(next + 1);
  }
  return [...lines, rest].join(newline);
}

/** Words of a name in any of the usual cases. */
function words(text: string): string[] {
  return text
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(/[\s_\-.]+/)
    .filter(Boolean);
}

/**
 * `http server` -> `HttpServer`, `HTTPServer_x` -> `HttpserverX`: a character behind a connector becomes upper case, all
 * others lower case. One connector between words goes, others stay.
 */
function camelCase(text: string): string {
  const isConnector = (char: string | undefined) => char !== undefined && /[-_\s]/u.test(char);
  const chars = [...text];
  let start = 0;
  while (isConnector(chars[start])) start++;
  let out = chars.slice(0, start).join('');
  for (let i = start; i < chars.length; i++) {
    const char = chars[i]!;
    if (isConnector(char)) {
      if (i === chars.length - 1 || isConnector(chars[i + 1])) out += char;
    } else out += i === start || isConnector(chars[i - 1]) ? upperCase(char) : char.toLowerCase();
  }
  return out;
}

function cleanPath(path: string): string {
  if (path === '') return '.';
  const rooted = path.startsWith('/');
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '..' || !rooted) parts.push(part);
  }
  return (rooted ? '/' : '') + parts.join('/') || (rooted ? '/' : '.');
}

function baseName(path: string): string {
  if (path === '') return '.';
  const trimmed = path.replace(/\/+$/, '');
  return trimmed === '' ? '/' : trimmed.slice(trimmed.lastIndexOf('/') + 1);
}

function extension(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot < 0 ? '' : name.slice(dot);
}

function urlParts(text: string): GoMap {
  const match =
    /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/(?:([^@/?#]*)@)?([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/.exec(text);
  const host = match?.[3] ?? '';
  const part = (value: string | undefined): GoValue => value ?? '';
  return mapOf([
    ['scheme', part(match?.[1])],
    ['host', host],
    ['hostname', host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1')],
    ['path', part(match?.[4])],
    ['query', part(match?.[5])],
    ['opaque', ''],
    ['fragment', part(match?.[6])],
    ['userinfo', part(match?.[2])],
  ]);
}

function semver(text: string): { numbers: number[]; prerelease: string; metadata: string; original: string } {
  const match = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?$/.exec(text);
  if (!match) fail('Invalid Semantic Version');
  return {
    numbers: [match[1], match[2] ?? '0', match[3] ?? '0'].map(Number),
    prerelease: match[4] ?? '',
    metadata: match[5] ?? '',
    original: text,
  };
}

function compareVersions(a: ReturnType<typeof semver>, b: ReturnType<typeof semver>): number {
  for (let i = 0; i < 3; i++) if (a.numbers[i] !== b.numbers[i]) return a.numbers[i]! - b.numbers[i]!;
  if (a.prerelease === b.prerelease) return 0;
  if (a.prerelease === '') return 1;
  if (b.prerelease === '') return -1;
  return a.prerelease < b.prerelease ? -1 : 1;
}

function satisfies(constraint: string, text: string): boolean {
  const version = semver(text);
  return constraint.split('||').some((alternative) =>
    alternative
      .split(/[,\s]+/)
      .filter(Boolean)
      .every((part) => {
        const match = /^(=|!=|>=|<=|>|<|~|\^)?(v?\d.*|\*)$/.exec(part);
        if (!match) fail(`improper constraint: ${part}`);
        if (match[2] === '*') return true;
        const bound = semver(match[2]!.replace(/\.[x*]/g, ''));
        const order = compareVersions(version, bound);
        switch (match[1]) {
          case '!=':
            return order !== 0;
          case '>=':
            return order >= 0;
          case '<=':
            return order <= 0;
          case '>':
            return order > 0;
          case '<':
            return order < 0;
          case '~':
            return (
              order >= 0 &&
              version.numbers[0] === bound.numbers[0] &&
              (match[2]!.split('.').length < 2 || version.numbers[1] === bound.numbers[1])
            );
          case '^':
            return (
              order >= 0 &&
              version.numbers[0] === bound.numbers[0] &&
              (bound.numbers[0] !== 0 || version.numbers[1] === bound.numbers[1])
            );
          default:
            return order === 0;
        }
      }),
  );
}

function adler32(text: string): string {
  let [a, b] = [1, 0];
  for (const byte of Buffer.from(text)) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return String(((b << 16) | a) >>> 0);
}

/** A map after a change. The data of a template is not a dict of its own making, so a copy of it is changed. */
function changed(map: GoValue, change: (entries: Map<string, GoValue>) => void): GoValue {
  if (!isMap(map)) return fail(`wrong type for value; expected map[string]interface {}; got ${typeName(map)}`);
  if (map.entries instanceof Map) {
    change(map.entries);
    return map;
  }
  const entries = new Map(map.entries);
  change(entries);
  return mapOf(entries);
}

/** Maps in both are merged in turn. */
function mergeInto(entries: Map<string, GoValue>, other: GoValue, overwrite: boolean): void {
  if (!isMap(other)) return;
  for (const [key, value] of other.entries) {
    const known = entries.get(key);
    if (isMap(known) && isMap(value))
      entries.set(
        key,
        changed(known, (inner) => mergeInto(inner, value, overwrite)),
      );
    else if (overwrite ? isTrue(value) : !isTrue(known)) entries.set(key, value);
  }
}

function deepCopy(value: GoValue): GoValue {
  if (isMap(value)) return mapOf([...value.entries].map(([key, item]) => [key, deepCopy(item)] as const));
  return isList(value) ? value.map(deepCopy) : value;
}

/** The largest unit of a duration, cut: `2h30m` is `2h`. */
function roundedDuration(value: GoValue): string {
  const parsed = typeof value === 'string' ? parseGoDuration(value) : undefined;
  const durationNs = parsed?.durationNs ?? (typeof value === 'bigint' ? value : 0n);
  const size = durationNs < 0n ? -durationNs : durationNs;
  const hour = 3_600_000_000_000n;
  const units: readonly (readonly [bigint, string])[] = [
    [365n * 24n * hour, 'y'],
    [30n * 24n * hour, 'mo'],
    [24n * hour, 'd'],
    [hour, 'h'],
    [hour / 60n, 'm'],
    [hour / 3600n, 's'],
  ];
  const unit = units.find(([ns]) => size > ns);
  return unit === undefined ? '0s' : `${size / unit[0]}${unit[1]}`;
}

function joinedUrl(map: GoValue): string {
  const part = (name: string) => (isMap(map) ? toText(map.entries.get(name) ?? '') : '');
  const [scheme, user, host, path, query, fragment] = ['scheme', 'userinfo', 'host', 'path', 'query', 'fragment'].map(
    part,
  );
  const authority = host === '' && user === '' ? '' : `//${user === '' ? '' : `${user}@`}${host}`;
  const start = scheme === '' ? '' : `${scheme}:`;
  return `${start}${authority}${path}${query === '' ? '' : `?${query}`}${fragment === '' ? '' : `#${fragment}`}`;
}

const base32Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
function base32Encode(text: string): string {
  const bits = [...Buffer.from(text)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(/.{1,5}/g) ?? [];
  const encoded = groups.map((group) => base32Alphabet[Number.parseInt(group.padEnd(5, '0'), 2)]).join('');
  return encoded.padEnd(Math.ceil(encoded.length / 8) * 8, '=');
}
function base32Decode(text: string): string {
  const plainText = text.replace(/=+$/, '');
  const bad = [...plainText].findIndex((char) => !base32Alphabet.includes(char));
  if (bad >= 0) return `illegal base32 data at input byte ${bad}`;
  const bits = [...plainText].map((char) => base32Alphabet.indexOf(char).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2))).toString();
}

const hex = (algorithm: string) => (text: string) => createHash(algorithm).update(text).digest('hex');
const salted = (algorithm: string) => (salt: string, text: string) =>
  createHash(algorithm)
    .update(salt + text)
    .digest('hex');

function randomText(alphabet: string, count: bigint): string {
  if (count > 10_000n) fail('more than 10000 random characters');
  return [...randomBytes(Number(count))].map((byte) => alphabet[byte % alphabet.length]).join('');
}
const lettersAll = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const digitsAll = '0123456789';
/** Printable ASCII. */
const asciiAll = String.fromCharCode(...Array.from({ length: 95 }, (_, i) => 32 + i));

/** A time, or seconds since the epoch, as text in a zone (default: that of the time). Anything else is now, as in sprig. */
const dateText = (layout: string, value: GoValue, zoneName?: string) => {
  const isSeconds = typeof value === 'bigint';
  const time = isTimeValue(value)
    ? value
    : createTimeValue(isSeconds ? value * 1_000_000_000n : BigInt(Date.now()) * 1_000_000n);
  if (zoneName === undefined) return formatGoTime(time.timeNs, time.zone, layout);
  const location = loadLocation(zoneName) ?? utcLocation;
  return formatGoTime(time.timeNs, location.zoneAt(Number(time.timeNs / 1_000_000_000n)), layout);
};

function modifyDate(duration: string, time: GoValue, must: boolean): GoValue {
  const { durationNs, error } = parseGoDuration(duration);
  if (error !== undefined) return must ? fail(error) : time;
  return createTimeValue(timeOf(time).timeNs + durationNs, timeOf(time).zone);
}

type Call = (...values: never[]) => GoValue;
const define = (parameters: string, call: Call): GoFunction => {
  const names: Readonly<Record<string, GoType>> = { s: 'string', i: 'int', f: 'float64', b: 'bool', a: 'any' };
  const variadic = /(.)\*$/.exec(parameters)?.[1];
  const plainNames = variadic ? parameters.slice(0, -2) : parameters;
  return goFunction(
    [...plainNames].map((letter) => names[letter]!),
    call,
    variadic === undefined ? undefined : names[variadic],
  );
};

export interface SprigContext {
  /** Environment variables, for `env` and `expandenv`: who writes the configuration may read them, as in Alloy. */
  readonly variable: (name: string) => string | undefined;
}

/** Parameter letters: s string, i int, f float64, b bool, a any; `*` after the last: any number. */
export function sprigFunctions({ variable }: SprigContext): FunctionSet {
  const own: { readonly [name: string]: readonly [parameters: string, call: Call] } = {
    // Promtail's and Alloy's
    Hash: ['ss', salted('sha3-256')],
    Sha2Hash: ['ss', salted('sha256')],

    // text
    untitle: [
      's',
      (text: string) =>
        text.replace(/(^|\s)(\S)/g, (_whole, before: string, letter: string) => before + letter.toLowerCase()),
    ],
    swapcase: [
      's',
      (text: string) =>
        [...text].map((char) => (/[\p{Lu}\p{Lt}]/u.test(char) ? char.toLowerCase() : upperCase(char))).join(''),
    ],
    nospace: ['s', (text: string) => text.replace(/\s/gu, '')],
    initials: [
      's',
      (text: string) =>
        text
          .split(/\s+/)
          .map((word) => [...word][0] ?? '')
          .join(''),
    ],
    abbrev: [
      'is',
      (width: bigint, text: string) =>
        width < 4n || BigInt(text.length) <= width ? text : `${text.slice(0, Number(width) - 3)}...`,
    ],
    abbrevboth: [
      'iis',
      (left: bigint, right: bigint, text: string) =>
        right < 4n || (left > 0n && right < 7n) || BigInt(text.length) <= right
          ? text
          : `...${text.slice(Number(left), Number(left) + Number(right) - 6)}...`,
    ],
    wrap: ['is', (width: bigint, text: string) => wrap(Number(width), '\n', false, text)],
    wrapWith: ['iss', (width: bigint, separator: string, text: string) => wrap(Number(width), separator, true, text)],
    quote: [
      'a*',
      (...values: GoValue[]) =>
        values
          .filter((value) => value !== undefined)
          .map((value) => quoteGo(toText(value)))
          .join(' '),
    ],
    squote: [
      'a*',
      (...values: GoValue[]) =>
        values
          .filter((value) => value !== undefined)
          .map((value) => `'${toText(value)}'`)
          .join(' '),
    ],
    cat: [
      'a*',
      (...values: GoValue[]) =>
        values
          .filter((value) => value !== undefined)
          .map(toText)
          .join(' '),
    ],
    camelcase: ['s', camelCase],
    snakecase: ['s', (text: string) => words(text).join('_').toLowerCase()],
    kebabcase: ['s', (text: string) => words(text).join('-').toLowerCase()],
    plural: ['ssi', (one: string, many: string, count: bigint) => (count === 1n ? one : many)],
    shuffle: ['s', (text: string) => [...text].sort(() => (randomBytes(1)[0]! < 128 ? -1 : 1)).join('')],
    sha1sum: ['s', hex('sha1')],
    sha256sum: ['s', hex('sha256')],
    sha512sum: ['s', hex('sha512')],
    adler32sum: ['s', adler32],
    b32enc: ['s', base32Encode],
    b32dec: ['s', base32Decode],
    toStrings: ['a', (value: GoValue) => texts(value)],
    join: ['sa', (separator: string, value: GoValue) => texts(value).join(separator)],
    splitList: ['ss', (separator: string, text: string) => (separator === '' ? [...text] : text.split(separator))],
    split: [
      'ss',
      (separator: string, text: string) => mapOf(text.split(separator).map((part, index) => [`_${index}`, part])),
    ],
    splitn: [
      'sis',
      (separator: string, count: bigint, text: string) => {
        const parts = text.split(separator);
        const kept =
          count > 0n && BigInt(parts.length) > count
            ? [...parts.slice(0, Number(count) - 1), parts.slice(Number(count) - 1).join(separator)]
            : parts;
        return mapOf(kept.map((part, index) => [`_${index}`, part]));
      },
    ],
    regexMatch: ['ss', (pattern: string, text: string) => cachedRe2(pattern).test(text)],
    mustRegexMatch: ['ss', (pattern: string, text: string) => cachedRe2(pattern).test(text)],
    regexFind: ['ss', (pattern: string, text: string) => cachedRe2(pattern).exec(text)?.groups[0] ?? ''],
    regexFindAll: [
      'ssi',
      (pattern: string, text: string, count: bigint) =>
        cachedRe2(pattern)
          .execAll(text, count < 0n ? undefined : Number(count))
          .map((match) => match.groups[0] ?? ''),
    ],
    regexSplit: [
      'ssi',
      (pattern: string, text: string, count: bigint) => {
        if (count === 0n) return [];
        const parts: string[] = [];
        let at = 0;
        for (const match of cachedRe2(pattern).execAll(text)) {
          if (count > 0n && BigInt(parts.length) === count - 1n) break;
          if (match.end === 0) continue;
          parts.push(text.slice(at, match.start));
          at = match.end;
        }
        return [...parts, text.slice(at)];
      },
    ],
    regexQuoteMeta: ['s', (text: string) => text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')],

    // defaults and flow
    coalesce: ['a*', (...values: GoValue[]) => values.find(isTrue)],
    ternary: ['aab', (yes: GoValue, no: GoValue, choice: boolean) => (choice ? yes : no)],
    empty: ['a', (value: GoValue) => !isTrue(value)],
    all: ['a*', (...values: GoValue[]) => values.every(isTrue)],
    any: ['a*', (...values: GoValue[]) => values.some(isTrue)],
    fail: ['s', (message: string) => fail(message)],
    required: [
      'sa',
      (message: string, value: GoValue) => (value === undefined || value === '' ? fail(message) : value),
    ],
    typeOf: ['a', (value: GoValue) => typeName(value)],
    typeIsLike: ['sa', (name: string, value: GoValue) => typeName(value) === name || typeName(value) === `*${name}`],
    typeIs: ['sa', (name: string, value: GoValue) => typeName(value) === name],
    kindOf: [
      'a',
      (value: GoValue) =>
        typeName(value)
          .replace(/^map.*/, 'map')
          .replace(/^\[\].*/, 'slice'),
    ],
    kindIs: [
      'sa',
      (name: string, value: GoValue) =>
        typeName(value)
          .replace(/^map.*/, 'map')
          .replace(/^\[\].*/, 'slice') === name,
    ],
    deepEqual: ['aa', (a: GoValue, b: GoValue) => equalValues(a, b)],
    env: ['s', (name: string) => variable(name) ?? ''],
    expandenv: [
      's',
      (text: string) =>
        text.replace(
          /\$(?:\{(\w+)\}|(\w+))/g,
          (_whole, braced?: string, bare?: string) => variable(braced ?? bare ?? '') ?? '',
        ),
    ],
    uuidv4: ['', () => randomUUID()],
    randAlphaNum: ['i', (count: bigint) => randomText(lettersAll + digitsAll, count)],
    randAlpha: ['i', (count: bigint) => randomText(lettersAll, count)],
    randAscii: ['i', (count: bigint) => randomText(asciiAll, count)],
    randBytes: [
      'i',
      (count: bigint) =>
        count > 10_000n ? fail('more than 10000 random bytes') : randomBytes(Number(count)).toString('base64'),
    ],
    randInt: [
      'ii',
      (min: bigint, max: bigint) =>
        max <= min
          ? fail('the upper bound must be above the lower one')
          : min + BigInt(Math.floor(Math.random() * Number(max - min))),
    ],
    hello: ['', () => 'Hello!'],
    randNumeric: ['i', (count: bigint) => randomText(digitsAll, count)],

    // numbers
    int64: ['a', (value: GoValue) => toInt64(value)],
    atoi: ['s', (text: string) => (/^[+-]?\d+$/.test(text) ? BigInt(text) : 0n)],
    toDecimal: [
      'a',
      (value: GoValue) => {
        const digits = toText(value);
        return /^[0-7]+$/.test(digits) ? BigInt(`0o${digits}`) : 0n;
      },
    ],
    add1: ['a', (value: GoValue) => toInt64(value) + 1n],
    add1f: ['a', (value: GoValue) => toFloat64(value) + 1],
    biggest: [
      'aa*',
      (first: GoValue, ...values: GoValue[]) =>
        values.map(toInt64).reduce((best, value) => (value > best ? value : best), toInt64(first)),
    ],
    seq: [
      'i*',
      (...bounds: bigint[]) => {
        const [start, step, stop] =
          bounds.length === 1
            ? [1n, bounds[0]! < 1n ? -1n : 1n, bounds[0]!]
            : bounds.length === 2
              ? [bounds[0]!, bounds[1]! < bounds[0]! ? -1n : 1n, bounds[1]!]
              : [bounds[0] ?? 0n, bounds[1] ?? 0n, bounds[2] ?? 0n];
        return bounds.length === 0 || bounds.length > 3 || step === 0n
          ? ''
          : range(start, stop + (step > 0n ? 1n : -1n), step).join(' ');
      },
    ],
    until: ['i', (count: bigint) => range(0n, count, count < 0n ? -1n : 1n)],
    untilStep: ['iii', range],

    // lists
    list: ['a*', (...values: GoValue[]) => values],
    tuple: ['a*', (...values: GoValue[]) => values],
    first: ['a', (list: GoValue) => listOf(list, 'first')[0]],
    last: ['a', (list: GoValue) => listOf(list, 'last').at(-1)],
    rest: ['a', (list: GoValue) => listOf(list, 'rest').slice(1)],
    initial: ['a', (list: GoValue) => listOf(list, 'initial').slice(0, -1)],
    append: ['aa', (list: GoValue, value: GoValue) => [...listOf(list, 'push'), value]],
    push: ['aa', (list: GoValue, value: GoValue) => [...listOf(list, 'push'), value]],
    prepend: ['aa', (list: GoValue, value: GoValue) => [value, ...listOf(list, 'prepend')]],
    concat: ['a*', (...lists: GoValue[]) => lists.flatMap((list) => listOf(list, 'concat'))],
    reverse: ['a', (list: GoValue) => [...listOf(list, 'reverse')].reverse()],
    uniq: [
      'a',
      (list: GoValue) =>
        listOf(list, 'uniq').filter(
          (value, index, all) => all.findIndex((other) => equalValues(value, other)) === index,
        ),
    ],
    compact: ['a', (list: GoValue) => listOf(list, 'compact').filter(isTrue)],
    without: [
      'aa*',
      (list: GoValue, ...values: GoValue[]) =>
        listOf(list, 'without').filter((item) => !values.some((value) => equalValues(item, value))),
    ],
    has: [
      'aa',
      (value: GoValue, list: GoValue) =>
        list !== undefined && listOf(list, 'has').some((item) => equalValues(item, value)),
    ],
    sortAlpha: ['a', (list: GoValue) => texts(list).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))],
    slice: [
      'aa*',
      (list: GoValue, ...bounds: GoValue[]) =>
        listOf(list, 'slice').slice(...(bounds.map((bound) => Number(toInt64(bound))) as [number?, number?])),
    ],
    chunk: [
      'ia',
      (size: bigint, list: GoValue) => {
        const items = listOf(list, 'chunk');
        const step = Math.max(1, Number(size));
        return Array.from({ length: Math.ceil(items.length / step) }, (_, index) =>
          items.slice(index * step, (index + 1) * step),
        );
      },
    ],

    // maps
    dict: [
      'a*',
      (...pairs: GoValue[]) =>
        mapOf(
          pairs.flatMap((key, index) =>
            index % 2 === 0 ? [[toText(key), index + 1 < pairs.length ? pairs[index + 1] : ''] as const] : [],
          ),
        ),
    ],
    get: ['as', (map: GoValue, key: string) => (isMap(map) ? (map.entries.get(key) ?? '') : '')],
    // Changes the dict itself, which is how templates use it: {{ $_ := set $dict "key" "value" }}.
    set: ['asa', (map: GoValue, key: string, value: GoValue) => changed(map, (entries) => entries.set(key, value))],
    unset: ['as', (map: GoValue, key: string) => changed(map, (entries) => entries.delete(key))],
    deepCopy: ['a', (value: GoValue) => deepCopy(value)],
    hasKey: ['as', (map: GoValue, key: string) => isMap(map) && map.entries.has(key)],
    keys: ['a*', (...maps: GoValue[]) => maps.flatMap((map) => (isMap(map) ? [...map.entries.keys()] : []))],
    values: ['a', (map: GoValue) => (isMap(map) ? [...map.entries.values()] : [])],
    pick: [
      'as*',
      (map: GoValue, ...keys: string[]) =>
        mapOf(isMap(map) ? [...map.entries].filter(([key]) => keys.includes(key)) : []),
    ],
    omit: [
      'as*',
      (map: GoValue, ...keys: string[]) =>
        mapOf(isMap(map) ? [...map.entries].filter(([key]) => !keys.includes(key)) : []),
    ],
    pluck: [
      'sa*',
      (key: string, ...maps: GoValue[]) =>
        maps.flatMap((map) => (isMap(map) && map.entries.has(key) ? [map.entries.get(key)] : [])),
    ],
    // The first map gets what it lacks, or with the other function what any of the others has.
    merge: [
      'aa*',
      (first: GoValue, ...others: GoValue[]) =>
        changed(first, (entries) => {
          for (const other of others) mergeInto(entries, other, false);
        }),
    ],
    mergeOverwrite: [
      'aa*',
      (first: GoValue, ...others: GoValue[]) =>
        changed(first, (entries) => {
          for (const other of others) mergeInto(entries, other, true);
        }),
    ],
    dig: [
      'a*',
      (...values: GoValue[]) => {
        const [map, fallback, ...path] = [values.at(-1), values.at(-2), ...values.slice(0, -2)];
        let found: GoValue = map;
        for (const key of path) {
          if (!isMap(found) || !found.entries.has(toText(key))) return fallback;
          found = found.entries.get(toText(key));
        }
        return found;
      },
    ],

    // encodings, paths, versions
    toJson: ['a', (value: GoValue) => toJson(value)],
    mustToJson: ['a', (value: GoValue) => toJson(value)],
    toRawJson: ['a', (value: GoValue) => JSON.stringify(plain(value))],
    toPrettyJson: ['a', (value: GoValue) => toJson(value, '  ')],
    mustFromJson: ['s', (text: string) => parsedJson(text, true)],
    base: ['s', baseName],
    dir: ['s', (path: string) => cleanPath(path.slice(0, path.lastIndexOf('/') + 1))],
    ext: ['s', extension],
    clean: ['s', cleanPath],
    isAbs: ['s', (path: string) => path.startsWith('/')],
    osBase: ['s', baseName],
    osDir: ['s', (path: string) => cleanPath(path.slice(0, path.lastIndexOf('/') + 1))],
    osExt: ['s', extension],
    osClean: ['s', cleanPath],
    osIsAbs: ['s', (path: string) => path.startsWith('/')],
    urlParse: ['s', urlParts],
    urlJoin: ['a', joinedUrl],
    semver: [
      's',
      (text: string): GoValue => {
        const version = semver(text);
        const [major, minor, patch] = version.numbers.map(BigInt);
        return mapOf([
          ['Major', major],
          ['Minor', minor],
          ['Patch', patch],
          ['Prerelease', version.prerelease],
          ['Metadata', version.metadata],
          ['Original', version.original],
        ]);
      },
    ],
    semverCompare: ['ss', satisfies],

    // time
    dateInZone: ['sas', dateText],
    date_in_zone: ['sas', dateText],
    htmlDate: ['a', (value: GoValue) => dateText('2006-01-02', value)],
    htmlDateInZone: ['as', (value: GoValue, zone: string) => dateText('2006-01-02', value, zone)],
    durationRound: ['a', roundedDuration],
    dateModify: ['sa', (duration: string, time: GoValue) => modifyDate(duration, time, false)],
    date_modify: ['sa', (duration: string, time: GoValue) => modifyDate(duration, time, false)],
    must_date_modify: ['sa', (duration: string, time: GoValue) => modifyDate(duration, time, true)],
    mustDateModify: ['sa', (duration: string, time: GoValue) => modifyDate(duration, time, true)],
    // sprig takes seconds as text or int64; a literal is an int, which it takes for nothing.
    duration: [
      'a',
      (value: GoValue) => printGoDuration(typeof value === 'string' ? toInt64(value) * 1_000_000_000n : 0n),
    ],
    ago: [
      'a',
      (value: GoValue) =>
        printGoDuration(
          isTimeValue(value)
            ? ((BigInt(Date.now()) * 1_000_000n - value.timeNs) / 1_000_000_000n) * 1_000_000_000n
            : 0n,
        ),
    ],
    mustToDate: ['ss', (layout: string, text: string) => toDate(layout, text)],
  };
  const shared = [...logqlFunctions].filter(([name]) => !lokiOnly.has(name));
  const functions = new Map([
    ...shared,
    // Not in the table above: an object type has a toString of its own.
    ['toString', define('a', (value: GoValue) => toText(value))],
    ...Object.entries(own).map(([name, [parameters, call]]) => [name, define(parameters, call)] as const),
  ]);
  functions.set('trimall', functions.get('trimAll')!);
  // Ours fail as these do: a problem ends the template either way.
  for (const name of alsoMust) functions.set(`must${name[0]!.toUpperCase()}${name.slice(1)}`, functions.get(name)!);
  return functions;
}

/** Functions that sprig also has as `mustName`. */
const alsoMust = [
  'append', 'push', 'prepend', 'first', 'rest', 'last', 'initial', 'reverse', 'uniq', 'without', 'has', 'slice', 'chunk', 'compact',
  'merge', 'mergeOverwrite', 'deepCopy', 'toPrettyJson', 'toRawJson', 'regexFind', 'regexFindAll', 'regexReplaceAll',
  'regexReplaceAllLiteral', 'regexSplit',
]; // biome-ignore format: one table

/** Functions of LogQL's set that neither sprig nor Alloy has. */
const lokiOnly: ReadonlySet<string> = new Set([
  '__line__',
  '__timestamp__',
  'count',
  'urldecode',
  'urlencode',
  'bytes',
  'duration',
  'duration_seconds',
  'unixEpochMillis',
  'unixEpochNanos',
  'toDateInZone',
  'unixToTime',
  'alignLeft',
  'alignRight',
]);
