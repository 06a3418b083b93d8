import { duplicateSuffix, type RowLabels } from './row-labels.ts';
import { isWanted, type WantedLabels } from './wanted-labels.ts';

/**
 * Sets what a parser found under `name`, by the rules that all parsers share: a name of the stream or of the structured
 * metadata gets a suffix, what nobody wants is skipped, and what an earlier parser extracted stays.
 */
export function extractLabel(labels: RowLabels, wanted: WantedLabels, name: string, value: string): void {
  const free = labels.clashes(name) ? name + duplicateSuffix : name;
  if (!isWanted(wanted, free) || labels.wasExtracted(free)) return;
  labels.set('parsed', free, value);
}
