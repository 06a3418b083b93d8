import { preserveErrorLabel } from './error-labels.ts';
import type { RowLabels } from './row-labels.ts';
import type { WantedLabels } from './wanted-labels.ts';

/** Marks a row that a parser could not read. `details` may be empty. */
export function failParser(labels: RowLabels, wanted: WantedLabels, error: string, details: string): void {
  labels.error = error;
  if (details !== '') labels.errorDetails = details;
  if (wanted.preserveError) labels.set('parsed', preserveErrorLabel, 'true');
}
