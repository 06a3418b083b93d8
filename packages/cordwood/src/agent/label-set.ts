import { type Label, type Labels, labelValue, noLabels, printLabels } from '../model/labels.ts';

/**
 * Labels on their way through the agent. Immutable; a change gives another set, and the same change of the same set gives
 * the same object again. So the lines of one stream share one object, and a sink groups them by identity instead of by text.
 */
export class LabelSet {
  readonly labels: Labels;
  #text: string | undefined;
  #public: LabelSet | undefined;
  #changes: Map<string, Map<string, LabelSet>> | undefined;

  private constructor(labels: Labels) {
    this.labels = labels;
  }

  static readonly empty = new LabelSet(noLabels);

  /** From labels that are sorted and without duplicates. */
  static of(labels: Labels): LabelSet {
    return labels.length === 0 ? LabelSet.empty : new LabelSet(labels);
  }

  /** Value of a label, `''` when absent. */
  get(name: string): string {
    return labelValue(this.labels, name);
  }

  has(name: string): boolean {
    for (const label of this.labels) if (label.name === name) return true;
    return false;
  }

  /** With the label set. An empty value is kept: Loki decides about it. */
  with(name: string, value: string): LabelSet {
    const known = this.#changes?.get(name)?.get(value);
    if (known !== undefined) return known;
    const own = copy(value);
    const labels: Label[] = [];
    let placed = false;
    for (const label of this.labels) {
      if (!placed && label.name >= name) {
        labels.push({ name, value: own });
        placed = true;
        if (label.name === name) continue;
      }
      labels.push(label);
    }
    if (!placed) labels.push({ name, value: own });
    return this.#remember(name, own, new LabelSet(labels));
  }

  without(name: string): LabelSet {
    if (!this.has(name)) return this;
    const known = this.#changes?.get(name)?.get(absent);
    if (known !== undefined) return known;
    return this.#remember(name, absent, LabelSet.of(this.labels.filter((label) => label.name !== name)));
  }

  /** Without the labels that start with `__`, which never leave the agent. */
  withoutInternal(): LabelSet {
    if (this.#public === undefined) {
      const visible = this.labels.filter((label) => !label.name.startsWith('__'));
      this.#public = visible.length === this.labels.length ? this : LabelSet.of(visible);
    }
    return this.#public;
  }

  /** `{a="1", b="2"}` */
  text(): string {
    this.#text ??= printLabels(this.labels);
    return this.#text;
  }

  #remember(name: string, value: string, next: LabelSet): LabelSet {
    this.#changes ??= new Map();
    let values = this.#changes.get(name);
    if (values === undefined) {
      values = new Map();
      if (this.#changes.size < changedNamesMax) this.#changes.set(name, values);
    }
    // A label with a value per line (a trace id) must not fill the memory: forgetting costs only identity.
    if (values.size >= changedValuesMax) values.clear();
    values.set(value, next);
    return next;
  }
}

/** Distinct values that a set remembers for one name. Above, streams are still right but are found by their text. */
const changedValuesMax = 1000;
const changedNamesMax = 64;
/** Stands for "label removed" among the values; no label value contains it. */
const absent = '\ud800absent';

/**
 * A value cut out of a line is a view of the whole chunk that was read; what is remembered must not keep the chunk alive.
 */
function copy(value: string): string {
  return value.length < 13 ? value : Buffer.from(value, 'utf16le').toString('utf16le');
}
