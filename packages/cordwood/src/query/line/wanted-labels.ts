import { errorLabel } from './error-labels.ts';
import { duplicateSuffix, type RowLabels } from './row-labels.ts';

/**
 * Which labels parsers need to extract. A metric query that groups `by` some labels (or keeps none) needs only those and the
 * ones its stages read, so parsers skip the rest and stop early. This shows: a line is not found broken behind the place where
 * parsing stopped, and with nothing wanted no line is parsed at all (loki.md 2.3, conformance pipeline-errors).
 */
export interface WantedLabels {
  /** undefined: every label. Empty: none. */
  readonly names: ReadonlySet<string> | undefined;
  /** The query names `__error__`, so a parser that fails marks its series as wanted. */
  readonly preserveError: boolean;
}

export const allLabels: WantedLabels = { names: undefined, preserveError: false };

/** How a metric query reduces the labels of a row to those of its series. */
export interface SeriesGrouping {
  readonly without: boolean;
  readonly names: readonly string[];
}

/** For a metric query whose stages read `required` and whose series keep what `grouping` says (undefined: all labels). */
export function wantedLabels(required: readonly string[], grouping: SeriesGrouping | undefined): WantedLabels {
  if (grouping === undefined || grouping.without) return allLabels;
  const names = new Set<string>();
  for (const name of [...required, ...grouping.names]) {
    names.add(name);
    // `level_extracted` may be the field `level` of a line whose stream has a label of that name.
    if (name.endsWith(duplicateSuffix)) names.add(name.slice(0, -duplicateSuffix.length));
  }
  return { names, preserveError: names.has(errorLabel) };
}

/** Nothing is left to be extracted from this row. */
export function nothingWanted(wanted: WantedLabels, labels: RowLabels): boolean {
  return wanted.names !== undefined && (wanted.names.size === 0 || allExtracted(wanted.names, labels));
}

export function allExtracted(names: ReadonlySet<string>, labels: RowLabels): boolean {
  if (names.size === 0 || labels.extractedCount < names.size) return false;
  for (const name of names) if (!labels.wasExtracted(name)) return false;
  return true;
}

export function isWanted(wanted: WantedLabels, name: string): boolean {
  return wanted.names === undefined || wanted.names.has(name);
}

/** May a wanted name start with this? Nested objects of other names are skipped. */
export function isWantedPrefix(wanted: WantedLabels, prefix: string): boolean {
  if (wanted.names === undefined) return true;
  for (const name of wanted.names) if (name.startsWith(prefix)) return true;
  return false;
}
