import { type CharSet, intersectSets, maxCodePoint, negateSet, setHas } from './char-set.ts';
import type { Re2Node } from './syntax-tree.ts';

/**
 * The tree as the source of a V8 expression without any flag: V8 then works on UTF-16 units and, for the one-byte strings
 * that most log lines are, drops whatever is beyond Latin-1. Every character outside the basic plane is written as its pair
 * of units, so a match never begins or ends inside one.
 */
export function v8Source(node: Re2Node): string {
  switch (node.kind) {
    case 'empty':
      return '(?:)';
    case 'set':
      return setSource(node.set);
    case 'assertion':
      switch (node.assertion) {
        case 'beginText':
          return '^';
        case 'endText':
          return '$';
        // Not the flag `m`: for it \r, U+2028 and U+2029 end a line as well.
        case 'beginLine':
          return '(?<![^\\n])';
        case 'endLine':
          return '(?![^\\n])';
        case 'wordBoundary':
          return '\\b';
        case 'notWordBoundary':
          return '\\B';
      }
      break;
    case 'sequence':
      return node.items
        .map((item) => (item.kind === 'alternation' ? `(?:${v8Source(item)})` : v8Source(item)))
        .join('');
    case 'alternation':
      return node.items.map(v8Source).join('|');
    case 'group':
      return `(${v8Source(node.item)})`;
    case 'repeat':
      return `(?:${v8Source(node.item)})${quantifier(node.min, node.max)}${node.greedy ? '' : '?'}`;
  }
}

function quantifier(min: number, max: number): string {
  if (max === Number.POSITIVE_INFINITY) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`;
  if (min === 0 && max === 1) return '?';
  return min === max ? `{${min}}` : `{${min},${max}}`;
}

const sources = new WeakMap<CharSet, string>();

function setSource(set: CharSet): string {
  let source = sources.get(set);
  if (source === undefined) {
    source = writeSet(set);
    sources.set(set, source);
  }
  return source;
}

function writeSet(set: CharSet): string {
  if (set.length === 2 && set[0] === set[1]) return charSource(set[0]!);
  const basic = intersectSets(set, [0, 0xd7ff, 0xe000, 0xffff]);
  const alternatives: string[] = [];
  if (basic.length > 0) alternatives.push(`[${rangesSource(basic)}]`);
  for (const [high, low] of surrogateRanges(intersectSets(set, [0x10000, maxCodePoint]))) {
    alternatives.push(`[${rangesSource(high)}][${rangesSource(low)}]`);
  }
  // A lone half stands for a byte that was no UTF-8 (escaped-bytes.ts), and that is U+FFFD to Go.
  if (setHas(set, 0xfffd)) alternatives.push('(?<![\\ud800-\\udbff])[\\udc80-\\udcff]');
  if (alternatives.length === 0) return '[]';
  return alternatives.length === 1 ? alternatives[0]! : `(?:${alternatives.join('|')})`;
}

function rangesSource(ranges: CharSet): string {
  // A long class is shorter as the complement of its complement; V8 does the same with either.
  const complement = intersectSets(negateSet(ranges), [0, 0xffff]);
  if (complement.length < ranges.length) return `^${plainRanges(complement)}`;
  return plainRanges(ranges);
}

function plainRanges(ranges: CharSet): string {
  let source = '';
  for (let i = 0; i < ranges.length; i += 2) {
    source += unitSource(ranges[i]!);
    if (ranges[i + 1]! > ranges[i]!) source += `-${unitSource(ranges[i + 1]!)}`;
  }
  return source;
}

function charSource(codePoint: number): string {
  if (codePoint <= 0xffff) return unitSource(codePoint);
  const char = String.fromCodePoint(codePoint);
  return `(?:${unitSource(char.charCodeAt(0))}${unitSource(char.charCodeAt(1))})`;
}

function unitSource(unit: number): string {
  if ((unit >= 0x30 && unit <= 0x39) || (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x61 && unit <= 0x7a)) {
    return String.fromCharCode(unit);
  }
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}

/** Astral ranges as pairs of classes: first unit, second unit. */
function surrogateRanges(set: CharSet): [CharSet, CharSet][] {
  const out: [CharSet, CharSet][] = [];
  for (let i = 0; i < set.length; i += 2) {
    let lo = set[i]! - 0x10000;
    const hi = set[i + 1]! - 0x10000;
    while (lo <= hi) {
      const high = lo >> 10;
      const isWhole = (lo & 0x3ff) === 0 && hi >= (high << 10) + 0x3ff;
      // A run of whole blocks of 1,024 shares one pair of classes.
      const lastHigh = isWhole ? ((hi + 1) >> 10) - 1 : high;
      const last = isWhole ? (lastHigh << 10) + 0x3ff : Math.min(hi, (high << 10) + 0x3ff);
      out.push([
        [0xd800 + high, 0xd800 + lastHigh],
        isWhole ? [0xdc00, 0xdfff] : [0xdc00 + (lo & 0x3ff), 0xdc00 + (last & 0x3ff)],
      ]);
      lo = last + 1;
    }
  }
  return out;
}
