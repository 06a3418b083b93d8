import { type Extraction, parseJsonPath } from '@cordwood/logql';
import { JsonPathReader } from '../../extract/json-path-fields.ts';
import { RequestError } from '../../model/failure.ts';
import { pipelineErrors } from './error-labels.ts';
import { failParser } from './parser-error.ts';
import { duplicateSuffix } from './row-labels.ts';
import type { RowStage } from './stage.ts';
import { nothingWanted, type WantedLabels } from './wanted-labels.ts';

/** `| json a="x.y[0]", b`: each named label is set, to the empty value when the line has nothing there. */
export function compileJsonExpressions(extractions: readonly Extraction[], wanted: WantedLabels): RowStage {
  const names = extractions.map((extraction) => extraction.name);
  const paths = extractions.map(({ expression }) => {
    const { path, error } = parseJsonPath(expression);
    if (error !== undefined)
      throw new RequestError(400, `parse error : cannot parse expression [${expression}]: ${error}`);
    return path;
  });
  const reader = new JsonPathReader(paths);
  const values: string[] = [];
  return (row) => {
    const { labels } = row;
    if (nothingWanted(wanted, labels)) return true;
    const text = row.text();
    if (text === '') return true;
    const error = reader.read(text, values);
    if (error !== undefined) failParser(labels, wanted, pipelineErrors.json, error);
    if (error === '') return true;
    for (const [index, name] of names.entries()) {
      const value = values[index]!;
      // What is missing leaves a label of that name alone.
      if (value === '' && labels.get(name) !== undefined) continue;
      labels.set('parsed', labels.clashes(name) ? name + duplicateSuffix : name, value);
    }
    return true;
  };
}
