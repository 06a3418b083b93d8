import type { Labels } from '../model/labels.ts';
import { LabelSet } from './label-set.ts';

/** Sets that are remembered; forgetting costs only identity. */
const setsMax = 10_000;

/** The same object for equal labels: a sink groups the entries of a stream by it. For sources that make labels for each entry. */
export class LabelSetCache {
  readonly #sets = new Map<string, LabelSet>();

  get(labels: Labels): LabelSet {
    const set = LabelSet.of(labels);
    const known = this.#sets.get(set.text());
    if (known !== undefined) return known;
    if (this.#sets.size >= setsMax) this.#sets.clear();
    this.#sets.set(set.text(), set);
    return set;
  }
}
