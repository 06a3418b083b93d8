import type { StreamRef } from '../model/batch.ts';

export interface DetectedLabel {
  readonly label: string;
  readonly cardinality: number;
}

/** Worth showing however their values look. */
const alwaysShown: ReadonlySet<string> = new Set(['cluster', 'namespace', 'instance', 'pod']);

const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const uuid = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;

/**
 * The labels of some streams that a person may want to pick from, with how many values each has: labels whose values are all
 * numbers or UUIDs are left out (loki.md 1.8).
 */
export function detectedLabels(streams: readonly StreamRef[]): DetectedLabel[] {
  const values = new Map<string, Set<string>>();
  for (const { labels } of streams) {
    for (const { name, value } of labels) {
      const known = values.get(name);
      if (known === undefined) values.set(name, new Set([value]));
      else known.add(value);
    }
  }
  return [...values]
    .filter(
      ([name, known]) => alwaysShown.has(name) || [...known].some((value) => !number.test(value) && !uuid.test(value)),
    )
    .map(([label, known]) => ({ label, cardinality: known.size }))
    .sort((a, b) => (a.label < b.label ? -1 : 1));
}
