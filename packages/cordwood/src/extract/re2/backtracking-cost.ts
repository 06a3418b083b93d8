import { type CharSet, fullSet, setHas, unionSets } from './char-set.ts';
import type { Re2Node } from './syntax-tree.ts';

/**
 * Proves that V8, which backtracks, cannot take long over a pattern.
 *
 * Backtracking walks every path by which a prefix of the text can be read from a start of an attempt, so its cost is the
 * number of those paths. The proof counts them: it builds the automaton of the pattern's character positions and explores
 * all vectors "how many paths end in which position" that any text can lead to, as a subset construction does, but with
 * numbers. When the numbers stay small over all reachable vectors, every character of any text costs at most that many
 * steps. When they grow, or there are too many vectors to look at, nothing is proven and the pattern takes the other
 * engine. `(a+)+` (many paths to one position) grows within one attempt; `[a-z]+\d` on letters does not, but there each
 * start of an attempt adds a path that lives on, so a *search* with it is quadratic.
 */
export interface BacktrackingCost {
  /** An attempt at one given position is proven cheap. */
  readonly attempt: boolean;
  /** A search over all positions is proven cheap. */
  readonly search: boolean;
}

/** Paths alive at one character: what a character may cost at worst. */
const maxPaths = 12;
const maxVectors = 400;
const maxPositions = 160;

/** @param startsOnlyAtLineStarts attempts are made only at the start of the text and after newlines */
export function backtrackingCost(root: Re2Node, startsOnlyAtLineStarts: boolean): BacktrackingCost {
  const automaton = positionAutomaton(root);
  if (automaton === undefined) return { attempt: false, search: false };
  if (!isBounded(automaton, 'never')) return { attempt: false, search: false };
  return { attempt: true, search: isBounded(automaton, startsOnlyAtLineStarts ? 'after newlines' : 'always') };
}

interface PositionAutomaton {
  readonly sets: readonly CharSet[];
  /** Positions that may be read first; a position twice when two paths lead there. */
  readonly first: readonly number[];
  readonly follow: readonly (readonly number[])[];
  readonly isLast: readonly boolean[];
  readonly nullable: boolean;
  /** Without assertions a path that ends at a last position is a match, and a match ends the search. */
  readonly hasAssertions: boolean;
}

class TooManyPositions extends Error {}

/** Glushkov's automaton with multiplicities. Assertions are taken to hold: that can only add paths. */
function positionAutomaton(root: Re2Node): PositionAutomaton | undefined {
  const sets: CharSet[] = [];
  const follow: number[][] = [];
  let hasAssertions = false;
  interface Part {
    readonly first: readonly number[];
    readonly last: readonly number[];
    /** In how many ways nothing at all can be read. */
    readonly emptyPaths: number;
  }
  const empty: Part = { first: [], last: [], emptyPaths: 1 };
  const times = (positions: readonly number[], paths: number): readonly number[] => {
    if (paths * positions.length > 4 * maxPositions) throw new TooManyPositions();
    return paths === 1 ? positions : Array.from({ length: paths }, () => positions).flat();
  };
  const connect = (from: readonly number[], to: readonly number[]) => {
    for (const position of from) {
      follow[position]!.push(...to);
      if (follow[position]!.length > 4 * maxPositions) throw new TooManyPositions();
    }
  };
  const join = (a: Part, b: Part): Part => {
    connect(a.last, b.first);
    return {
      first: [...a.first, ...times(b.first, a.emptyPaths)],
      last: [...times(a.last, b.emptyPaths), ...b.last],
      emptyPaths: a.emptyPaths * b.emptyPaths,
    };
  };
  const visit = (node: Re2Node): Part => {
    switch (node.kind) {
      case 'empty':
        return empty;
      case 'assertion':
        hasAssertions = true;
        return empty;
      case 'set': {
        if (sets.length >= maxPositions) throw new TooManyPositions();
        sets.push(node.set);
        follow.push([]);
        const position = sets.length - 1;
        return { first: [position], last: [position], emptyPaths: 0 };
      }
      case 'sequence':
        return node.items.reduce((part, item) => join(part, visit(item)), empty);
      case 'alternation': {
        const parts = node.items.map(visit);
        return {
          first: parts.flatMap((part) => part.first),
          last: parts.flatMap((part) => part.last),
          emptyPaths: parts.reduce((sum, part) => sum + part.emptyPaths, 0),
        };
      }
      case 'group':
        return visit(node.item);
      case 'repeat': {
        if (node.max === 0) return empty;
        let part = empty;
        const copies = node.max === Number.POSITIVE_INFINITY ? Math.max(1, node.min) : node.max;
        for (let i = 0; i < copies; i++) {
          const item = visit(node.item);
          if (node.max === Number.POSITIVE_INFINITY && i === copies - 1) connect(item.last, item.first);
          part = join(part, i >= node.min ? { ...item, emptyPaths: item.emptyPaths + 1 } : item);
        }
        return part;
      }
    }
  };
  try {
    const { first, last, emptyPaths } = visit(root);
    const isLast = sets.map((_, position) => last.includes(position));
    return { sets, first, follow, isLast, nullable: emptyPaths > 0, hasAssertions };
  } catch (error) {
    if (error instanceof TooManyPositions) return undefined;
    throw error;
  }
}

function isBounded(automaton: PositionAutomaton, starts: 'never' | 'always' | 'after newlines'): boolean {
  const { sets, first, follow, isLast, nullable, hasAssertions } = automaton;
  const letters = representatives(sets);
  const size = sets.length;
  const seen = new Set<string>();
  const waiting: Vector[] = [];
  interface Vector {
    readonly counts: Uint16Array;
    /** An attempt has matched: the search is over, no further attempt begins. */
    readonly done: boolean;
    /** The first character, which is an attempt whatever `starts` says. */
    readonly initial: boolean;
    readonly afterNewline: boolean;
  }
  waiting.push({ counts: new Uint16Array(size), done: false, initial: true, afterNewline: true });
  while (waiting.length > 0) {
    const vector = waiting.pop()!;
    const begins =
      vector.initial || (!vector.done && (starts === 'always' || (starts === 'after newlines' && vector.afterNewline)));
    for (const letter of letters) {
      const counts = new Uint16Array(size);
      let total = 0;
      const add = (positions: readonly number[], paths: number) => {
        for (const position of positions) {
          if (!setHas(sets[position]!, letter)) continue;
          counts[position]! += paths;
          total += paths;
        }
      };
      for (let position = 0; position < size; position++) {
        if (vector.counts[position]! > 0) add(follow[position]!, vector.counts[position]!);
      }
      if (begins) add(first, 1);
      if (total > maxPaths) return false;
      const matched = (begins && nullable) || counts.some((paths, position) => paths > 0 && isLast[position]!);
      const done = vector.done || (matched && !hasAssertions);
      if (total === 0 && (done || starts === 'never')) continue;
      const afterNewline = starts === 'after newlines' && letter === 0x0a;
      const key = `${done ? 1 : 0}${afterNewline ? 1 : 0}${counts.join()}`;
      if (seen.has(key)) continue;
      if (seen.size >= maxVectors) return false;
      seen.add(key);
      waiting.push({ counts, done, initial: false, afterNewline });
    }
  }
  return true;
}

/** One character out of every class of characters that no set tells apart. */
function representatives(sets: readonly CharSet[]): number[] {
  const cuts = new Set<number>([0, 0x0a, 0x0b]);
  for (const set of new Set(sets)) {
    for (let i = 0; i < set.length; i += 2) {
      cuts.add(set[i]!);
      cuts.add(set[i + 1]! + 1);
    }
  }
  const covered = unionSets(...new Set(sets));
  const letters: number[] = [];
  const signatures = new Set<string>();
  const distinct = [...new Set(sets)];
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    if (!setHas(fullSet, cut)) continue;
    const signature = `${cut === 0x0a ? 'n' : ''}${setHas(covered, cut) ? distinct.map((set) => (setHas(set, cut) ? 1 : 0)).join('') : ''}`;
    if (signatures.has(signature)) continue;
    signatures.add(signature);
    letters.push(cut);
  }
  return letters;
}
