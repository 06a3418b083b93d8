import { type JsonStage, parseJsonPath, type Stage } from '@cordwood/logql';
import type { Batch } from '../../model/batch.ts';
import { bothVerdicts, type ColumnFilter, compileColumnFilter } from './column-filter.ts';
import { type ColumnParser, LabelColumns } from './label-column.ts';

/**
 * The part of a pipeline that columns can stand for: label filters, one `json` stage, label filters. Where a chunk has
 * columns, rows that fail are known without their lines, and a metric query whose whole pipeline is of this kind may never
 * put a line together.
 */
export interface ColumnPlan {
  readonly parser: ColumnParser;
  /** Filters before the parser: they see labels of stream and metadata only. */
  readonly before: readonly ColumnFilter[];
  readonly after: readonly ColumnFilter[];
  /** How many stages this is. */
  readonly stageCount: number;
  /** There is no further stage. */
  readonly complete: boolean;
}

/** Of the stages behind the leading line filters. */
export function compileColumnPlan(stages: readonly Stage[]): ColumnPlan {
  const before: ColumnFilter[] = [];
  const after: ColumnFilter[] = [];
  let parser: ColumnParser = { kind: 'none' };
  for (const [index, stage] of stages.entries()) {
    if (stage.kind === 'labelFilter') {
      (parser.kind === 'none' ? before : after).push(compileColumnFilter(stage.filter));
      continue;
    }
    const json: ColumnParser | undefined =
      stage.kind === 'json' && parser.kind === 'none' ? parserOf(stage) : undefined;
    if (json === undefined) return { parser, before, after, stageCount: index, complete: false };
    parser = json;
  }
  return { parser, before, after, stageCount: stages.length, complete: true };
}

/** Undefined: paths with indexes need the line. */
function parserOf({ extractions }: JsonStage): ColumnParser | undefined {
  if (extractions.length === 0) return { kind: 'json' };
  const paths = new Map<string, readonly string[]>();
  for (const { name, expression } of extractions) {
    const { path } = parseJsonPath(expression);
    const keys = path?.filter((step) => typeof step === 'string');
    if (path === undefined || keys === undefined || keys.length !== path.length || paths.has(name)) return undefined;
    paths.set(name, keys);
  }
  return { kind: 'jsonExpressions', paths };
}

/**
 * What columns say of each row: a verdict, by row. Undefined: nothing, for there are no columns or no filters.
 */
export function judgeRows(plan: ColumnPlan, batch: Batch, columns: LabelColumns | undefined): Uint8Array | undefined {
  let judged: Uint8Array | undefined;
  const apply = (filters: readonly ColumnFilter[], source: LabelColumns | undefined) => {
    if (source === undefined) return;
    for (const filter of filters) {
      const verdict = filter(source, batch.rowCount, judged);
      judged = judged === undefined ? verdict : bothVerdicts(judged, verdict);
    }
  };
  if (plan.before.length > 0) apply(plan.before, LabelColumns.of(batch, { kind: 'none' }));
  apply(plan.after, columns);
  return judged;
}
