/** What `ip("…")` accepts: one address, a prefix (`10.0.0.0/8`), or a range (`10.0.0.1-10.0.0.9`); IPv4 and IPv6. */

/** Undefined when the pattern is valid, else Loki's text. */
export function ipPatternError(pattern: string): string | undefined {
  if (parseAddress(pattern) !== undefined || isPrefix(pattern) || isRange(pattern)) return undefined;
  return `ip: invalid pattern: ${JSON.stringify(pattern)}`;
}

interface Address {
  readonly version: 4 | 6;
  readonly value: bigint;
}

function isPrefix(pattern: string): boolean {
  const slash = pattern.lastIndexOf('/');
  if (slash < 0) return false;
  const bits = pattern.slice(slash + 1);
  const address = pattern.slice(0, slash);
  // A zone cannot have a prefix length.
  const parsed = address.includes('%') ? undefined : parseAddress(address);
  return parsed !== undefined && /^(0|[1-9][0-9]*)$/.test(bits) && Number(bits) <= (parsed.version === 4 ? 32 : 128);
}

function isRange(pattern: string): boolean {
  const dash = pattern.indexOf('-');
  if (dash < 0) return false;
  const from = parseAddress(pattern.slice(0, dash));
  const to = parseAddress(pattern.slice(dash + 1));
  return from !== undefined && to !== undefined && from.version === to.version && from.value <= to.value;
}

function parseAddress(text: string): Address | undefined {
  const v4 = parseV4(text);
  if (v4 !== undefined) return { version: 4, value: v4 };
  const [address = '', zone] = splitOnce(text, '%');
  if (zone === '') return undefined;
  const v6 = parseV6(address);
  return v6 === undefined ? undefined : { version: 6, value: v6 };
}

function splitOnce(text: string, separator: string): readonly string[] {
  const index = text.indexOf(separator);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}

function parseV4(text: string): bigint | undefined {
  const match = /^(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})$/.exec(text);
  if (!match) return undefined;
  let value = 0n;
  for (const part of match.slice(1)) {
    if (Number(part) > 255) return undefined;
    value = value * 256n + BigInt(part);
  }
  return value;
}

function parseV6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const words: number[][] = [];
  for (const [index, half] of halves.entries()) {
    const parts: number[] = [];
    const groups = half === '' ? [] : half.split(':');
    for (const [position, group] of groups.entries()) {
      const isLast = index === halves.length - 1 && position === groups.length - 1;
      const v4 = isLast ? parseV4(group) : undefined;
      if (v4 !== undefined) parts.push(Number(v4 >> 16n), Number(v4 & 0xffffn));
      else if (/^[0-9A-Fa-f]{1,4}$/.test(group)) parts.push(Number.parseInt(group, 16));
      else return undefined;
    }
    words.push(parts);
  }
  const [head = [], tail] = words;
  const count = head.length + (tail?.length ?? 0);
  if (tail === undefined ? count !== 8 : count > 7) return undefined;
  const all = tail === undefined ? head : [...head, ...Array<number>(8 - count).fill(0), ...tail];
  return all.reduce((value, part) => value * 65536n + BigInt(part), 0n);
}
