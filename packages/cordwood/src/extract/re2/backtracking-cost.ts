import { type CharSet, setHas } from './char-set.ts';
import type { Re2Node } from './syntax-tree.ts';

/**
 * Proves that V8, which backtracks, cannot take long over a pattern.
 *
 * Backtracking walks, in order of preference, the paths by which prefixes of the text can be read from the starts of
 * attempts, until one of them is a match. Its cost is the number of steps of those paths. The proof follows all of them
 * at once over all texts: it builds the automaton of the pattern's character positions and explores every list "the paths
 * alive after some prefix, by preference" that a text can lead to, as a subset construction does, but with order and with
 * repetitions. A path that is certain to match ends the lists there: what comes behind it is never tried. When all lists
 * are short, every character of any text costs at most that many steps. When one gets long, or there are too many to look
 * at, nothing is proven and the pattern takes the other engine.
 *
 * `(a+)+` grows within one attempt: many paths lead to the same position. `[a-z]+\d` over letters does not, but there every
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
const maxLists = 500;
const maxPositions = 160;

/** @param startsOnlyAtLineStarts attempts are made only at the start of the text and after newlines */
export function backtrackingCost(root: Re2Node, startsOnlyAtLineStarts: boolean): BacktrackingCost {
  const automaton = positionAutomaton(root);
  if (automaton === undefined || !isBounded(automaton, 'once')) return { attempt: false, search: false };
  return { attempt: true, search: isBounded(automaton, startsOnlyAtLineStarts ? 'at line starts' : 'everywhere') };
}

/** In lists of positions: here the part of the pattern may end. */
const end = -1;
/** The same, if an assertion holds, which is not looked into. */
const endPerhaps = -2;

interface PositionAutomaton {
  readonly sets: readonly CharSet[];
  /** What may be read first: positions by preference, and `end` where the pattern may match nothing. */
  readonly first: readonly number[];
  /** What may be read behind a position. */
  readonly follow: readonly (readonly number[])[];
  /** A path that reaches `end` is a match. Not so when an assertion stands before some character. */
  readonly endsAreCertain: boolean;
}

class TooLarge extends Error {}

/** Glushkov's automaton, with preferences and repetitions. Assertions are taken to hold: that can only add paths. */
function positionAutomaton(root: Re2Node): PositionAutomaton | undefined {
  const sets: CharSet[] = [];
  const follow: (readonly number[])[] = [];
  let endsAreCertain = true;
  type List = readonly number[];

  /** Where the list may end, what `next` lists comes instead. */
  const continueWith = (list: List, next: List): List => {
    if (!list.includes(end) && !list.includes(endPerhaps)) return list;
    const continued = list.flatMap((item) => {
      if (item === end) return next;
      if (item !== endPerhaps) return [item];
      if (next.some((after) => after >= 0)) endsAreCertain = false;
      return next.map((after) => (after === end ? endPerhaps : after));
    });
    if (continued.length > 2 * maxPositions) throw new TooLarge();
    return continued;
  };
  const continuePositions = (from: number, to: number, next: List) => {
    for (let position = from; position < to; position++) follow[position] = continueWith(follow[position]!, next);
  };
  /** Returns what may be read first in the node; positions that it adds are the last ones of `sets`. */
  const visit = (node: Re2Node): List => {
    switch (node.kind) {
      case 'empty':
        return [end];
      case 'assertion':
        return [endPerhaps];
      case 'set': {
        if (sets.length >= maxPositions) throw new TooLarge();
        sets.push(node.set);
        follow.push([end]);
        return [sets.length - 1];
      }
      case 'sequence': {
        let first: List = [end];
        const start = sets.length;
        for (const item of node.items) {
          const before = sets.length;
          const next = visit(item);
          continuePositions(start, before, next);
          first = continueWith(first, next);
        }
        return first;
      }
      case 'alternation':
        return node.items.flatMap(visit);
      case 'group':
        return visit(node.item);
      case 'repeat': {
        const { item, min, max, greedy } = node;
        if (max === 0) return [end];
        const optional = (entry: List): List => (greedy ? [...entry, end] : [end, ...entry]);
        const isEndless = max === Number.POSITIVE_INFINITY;
        const copies = isEndless ? Math.max(1, min) : max;
        const start = sets.length;
        let first: List = [end];
        // x{2,4} is x x (x (x)?)?: each optional copy stands inside the one before it.
        for (let copy = 0; copy < copies; copy++) {
          const before = sets.length;
          let entry = visit(item);
          if (copy >= min || isEndless) {
            // ECMAScript does not let an optional round be empty.
            const again = optional(entry.filter((next) => next >= 0));
            const isLoop = isEndless && copy === copies - 1;
            if (isLoop) continuePositions(before, sets.length, again);
            if (copy >= min) entry = again;
            else if (isLoop) entry = continueWith(entry, again);
          }
          continuePositions(start, before, entry);
          first = continueWith(first, entry);
        }
        return first;
      }
    }
  };
  try {
    const first = visit(root);
    return { sets, first, follow, endsAreCertain };
  } catch (error) {
    if (error instanceof TooLarge) return undefined;
    throw error;
  }
}

/** The paths alive after a prefix of a text. */
interface Paths {
  /** The position that each has read last, by preference. */
  readonly positions: readonly number[];
  /** A match is certain, so that no further attempt begins. */
  readonly done: boolean;
  readonly afterNewline: boolean;
}

function isBounded(automaton: PositionAutomaton, starts: 'once' | 'everywhere' | 'at line starts'): boolean {
  const { sets, first, follow, endsAreCertain } = automaton;
  const letters = representatives(sets);
  const seen = new Set<string>();
  const waiting: Paths[] = [];
  const beginsAt = (paths: Paths) =>
    !paths.done && (starts === 'everywhere' || (starts === 'at line starts' && paths.afterNewline));
  const step = (paths: Paths, letter: number, begins: boolean): Paths | undefined => {
    const positions: number[] = [];
    let { done } = paths;
    /** False: a path is certain to match, nothing behind it is tried. */
    const extend = (next: readonly number[]): boolean => {
      for (const target of next) {
        if (target === end && endsAreCertain) return false;
        if (target >= 0 && setHas(sets[target]!, letter)) positions.push(target);
      }
      return true;
    };
    const isOpen = paths.positions.every((position) => extend(follow[position]!)) && (!begins || extend(first));
    if (!isOpen) done = true;
    if (positions.length > maxPaths) return undefined;
    return { positions, done, afterNewline: starts === 'at line starts' && letter === 0x0a };
  };
  const visit = (paths: Paths, begins: boolean): boolean => {
    for (const letter of letters) {
      const next = step(paths, letter, begins);
      if (next === undefined) return false;
      if (next.positions.length === 0 && !beginsAt(next) && (next.done || starts !== 'at line starts')) continue;
      const key = `${next.done ? 'd' : ''}${next.afterNewline ? 'n' : ''}${next.positions.join()}`;
      if (seen.has(key)) continue;
      if (seen.size >= maxLists) return false;
      seen.add(key);
      waiting.push(next);
    }
    return true;
  };
  if (!visit({ positions: [], done: false, afterNewline: true }, true)) return false;
  while (waiting.length > 0) {
    const paths = waiting.pop()!;
    if (!visit(paths, beginsAt(paths))) return false;
  }
  return true;
}

/** One character out of every class of characters that no set tells apart. */
function representatives(sets: readonly CharSet[]): number[] {
  const distinct = [...new Set(sets)];
  const cuts = new Set<number>([0, 0x0a, 0x0b]);
  for (const set of distinct) {
    for (let i = 0; i < set.length; i += 2) {
      cuts.add(set[i]!);
      cuts.add(set[i + 1]! + 1);
    }
  }
  const letters: number[] = [];
  const signatures = new Set<string>();
  for (const cut of cuts) {
    const signature = `${cut === 0x0a}${distinct.map((set) => (setHas(set, cut) ? 1 : 0)).join('')}`;
    if (signatures.has(signature)) continue;
    signatures.add(signature);
    letters.push(cut);
  }
  return letters;
}
