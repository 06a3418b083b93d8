import { type LogfmtStage, parseLogfmtKey } from '@cordwood/logql';
import { LogfmtReader } from '../../extract/logfmt-fields.ts';
import { RequestError } from '../../model/failure.ts';
import { pipelineErrors } from './error-labels.ts';
import { failParser } from './parser-error.ts';
import { duplicateSuffix } from './row-labels.ts';
import type { RowStage } from './stage.ts';
import { nothingWanted, type WantedLabels } from './wanted-labels.ts';

/**
 * `| logfmt a="key", b`: each named label is set, to the empty value when the line has no such key. The last of equal keys
 * wins, and a key of the line that is named like a label counts for it too, as in Loki.
 */
export function compileLogfmtExpressions(stage: LogfmtStage, wanted: WantedLabels): RowStage {
  const names = stage.extractions.map((extraction) => extraction.name);
  const nameOfKey = new Map(names.map((name) => [name, name]));
  for (const { name, expression } of stage.extractions) {
    const { key, error } = parseLogfmtKey(expression);
    if (error !== undefined)
      throw new RequestError(400, `parse error : cannot parse expression [${expression}]: ${error}`);
    nameOfKey.set(key, name);
  }
  const reader = new LogfmtReader({ strict: stage.strict, keepEmpty: true, wants: (name) => nameOfKey.has(name) });
  return (row) => {
    const { labels } = row;
    if (nothingWanted(wanted, labels)) return true;
    const values = new Map<string, string>();
    const error = reader.read(row.text(), (key, value) => {
      values.set(nameOfKey.get(key)!, value);
      return true;
    });
    for (const name of names) {
      const value = values.get(name);
      const clashes = labels.clashes(name);
      if (value !== undefined) labels.set('parsed', clashes ? name + duplicateSuffix : name, value);
      else if (!clashes) labels.set('parsed', name, '');
    }
    if (error !== '') failParser(labels, wanted, pipelineErrors.logfmt, error);
    return true;
  };
}
