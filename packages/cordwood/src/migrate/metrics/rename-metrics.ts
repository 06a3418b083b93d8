import { closestName } from '../../model/closest-name.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { keptPrefix, lostMetrics, renamedMetrics } from './metric-names.ts';

export interface RenamedText {
  readonly text: string;
  /** Names that were replaced, with how often. */
  readonly renamed: ReadonlyMap<string, number>;
  /** Errors for metrics that Alloy does not have, warnings for what selects Promtail by its job. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Suffixes of a histogram's series. */
const seriesSuffix = /_(bucket|sum|count)$/;
const metricName = /\b(?:promtail|logentry)_\w+/g;
/** Also as it stands inside a JSON string. */
const jobSelector = /\bjob\s*=~?\s*\\?"[^"\\]*promtail[^"\\]*\\?"/g;

/**
 * Promtail's metric names in a rule file or dashboard -> Alloy's. The text stays what it is otherwise: YAML, JSON, comments,
 * indentation.
 */
export function renameMetrics(text: string, file: string): RenamedText {
  const renamed = new Map<string, number>();
  const diagnostics: Diagnostic[] = [];
  const report = (severity: Diagnostic['severity'], found: string, at: number, message: string, hint: string) => {
    const line = text.slice(0, at).split('\n').length;
    const column = at - text.lastIndexOf('\n', at - 1);
    diagnostics.push({ severity, message, file, line, column, length: found.length, hint });
  };
  for (const { 0: found, index } of text.matchAll(jobSelector)) {
    report('warning', found, index, `${found} selects Promtail`, 'the job of Alloy is that of its scrape config');
  }
  const out = text.replace(metricName, (name, at: number) => {
    if (name.startsWith(keptPrefix)) return name;
    const suffix = seriesSuffix.exec(name)?.[0] ?? '';
    const base = renamedMetrics[name] === undefined ? name.slice(0, name.length - suffix.length) : name;
    const to = renamedMetrics[base];
    if (to === undefined) {
      report('error', name, at, `Alloy has no metric ${name}`, lostMetrics[base] ?? nearest(base));
      return name;
    }
    renamed.set(base, (renamed.get(base) ?? 0) + 1);
    return to + name.slice(base.length);
  });
  return { text: out, renamed, diagnostics };
}

function nearest(name: string): string {
  const near = closestName(name, [...Object.keys(renamedMetrics), ...Object.keys(lostMetrics)]);
  return near === undefined
    ? 'it is none that Promtail 2.9 has; take it out or name it in Alloy'
    : `did you mean ${near}?`;
}
