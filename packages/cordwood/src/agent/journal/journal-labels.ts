import { type RelabelRule, relabel } from '../../extract/relabel.ts';
import { createLabels, type Labels } from '../../model/labels.ts';

const priorities = ['emerg', 'alert', 'crit', 'error', 'warning', 'notice', 'info', 'debug'] as const;

/**
 * Labels of a journal entry: the fixed ones, `job`, and what the rules make of the fields (`__journal_` and the name in small
 * letters). Undefined when a rule drops the entry or no label is left.
 */
export function journalLabels(
  fields: ReadonlyMap<string, string>,
  fixed: ReadonlyMap<string, string>,
  rules: readonly RelabelRule[] | undefined,
  componentId: string,
): Labels | undefined {
  const all = new Map(fixed);
  // Also over a job that is given: so it is in Alloy.
  all.set('job', componentId);
  if (rules === undefined) return createLabels(all);
  for (const [name, value] of fields) all.set(`__journal_${name.toLowerCase()}`, value);
  const priority = priorities[Number(fields.get('PRIORITY') || Number.NaN)];
  if (priority !== undefined) all.set('__journal_priority_keyword', priority);
  const visible = relabel(createLabels(all), rules)?.filter(({ name }) => !name.startsWith('__')) ?? [];
  return visible.length === 0 ? undefined : visible;
}
