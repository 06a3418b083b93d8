import type { Label, Labels } from '../../model/labels.ts';
import { noLabels } from '../../model/labels.ts';
import { sortLabels } from '../label-sets.ts';
import { errorDetailsLabel, errorLabel } from './error-labels.ts';

/** Where a label comes from. Order matters nowhere; Loki's names. */
export type LabelCategory = 'stream' | 'structuredMetadata' | 'parsed';

/** Added to a name that the stream or the structured metadata already has. */
export const duplicateSuffix = '_extracted';

/** One stream of the query, with what is worked out for it once. */
export class StreamLabels {
  readonly labels: Labels;
  readonly names: ReadonlySet<string>;
  /** Structured metadata as the store gave it -> as the query sees it. The store repeats the same object for equal metadata. */
  readonly #metadata = new Map<Labels, Labels>();

  constructor(labels: Labels) {
    this.labels = labels;
    this.names = new Set(labels.map((label) => label.name));
  }

  /** Metadata names that the stream has too get the suffix. */
  resolveMetadata(metadata: Labels): Labels {
    if (metadata.length === 0) return noLabels;
    let resolved = this.#metadata.get(metadata);
    if (resolved === undefined) {
      resolved = metadata.some((label) => this.names.has(label.name))
        ? sortLabels(
            metadata.map(({ name, value }) => ({ name: this.names.has(name) ? name + duplicateSuffix : name, value })),
          )
        : metadata;
      if (this.#metadata.size >= metadataCacheMax) this.#metadata.clear();
      this.#metadata.set(metadata, resolved);
    }
    return resolved;
  }
}

/** Distinct metadata sets remembered per stream: trace ids make every one different, and then remembering is no use. */
const metadataCacheMax = 4096;

/** The labels of a row when its pipeline is through, by category; each list is sorted. */
export interface CategorizedLabels {
  readonly stream: Labels;
  readonly structuredMetadata: Labels;
  readonly parsed: Labels;
}

/**
 * The labels of one row while its line goes through the stages. One object serves all rows: `reset` starts the next.
 *
 * Three layers: labels that stages added (of any category) hide the structured metadata, which hides the stream's labels;
 * `delete` hides a name in the two lower layers and takes it out of the upper one. The lower layers are never copied.
 */
export class RowLabels {
  #stream: StreamLabels = noStream;
  #metadata: Labels = noLabels;
  readonly #names: string[] = [];
  readonly #values: string[] = [];
  readonly #categories: LabelCategory[] = [];
  #count = 0;
  readonly #deleted: string[] = [];
  /** Names that stages extracted, also when a later stage removed them: a parser does not bring them back. */
  readonly #extracted: string[] = [];
  /** `''`: none. */
  error = '';
  errorDetails = '';

  /** `metadata` already resolved against the stream. */
  reset(stream: StreamLabels, metadata: Labels): void {
    this.#stream = stream;
    this.#metadata = metadata;
    this.#count = 0;
    this.#deleted.length = 0;
    this.#extracted.length = 0;
    this.error = '';
    this.errorDetails = '';
  }

  /** Neither added to nor deleted from, and no error: the row has the labels of its stream and metadata. */
  get untouched(): boolean {
    return this.#count === 0 && this.#deleted.length === 0 && this.error === '' && this.errorDetails === '';
  }

  get stream(): StreamLabels {
    return this.#stream;
  }

  get metadata(): Labels {
    return this.#metadata;
  }

  get(name: string): string | undefined {
    for (let i = 0; i < this.#count; i++) if (this.#names[i] === name) return this.#values[i];
    if (this.#deleted.length > 0 && this.#deleted.includes(name)) return undefined;
    for (const label of this.#metadata) if (label.name === name) return label.value;
    if (!this.#stream.names.has(name)) return undefined;
    for (const label of this.#stream.labels) if (label.name === name) return label.value;
    return undefined;
  }

  /** As `get`, and the error labels by their names: what templates see. */
  getWithErrors(name: string): string | undefined {
    if (name === errorLabel) return this.error === '' ? undefined : this.error;
    if (name === errorDetailsLabel) return this.errorDetails === '' ? undefined : this.errorDetails;
    return this.get(name);
  }

  categoryOf(name: string): LabelCategory | undefined {
    for (let i = 0; i < this.#count; i++) if (this.#names[i] === name) return this.#categories[i];
    if (this.#deleted.includes(name)) return undefined;
    for (const label of this.#metadata) if (label.name === name) return 'structuredMetadata';
    return this.#stream.names.has(name) ? 'stream' : undefined;
  }

  /** Does the stream or the metadata of this row have the name? Then what a parser finds under it gets the suffix. */
  clashes(name: string): boolean {
    if (this.#stream.names.has(name)) return true;
    for (const label of this.#metadata) {
      // A metadata label that was deleted or overwritten no longer stands in the way.
      if (label.name === name) return !this.#deleted.includes(name) && !this.#isAdded(name);
    }
    return this.#isAddedMetadata(name);
  }

  wasExtracted(name: string): boolean {
    return this.#extracted.length > 0 && this.#extracted.includes(name);
  }

  get extractedCount(): number {
    return this.#extracted.length;
  }

  /** Parsed labels win over metadata, metadata over stream labels: a weaker category does not overwrite a stronger one. */
  set(category: LabelCategory, name: string, value: string): void {
    for (let i = 0; i < this.#count; i++) {
      if (this.#names[i] !== name) continue;
      if (rank[category] < rank[this.#categories[i]!]) return;
      this.#values[i] = value;
      this.#categories[i] = category;
      if (category === 'parsed') this.#recordExtracted(name);
      return;
    }
    if (category === 'stream' && this.#metadata.some((label) => label.name === name) && !this.#deleted.includes(name)) {
      return;
    }
    this.#names[this.#count] = name;
    this.#values[this.#count] = value;
    this.#categories[this.#count] = category;
    this.#count++;
    if (category === 'parsed') this.#recordExtracted(name);
  }

  delete(name: string): void {
    for (let i = 0; i < this.#count; i++) {
      if (this.#names[i] !== name) continue;
      this.#count--;
      this.#names.splice(i, 1);
      this.#values.splice(i, 1);
      this.#categories.splice(i, 1);
      break;
    }
    if (!this.#deleted.includes(name)) this.#deleted.push(name);
  }

  /** Every name the row has now, without the error labels. */
  currentNames(): string[] {
    const names: string[] = [];
    for (const { name } of this.#stream.labels) if (!this.#hides(name)) names.push(name);
    for (const { name } of this.#metadata) if (!this.#hides(name)) names.push(name);
    for (let i = 0; i < this.#count; i++) names.push(this.#names[i]!);
    return names;
  }

  /** By category, each sorted; the error labels count as parsed. */
  categorized(): CategorizedLabels {
    const stream: Label[] = [];
    const structuredMetadata: Label[] = [];
    const parsed: Label[] = [];
    const lists = { stream, structuredMetadata, parsed };
    for (const label of this.#stream.labels) {
      if (!this.#hides(label.name) && !this.#metadata.some(({ name }) => name === label.name)) stream.push(label);
    }
    for (const label of this.#metadata) if (!this.#hides(label.name)) structuredMetadata.push(label);
    for (let i = 0; i < this.#count; i++) {
      lists[this.#categories[i]!].push({ name: this.#names[i]!, value: this.#values[i]! });
    }
    if (this.error !== '') parsed.push({ name: errorLabel, value: this.error });
    if (this.errorDetails !== '') parsed.push({ name: errorDetailsLabel, value: this.errorDetails });
    return {
      stream: sortLabels(stream),
      structuredMetadata: sortLabels(structuredMetadata),
      parsed: sortLabels(parsed),
    };
  }

  /** All labels of the row, sorted, as one set. */
  merged(): Labels {
    const { stream, structuredMetadata, parsed } = this.categorized();
    return mergeLabels(stream, structuredMetadata, parsed);
  }

  #recordExtracted(name: string): void {
    if (!this.#extracted.includes(name)) this.#extracted.push(name);
  }

  #isAdded(name: string): boolean {
    for (let i = 0; i < this.#count; i++) if (this.#names[i] === name) return true;
    return false;
  }

  #isAddedMetadata(name: string): boolean {
    for (let i = 0; i < this.#count; i++) {
      if (this.#names[i] === name) return this.#categories[i] === 'structuredMetadata';
    }
    return false;
  }

  #hides(name: string): boolean {
    return (this.#deleted.length > 0 && this.#deleted.includes(name)) || this.#isAdded(name);
  }
}

/** Sorted union of sorted, disjoint lists. */
export function mergeLabels(...lists: readonly Labels[]): Labels {
  const filled = lists.filter((list) => list.length > 0);
  if (filled.length <= 1) return filled[0] ?? noLabels;
  return sortLabels(filled.flat());
}

const rank: { readonly [Category in LabelCategory]: number } = { stream: 0, structuredMetadata: 1, parsed: 2 };
const noStream = new StreamLabels(noLabels);
