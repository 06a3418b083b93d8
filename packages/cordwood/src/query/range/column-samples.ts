import type { Unwrap } from '@cordwood/logql';
import type { Batch } from '../../model/batch.ts';
import { bothVerdicts, type ColumnFilter, compileColumnFilter, verdicts } from '../line/column-filter.ts';
import { type ColumnPlan, judgeRows } from '../line/column-plan.ts';
import { type LabelColumn, LabelColumns } from '../line/label-column.ts';
import type { SeriesGrouping } from '../line/wanted-labels.ts';
import type { SeriesIndex } from './series-index.ts';
import { convertUnwrapped } from './unwrap.ts';

/**
 * Samples straight from columns: for aggregations whose pipeline columns can stand for, and that group `by` labels. Rows of which
 * columns do not know everything are left to the stages.
 */
export interface ColumnSamplesPlan {
  readonly pipeline: ColumnPlan;
  readonly names: readonly string[];
  readonly unwrap: { readonly node: Unwrap; readonly filters: readonly ColumnFilter[] } | undefined;
}

/** Undefined when every row has to go through the stages. */
export function planColumnSamples(
  pipeline: ColumnPlan,
  grouping: SeriesGrouping | undefined,
  unwrap: Unwrap | undefined,
): ColumnSamplesPlan | undefined {
  if (!pipeline.complete || grouping === undefined || grouping.without) return undefined;
  return {
    pipeline,
    names: [...new Set(grouping.names)],
    unwrap:
      unwrap === undefined
        ? undefined
        : { node: unwrap, filters: unwrap.filters.map((stage) => compileColumnFilter(stage.filter)) },
  };
}

export interface ColumnSamples {
  /** By row: a sample (passes), none (fails), or to be parsed (unknown). */
  readonly verdict: Uint8Array;
  /** For rows that pass: the number of the series. */
  readonly series: Int32Array;
  /** For rows that pass, when a label is unwrapped. */
  readonly value: Float64Array | undefined;
}

/** Undefined: this batch has no columns that could help. */
export function readColumnSamples(
  plan: ColumnSamplesPlan,
  batch: Batch,
  index: SeriesIndex,
): ColumnSamples | undefined {
  const columns = LabelColumns.of(batch, plan.pipeline.parser);
  if (columns === undefined) return undefined;
  const groups = plan.names.map((name) => columns.column(name));
  if (groups.includes(undefined)) return undefined;
  let verdict = judgeRows(plan.pipeline, batch, columns) ?? new Uint8Array(batch.rowCount).fill(verdicts.passes);
  const unknown = columns.unknownRows();
  for (let row = 0; row < verdict.length; row++) {
    if (unknown[row] === 1 && verdict[row] === verdicts.passes) verdict[row] = verdicts.unknown;
  }
  let value: Float64Array | undefined;
  if (plan.unwrap !== undefined) {
    for (const filter of plan.unwrap.filters) {
      verdict = bothVerdicts(verdict, filter(columns, batch.rowCount, verdict));
    }
    value = unwrapColumn(columns.column(plan.unwrap.node.label), plan.unwrap.node, verdict);
    if (value === undefined) return undefined;
  }
  return { verdict, value, series: numberSeries(plan.names, groups as LabelColumn[], verdict, index) };
}

/** Values by row; rows without one fail, and those whose text is no number become unknown. */
function unwrapColumn(column: LabelColumn | undefined, unwrap: Unwrap, verdict: Uint8Array): Float64Array | undefined {
  if (column === undefined) return undefined;
  const { state, dictionary, number } = column;
  const values = new Float64Array(verdict.length);
  const byCode = dictionary?.texts.map((text) =>
    text === '' ? null : convertUnwrapped(unwrap.conversion, text).value,
  );
  const plainNumber = unwrap.conversion === undefined ? number : undefined;
  for (let row = 0; row < verdict.length; row++) {
    if (verdict[row] !== verdicts.passes) continue;
    if (state[row] !== 1) {
      verdict[row] = state[row] === 0 ? verdicts.fails : verdicts.unknown;
      continue;
    }
    if (plainNumber !== undefined) {
      values[row] = plainNumber(row);
      continue;
    }
    let value: number | null | undefined;
    if (byCode !== undefined) value = byCode[dictionary!.codes[row]!];
    else {
      const text = column.text(row);
      value = text === '' ? null : convertUnwrapped(unwrap.conversion, text).value;
    }
    if (value === null) verdict[row] = verdicts.fails;
    else if (value === undefined) verdict[row] = verdicts.unknown;
    else values[row] = value;
  }
  return values;
}

/** Combinations of few values are numbered through a table, others through a map. */
const tableSizeMax = 65_536;

function numberSeries(
  names: readonly string[],
  groups: readonly LabelColumn[],
  verdict: Uint8Array,
  index: SeriesIndex,
): Int32Array {
  const coded = groups.map((group) => codesOf(group, verdict));
  const sizes = coded.map((group) => group.texts.length);
  const combinations = sizes.reduce((product, size) => product * size, 1);
  if (combinations > Number.MAX_SAFE_INTEGER) {
    return Int32Array.from(verdict, (_is, row) =>
      verdict[row] === verdicts.passes
        ? index.ofValues(
            names,
            coded.map((group) => group.texts[group.codes[row]!]),
          )
        : 0,
    );
  }
  const table = combinations <= tableSizeMax ? new Int32Array(combinations).fill(-1) : undefined;
  const map = new Map<number, number>();
  const series = new Int32Array(verdict.length);
  // Most groupings are by one label.
  const single = coded.length === 1 ? coded[0]!.codes : undefined;
  for (let row = 0; row < verdict.length; row++) {
    if (verdict[row] !== verdicts.passes) continue;
    let combination = single === undefined ? 0 : single[row]!;
    if (single === undefined) {
      for (let i = 0; i < coded.length; i++) combination = combination * sizes[i]! + coded[i]!.codes[row]!;
    }
    let number = table === undefined ? (map.get(combination) ?? -1) : table[combination]!;
    if (number < 0) {
      number = index.ofValues(
        names,
        coded.map((group) => group.texts[group.codes[row]!]),
      );
      if (table === undefined) map.set(combination, number);
      else table[combination] = number;
    }
    series[row] = number;
  }
  return series;
}

/** Code 0 is "no such label"; rows whose value is unknown are marked so. */
function codesOf(column: LabelColumn, verdict: Uint8Array): { codes: Uint32Array; texts: (string | undefined)[] } {
  const { state, dictionary } = column;
  const codes = new Uint32Array(verdict.length);
  const texts: (string | undefined)[] = dictionary === undefined ? [undefined] : [undefined, ...dictionary.texts];
  const known = new Map<string, number>();
  for (let row = 0; row < verdict.length; row++) {
    if (verdict[row] !== verdicts.passes || state[row] === 0) continue;
    if (state[row] === 2) {
      verdict[row] = verdicts.unknown;
      continue;
    }
    if (dictionary !== undefined) {
      codes[row] = dictionary.codes[row]! + 1;
      continue;
    }
    const text = column.text(row);
    let code = known.get(text);
    if (code === undefined) {
      code = texts.length;
      texts.push(text);
      known.set(text, code);
    }
    codes[row] = code;
  }
  return { codes, texts };
}
