import type { LineToken } from './line-tokens.ts';

/**
 * Drain (He et al., "Drain: An Online Log Parsing Approach with Fixed Depth Tree", 2017): lines of equal length that share
 * their first tokens are compared with the patterns found so far, and join the most similar one or begin their own. Where a
 * line differs from its pattern, the pattern gets a wildcard.
 */
export class PatternMiner {
  readonly #patternsMax: number;
  readonly #root: Node = { children: new Map(), clusters: [] };
  readonly #clusters: Cluster[] = [];

  constructor(options: { patternsMax: number }) {
    this.#patternsMax = options.patternsMax;
  }

  /** Counts a line. Undefined when there are too many patterns already and it fits none. */
  add(tokens: readonly LineToken[]): Cluster | undefined {
    const leaf = this.#leafOf(tokens);
    let best: Cluster | undefined;
    let bestSimilarity = similarityMin;
    for (const cluster of leaf.clusters) {
      const similarity = similarityOf(cluster, tokens);
      if (similarity >= bestSimilarity) {
        best = cluster;
        bestSimilarity = similarity;
      }
    }
    if (best !== undefined) {
      widen(best, tokens);
      return best;
    }
    if (this.#clusters.length >= this.#patternsMax) return undefined;
    const created = {
      tokens: tokens.map(({ text }) => (hasDigit(text) ? wildcard : text)),
      spaced: tokens.map((one) => one.spaced),
    };
    leaf.clusters.push(created);
    this.#clusters.push(created);
    return created;
  }

  #leafOf(tokens: readonly LineToken[]): Node {
    let node = child(this.#root, String(tokens.length));
    for (const { text } of tokens.slice(0, prefixDepth)) {
      const key = hasDigit(text) || (!node.children.has(text) && node.children.size >= childrenMax) ? wildcard : text;
      node = child(node, key);
    }
    return node;
  }
}

/** A pattern while it is found. */
export interface Cluster {
  readonly tokens: string[];
  readonly spaced: readonly boolean[];
}

interface Node {
  readonly children: Map<string, Node>;
  readonly clusters: Cluster[];
}

export const wildcard = '<_>';

/** Of the tokens of a line this part must equal those of a pattern, as in Loki. */
const similarityMin = 0.3;
/** Leading tokens that decide with which patterns a line is compared. */
const prefixDepth = 2;
/** Words that may follow one place of the tree; what comes later shares the wildcard's branch. */
const childrenMax = 15;

/** The text of a pattern: neighbouring wildcards are one. */
export function patternText({ tokens, spaced }: Cluster): string {
  let text = '';
  for (const [i, token] of tokens.entries()) {
    if (token === wildcard && i > 0 && tokens[i - 1] === wildcard) continue;
    text += (spaced[i] && i > 0 ? ' ' : '') + token;
  }
  return text;
}

function child(node: Node, key: string): Node {
  let next = node.children.get(key);
  if (next === undefined) {
    next = { children: new Map(), clusters: [] };
    node.children.set(key, next);
  }
  return next;
}

function similarityOf(cluster: Cluster, tokens: readonly LineToken[]): number {
  let equal = 0;
  for (const [i, { text }] of tokens.entries()) if (cluster.tokens[i] === text) equal++;
  return equal / tokens.length;
}

function widen(cluster: Cluster, tokens: readonly LineToken[]): void {
  for (const [i, { text }] of tokens.entries()) if (cluster.tokens[i] !== text) cluster.tokens[i] = wildcard;
}

function hasDigit(text: string): boolean {
  return /\d/.test(text);
}
