import { compileTemplate, type ExecuteResult } from '../../extract/go-template/execute-template.ts';
import { type GoMap, goFunction, stringMap } from '../../extract/go-template/go-value.ts';
import { logqlFunctions } from '../../extract/go-template/logql-functions.ts';
import { createTimeValue } from '../../extract/go-template/time-value.ts';
import { RequestError } from '../../model/failure.ts';
import type { Row } from './row.ts';
import { templateFields } from './template-fields.ts';

/** A template of line_format or label_format, made ready. */
export interface RowTemplate {
  /** Labels that it reads by name. */
  readonly reads: readonly string[];
  /** Expands over `data`; `__line__` and `__timestamp__` are those of the row. */
  execute(row: Row, data: GoMap): ExecuteResult;
  /** The labels of the row as the template's data; only those that it reads, when that is known. */
  dataOf(row: Row): GoMap;
}

/** What is wrong with a template, in the words of Go's text/template; undefined when nothing is. */
export function templateError(name: 'line' | 'label', text: string): string | undefined {
  return compileTemplate(name, text, logqlFunctions).error;
}

/** `name` is what error messages call it. */
export function compileRowTemplate(name: 'line' | 'label', text: string): RowTemplate {
  const compiled = compileTemplate(name, text, logqlFunctions);
  if (compiled.error !== undefined)
    throw new RequestError(400, `parse error : invalid ${name} template: ${compiled.error}`);
  const fields = templateFields(text);
  let current: Row | undefined;
  const functions = new Map([
    ['__line__', goFunction([], () => current!.text())],
    ['__timestamp__', goFunction([], () => createTimeValue(current!.timestampNs))],
  ]);
  return {
    reads: fields.names,
    execute(row, data) {
      current = row;
      return compiled.template.execute(data, functions);
    },
    dataOf: (row) => (fields.everything ? allLabels(row) : someLabels(row, fields.names)),
  };
}

export function allLabels({ labels }: Row): GoMap {
  return stringMap(labels.merged().map(({ name, value }) => [name, value] as const));
}

function someLabels({ labels }: Row, names: readonly string[]): GoMap {
  const pairs: [string, string][] = [];
  for (const name of names) {
    const value = labels.getWithErrors(name);
    if (value !== undefined) pairs.push([name, value]);
  }
  return stringMap(pairs);
}
