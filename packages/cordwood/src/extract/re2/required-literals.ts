import { setSize } from './char-set.ts';
import type { Re2Node } from './syntax-tree.ts';

/**
 * Literals without which a pattern cannot match: for each clause, every match contains at least one of its texts. What a
 * chunk or a row must contain before it is worth a look.
 */
export type RequiredLiterals = readonly (readonly string[])[];

/** Texts in one clause; a longer list is slower to look for than to match. */
const maxTexts = 16;
/** Characters in a text: enough to be selective. */
const maxLength = 256;

export function requiredLiteralsOf(root: Re2Node): RequiredLiterals {
  const { exact, clauses } = analyse(root);
  const all = exact === undefined ? clauses : [...clauses, exact];
  const useful = all.filter((texts) => texts.every((text) => text !== ''));
  const known = new Set<string>();
  return useful.filter((texts) => {
    const key = JSON.stringify(texts);
    return !known.has(key) && known.add(key);
  });
}

/** The whole language of the node when it is one short list of texts. */
export function exactTexts(node: Re2Node): readonly string[] | undefined {
  const { exact, clauses } = analyse(node, true);
  return clauses.length === 0 ? exact : undefined;
}

interface Literals {
  /** All texts that the node can match, in order of preference, when there are few. */
  readonly exact: readonly string[] | undefined;
  /** What must be contained beside that. */
  readonly clauses: readonly (readonly string[])[];
}

const nothing: Literals = { exact: undefined, clauses: [] };

function analyse(node: Re2Node, wholeOnly = false): Literals {
  switch (node.kind) {
    case 'empty':
      return { exact: [''], clauses: [] };
    case 'assertion':
      return wholeOnly ? nothing : { exact: [''], clauses: [] };
    case 'set': {
      if (setSize(node.set) > maxTexts) return nothing;
      const texts: string[] = [];
      for (let i = 0; i < node.set.length; i += 2) {
        for (let code = node.set[i]!; code <= node.set[i + 1]!; code++) texts.push(String.fromCodePoint(code));
      }
      return { exact: texts, clauses: [] };
    }
    case 'group':
      return analyse(node.item, wholeOnly);
    case 'sequence': {
      const clauses: (readonly string[])[] = [];
      let exact: readonly string[] = [''];
      let isWhole = true;
      for (const item of node.items) {
        const part = analyse(item, wholeOnly);
        if (wholeOnly && part.exact === undefined) return nothing;
        clauses.push(...part.clauses);
        const joined: string[] | undefined =
          part.exact === undefined || part.clauses.length > 0 ? undefined : product(exact, part.exact);
        if (joined !== undefined) {
          exact = joined;
          continue;
        }
        if (wholeOnly) return nothing;
        // What was collected so far is a clause of its own; collecting begins again behind it.
        isWhole = false;
        clauses.push(exact);
        exact = part.exact ?? [''];
      }
      return isWhole ? { exact, clauses } : { exact: undefined, clauses: [...clauses, exact] };
    }
    case 'alternation': {
      const parts = node.items.map((item) => analyse(item, wholeOnly));
      const texts = parts.flatMap((part) => part.exact ?? []);
      const isExact = parts.every((part) => part.exact !== undefined && part.clauses.length === 0);
      if (isExact && texts.length <= (wholeOnly ? 1000 : maxTexts)) return { exact: texts, clauses: [] };
      if (wholeOnly) return nothing;
      // One of the alternatives matches, so one text of the best clause of each is there.
      const best = parts.map(bestClause);
      const union = best.flatMap((clause) => clause ?? []);
      if (best.some((clause) => clause === undefined) || union.length > maxTexts) return nothing;
      return { exact: undefined, clauses: [union] };
    }
    case 'repeat': {
      if (node.max === 0) return { exact: [''], clauses: [] };
      if (node.min === 1 && node.max === 1) return analyse(node.item, wholeOnly);
      if (wholeOnly) return nothing;
      if (node.min === 0) {
        if (node.max > 1) return nothing;
        const item = analyse(node.item);
        if (item.exact === undefined || item.clauses.length > 0 || item.exact.length >= maxTexts) return nothing;
        return { exact: node.greedy ? [...item.exact, ''] : ['', ...item.exact], clauses: [] };
      }
      const item = analyse(node.item);
      const clauses = item.exact === undefined ? item.clauses : [...item.clauses, item.exact];
      return { exact: undefined, clauses };
    }
  }
}

function product(a: readonly string[], b: readonly string[]): string[] | undefined {
  if (a.length * b.length > maxTexts) return undefined;
  const texts = a.flatMap((head) => b.map((tail) => head + tail));
  return texts.some((text) => text.length > maxLength) ? undefined : texts;
}

/** The clause that rules out most: the longest shortest text. */
function bestClause({ exact, clauses }: Literals): readonly string[] | undefined {
  const all = exact === undefined ? clauses : [...clauses, exact];
  let best: readonly string[] | undefined;
  let bestLength = 0;
  for (const clause of all) {
    const shortest = Math.min(...clause.map((text) => text.length));
    if (shortest > bestLength) {
      best = clause;
      bestLength = shortest;
    }
  }
  return best;
}
