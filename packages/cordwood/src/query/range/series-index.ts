import type { Label, Labels } from '../../model/labels.ts';
import { noLabels } from '../../model/labels.ts';
import { dropLabels, labelsKey, sortLabels } from '../label-sets.ts';
import { preserveErrorLabel } from '../line/error-labels.ts';
import { pipelineFailure } from '../line/pipeline-error.ts';
import { mergeLabels, type RowLabels, type StreamLabels } from '../line/row-labels.ts';
import type { SeriesGrouping } from '../line/wanted-labels.ts';

/**
 * Numbers the series of a range aggregation by their labels, reduced to what the grouping keeps. The hard cases are rare, so
 * there are three ways in: one number for everything, a number per stream and metadata, and one per row.
 */
export class SeriesIndex {
  readonly labels: Labels[] = [];
  readonly #grouping: SeriesGrouping | undefined;
  readonly #byKey = new Map<string, number>();
  readonly #byMetadata = new Map<StreamLabels, Map<Labels, number>>();
  readonly #byStream = new Map<StreamLabels, number>();

  /** undefined: series have all labels of their rows. */
  constructor(grouping: SeriesGrouping | undefined) {
    this.#grouping = grouping && { without: grouping.without, names: [...new Set(grouping.names)] };
  }

  /** The series of every row of this stream, when its metadata does not matter; else undefined. */
  ofStream(stream: StreamLabels): number | undefined {
    const grouping = this.#grouping;
    if (grouping === undefined || grouping.without) return undefined;
    if (!grouping.names.every((name) => stream.names.has(name))) return undefined;
    let series = this.#byStream.get(stream);
    if (series === undefined) {
      series = this.#number(this.#reduce(stream.labels));
      this.#byStream.set(stream, series);
    }
    return series;
  }

  /** The series of a row whose labels no stage touched. */
  ofUntouched(stream: StreamLabels, metadata: Labels): number {
    let known = this.#byMetadata.get(stream);
    if (known === undefined) {
      known = new Map();
      this.#byMetadata.set(stream, known);
    }
    let series = known.get(metadata);
    if (series === undefined) {
      series = this.#number(this.#reduce(mergeLabels(stream.labels, metadata)));
      if (known.size >= rememberedMax) known.clear();
      known.set(metadata, series);
    }
    return series;
  }

  /** The series of a row after its stages. A row with an error keeps all its labels, and fails the query unless it was asked for. */
  ofRow(labels: RowLabels): number {
    if (labels.error !== '') {
      const all = labels.merged();
      if (labels.get(preserveErrorLabel) !== 'true') throw pipelineFailure(all);
      return this.#number(all);
    }
    const grouping = this.#grouping;
    if (grouping === undefined || grouping.without) {
      if (labels.untouched) return this.ofUntouched(labels.stream, labels.metadata);
      return this.#number(this.#reduce(labels.merged()));
    }
    const { names } = grouping;
    let key = '';
    for (const name of names) {
      const value = labels.get(name);
      if (value !== undefined) key += `${name}\u0000${value}\u0001`;
    }
    return (
      this.#byKey.get(key) ??
      this.ofValues(
        names,
        names.map((name) => labels.get(name)),
      )
    );
  }

  /** The series of a row whose labels are known to be these; undefined: it has none of the name. `names` as in the grouping. */
  ofValues(names: readonly string[], values: readonly (string | undefined)[]): number {
    const kept: Label[] = [];
    for (const [i, name] of names.entries()) {
      const value = values[i];
      if (value !== undefined) kept.push({ name, value });
    }
    return this.#number(kept);
  }

  #reduce(labels: Labels): Labels {
    const grouping = this.#grouping;
    if (grouping === undefined) return labels;
    if (grouping.without) return dropLabels(labels, grouping.names);
    const kept: { name: string; value: string }[] = [];
    for (const name of grouping.names) {
      const label = labels.find((one) => one.name === name);
      if (label !== undefined) kept.push(label);
    }
    return kept.length === 0 ? noLabels : kept;
  }

  /** By-groupings are keyed in the order of the grouping, all others in the order of the labels. */
  #number(labels: Labels): number {
    const key = labelsKey(labels);
    const series = this.#byKey.get(key);
    return series ?? this.#add(key, sortLabels([...labels]));
  }

  #add(key: string, labels: Labels): number {
    const series = this.labels.length;
    this.labels.push(labels);
    this.#byKey.set(key, series);
    return series;
  }
}

/** Metadata sets remembered per stream. */
const rememberedMax = 4096;
