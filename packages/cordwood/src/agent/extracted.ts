import type { LabelSet } from './label-set.ts';

/** Values that are found only when somebody asks for them. */
export interface LazyFields {
  readonly names: readonly string[];
  get(name: string): unknown;
}

/**
 * The map that stages of one pipeline leave values in for later stages. It begins as the labels; since most entries never
 * look at most of it, labels and lazy fields stay where they are until somebody asks.
 */
export class Extracted {
  #labels: LabelSet;
  #lazy: LazyFields | undefined;
  #own: Map<string, unknown> | undefined;

  constructor(labels: LabelSet) {
    this.#labels = labels;
  }

  /** `undefined` when absent; null counts as present. */
  get(name: string): unknown {
    if (this.#own?.has(name)) {
      const value = this.#own.get(name);
      return value === removed ? undefined : value;
    }
    if (this.#lazy?.names.includes(name)) return this.#lazy.get(name);
    return this.#labels.has(name) ? this.#labels.get(name) : undefined;
  }

  has(name: string): boolean {
    if (this.#own?.has(name)) return this.#own.get(name) !== removed;
    return this.#lazy?.names.includes(name) === true || this.#labels.has(name);
  }

  set(name: string, value: unknown): void {
    this.#own ??= new Map();
    this.#own.set(name, value);
  }

  delete(name: string): void {
    if (this.has(name)) this.set(name, removed);
  }

  /** Sets several values that are costly to make. */
  setLazy(fields: LazyFields): void {
    if (this.#lazy !== undefined) {
      for (const name of this.#lazy.names) {
        if (this.#own?.has(name) !== true) this.set(name, this.#lazy.get(name));
      }
    }
    for (const name of fields.names) this.#own?.delete(name);
    this.#lazy = fields;
  }

  /** Labels overwrite what has their name, as at the start of a nested pipeline. */
  seed(labels: LabelSet): void {
    if (labels === this.#labels && this.#own === undefined && this.#lazy === undefined) return;
    // What came from labels that are gone stays.
    for (const { name, value } of this.#labels.labels) {
      if (!labels.has(name) && !this.#covers(name)) this.set(name, value);
    }
    for (const { name, value } of labels.labels) if (this.#covers(name)) this.set(name, value);
    this.#labels = labels;
  }

  #covers(name: string): boolean {
    return this.#own?.has(name) === true || this.#lazy?.names.includes(name) === true;
  }

  /** All names, sorted. */
  names(): string[] {
    const names = new Set(this.#labels.labels.map((label) => label.name));
    for (const name of this.#lazy?.names ?? []) names.add(name);
    for (const [name, value] of this.#own ?? []) {
      if (value === removed) names.delete(name);
      else names.add(name);
    }
    return [...names].sort();
  }

  copy(): Extracted {
    const other = new Extracted(this.#labels);
    other.#lazy = this.#lazy;
    other.#own = this.#own && new Map(this.#own);
    return other;
  }
}

const removed = Symbol('removed');
