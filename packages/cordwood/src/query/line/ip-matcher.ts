/**
 * `ip("...")`: one address, a CIDR prefix or a range `from-to`, IPv4 or IPv6 (loki.md 2.2). An IPv4 address never equals
 * its IPv4-in-IPv6 form.
 */
export interface IpMatcher {
  /** Is there an address that matches anywhere in the text? */
  findIn(text: Uint8Array): boolean;
}

interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** Undefined when the pattern is none of the three forms. */
export function compileIpMatcher(pattern: string): IpMatcher | undefined {
  const bounds = parseBounds(pattern);
  if (bounds === undefined) return undefined;
  const [from, to] = bounds;
  const contains = (address: Address) =>
    address.bits === from.bits && address.value >= from.value && address.value <= to.value;
  return { findIn: (text) => find(text, contains) };
}

/** Lowest and highest address of the pattern. */
function parseBounds(pattern: string): readonly [Address, Address] | undefined {
  const single = parseAddress(pattern);
  if (single !== undefined) return [single, single];
  const slash = pattern.lastIndexOf('/');
  if (slash >= 0) {
    const address = parseAddress(pattern.slice(0, slash));
    const lengthText = pattern.slice(slash + 1);
    if (address === undefined || !/^(0|[1-9]\d{0,2})$/.test(lengthText)) return undefined;
    const length = Number(lengthText);
    if (length > address.bits) return undefined;
    const hostMask = (1n << BigInt(address.bits - length)) - 1n;
    return [
      { bits: address.bits, value: address.value & ~hostMask },
      { bits: address.bits, value: address.value | hostMask },
    ];
  }
  const dash = pattern.indexOf('-');
  if (dash < 0) return undefined;
  const from = parseAddress(pattern.slice(0, dash));
  const to = parseAddress(pattern.slice(dash + 1));
  if (from === undefined || to === undefined || from.bits !== to.bits || from.value > to.value) return undefined;
  return [from, to];
}

const ipv4Character = new Uint8Array(256);
const ipv6Character = new Uint8Array(256);
const hexDigit = new Uint8Array(256);
for (const char of '0123456789.') ipv4Character[char.charCodeAt(0)] = 1;
for (const char of '0123456789abcdefABCDEF:.') ipv6Character[char.charCodeAt(0)] = 1;
for (const char of '0123456789abcdefABCDEF') hexDigit[char.charCodeAt(0)] = 1;
const colon = 0x3a;
const dot = 0x2e;

/**
 * Walks the text as Loki does, which decides what counts as an address in it: a place that looks like one starts a run of
 * address characters, the whole run is tried, and the walk goes on behind the run and one character more.
 */
function find(text: Uint8Array, contains: (address: Address) => boolean): boolean {
  for (let at = 0; at < text.length; at++) {
    const characters = looksLikeIpv4(text, at) ? ipv4Character : looksLikeIpv6(text, at) ? ipv6Character : undefined;
    if (characters === undefined) continue;
    let end = at;
    while (end < text.length && characters[text[end]!] === 1) end++;
    const address = parseAddress(String.fromCharCode(...text.subarray(at, Math.min(end, at + addressLengthMax))));
    if (address !== undefined && end - at <= addressLengthMax && contains(address)) return true;
    at = end;
  }
  return false;
}

/** The longest spelling of an address: eight groups of four, the last two as IPv4. */
const addressLengthMax = 45;

function looksLikeIpv4(text: Uint8Array, at: number): boolean {
  const first = text[at]!;
  if (at + 3 >= text.length || first < 0x30 || first > 0x39) return false;
  return text[at + 1] === dot || text[at + 2] === dot || text[at + 3] === dot;
}

function looksLikeIpv6(text: Uint8Array, at: number): boolean {
  if (at + 4 >= text.length) return false;
  if (text[at] === colon) return text[at + 1] === colon && hexDigit[text[at + 2]!] === 1;
  for (let i = 0; i < 4; i++) {
    if (hexDigit[text[at + i]!] === 0) return false;
    if (text[at + i + 1] === colon) return true;
  }
  return false;
}

function parseAddress(text: string): Address | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Address | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    // No leading zeros: 010 was octal once, and is refused rather than guessed.
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return { bits: 32, value };
}

function parseIpv6(text: string): Address | undefined {
  const gap = text.indexOf('::');
  if (gap >= 0 && text.indexOf('::', gap + 1) >= 0) return undefined;
  const head = parseGroups(gap < 0 ? text : text.slice(0, gap), gap < 0);
  const tail = gap < 0 ? [] : parseGroups(text.slice(gap + 2), true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (gap < 0 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  return { bits: 128, value: groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n) };
}

/** 16-bit groups; the last may be an IPv4 address, which makes two. */
function parseGroups(text: string, last: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (last && index === parts.length - 1 && part.includes('.')) {
      const ipv4 = parseIpv4(part);
      if (ipv4 === undefined) return undefined;
      groups.push(Number(ipv4.value >> 16n), Number(ipv4.value & 0xffffn));
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
      groups.push(Number.parseInt(part, 16));
    }
  }
  return groups;
}
