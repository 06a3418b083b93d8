import {
  type Expression,
  type Grouping,
  type LogExpression,
  type Matcher,
  type MetricExpression,
  print,
  printSelector,
  printStage,
  type RangeAggregation,
  type Stage,
  type Unwrap,
  type VectorMatching,
} from '@cordwood/logql';
import { printByteSize } from '../extract/byte-size.ts';
import { printPrometheusDuration } from '../extract/go-duration.ts';
import type { Direction } from '../model/time-range.ts';
import type { Pipeline } from './line/pipeline.ts';
import { orderStages } from './line/stage-order.ts';
import { planLog } from './log-evaluator.ts';
import type { QueryTrace, ReadTrace } from './query-trace.ts';
import { planRange } from './range/range-evaluator.ts';
import { disguises, type LiteralClause } from './required-literals.ts';
import type { Steps } from './step-series.ts';
import { withoutParentheses } from './without-parentheses.ts';

/** One step of a query: the result is the root, and what a step works on stands below it, a pipeline from its first stage on. */
export interface PlanNode {
  /** A piece of LogQL. */
  readonly text: string;
  /** How it is done. */
  readonly notes: readonly string[];
  /** What came out of it, when the query ran. */
  readonly gave?: PlanCounts | undefined;
  readonly inputs: readonly PlanNode[];
}

export interface PlanCounts {
  readonly rows?: number;
  readonly series?: number;
  readonly chunksRead?: number;
  /** Chunks with a stream that matches. */
  readonly chunksMatched?: number;
  /** Bytes read, as they are stored. */
  readonly bytes?: number;
}

/** What the plan depends on besides the expression. */
export interface ExplainOptions {
  readonly steps: Steps;
  readonly limit: number;
  readonly direction: Direction;
  readonly trace?: QueryTrace | undefined;
}

/** How the engine runs an expression and, with a trace, what each step did. */
export function explain(expression: Expression, options: ExplainOptions): PlanNode {
  switch (expression.kind) {
    case 'log':
      return explainLog(expression, options);
    case 'variants':
      return {
        text: 'variants',
        notes: [],
        inputs: expression.variants.map((variant) => explainMetric(variant, options, undefined)),
      };
    default:
      return explainMetric(expression, options, undefined);
  }
}

function explainLog(log: LogExpression, options: ExplainOptions): PlanNode {
  const { predicate, pipeline } = planLog(log);
  const order = options.direction === 'backward' ? 'newest first' : 'oldest first';
  return {
    text: `${options.limit} lines, ${order}`,
    notes: ['reading stops when there are as many'],
    inputs: explainPipeline(log, pipeline, predicate.chunkClauses, options.trace?.readsOf(log)),
  };
}

function explainMetric(
  expression: MetricExpression,
  options: ExplainOptions,
  outerSum: Grouping | 'all' | undefined,
): PlanNode {
  const gave = countsOfSeries(options.trace?.seriesOf(expression));
  switch (expression.kind) {
    case 'parenthesized':
      return explainMetric(expression.operand, options, outerSum);
    case 'literal':
    case 'vector':
      return { text: print(expression), notes: [], gave, inputs: [] };
    case 'labelReplace': {
      const { destination, replacement, source, pattern, operand } = expression;
      const text = `label_replace ${[destination, replacement, source, pattern].map((one) => JSON.stringify(one)).join(', ')}`;
      return { text, notes: [], gave, inputs: [explainMetric(operand, options, undefined)] };
    }
    case 'vectorAggregation': {
      const { operation, parameter, grouping } = expression;
      const operand = withoutParentheses(expression.operand);
      const sums = operation === 'sum' && operand.kind === 'rangeAggregation';
      return {
        text: [operation, parameter, printGrouping(grouping)].filter((one) => one !== undefined).join(' '),
        notes: [],
        gave,
        inputs: [explainMetric(operand, options, sums ? (grouping ?? 'all') : undefined)],
      };
    }
    case 'binaryExpression': {
      const { operator, returnBool, matching, left, right } = expression;
      return {
        text: [operator, returnBool ? 'bool' : undefined, printMatching(matching)]
          .filter((one) => one !== undefined)
          .join(' '),
        notes: [],
        gave,
        inputs: [left, right].map((side) => explainMetric(side, options, undefined)),
      };
    }
    case 'rangeAggregation':
      return explainRange(expression, options, outerSum, gave);
  }
}

function explainRange(
  aggregation: RangeAggregation,
  { steps, trace }: ExplainOptions,
  outerSum: Grouping | 'all' | undefined,
  gave: PlanCounts | undefined,
): PlanNode {
  const { log, unwrap } = aggregation.range;
  const summed = outerSum === 'all' ? { without: false, labels: [] } : outerSum;
  const plan = planRange(aggregation, steps, summed);
  const notes = [
    steps.stepCount === 1
      ? 'one window'
      : `${steps.stepCount} windows, one every ${printPrometheusDuration(steps.stepNs)}`,
  ];
  if (summed !== undefined && plan.rangeFunction.additive && aggregation.grouping === undefined) {
    notes.push(`summed ${outerSum === 'all' ? 'to one series' : printGrouping(outerSum as Grouping)} while it reads`);
  }
  if (plan.columnSamples !== undefined && plan.pipeline.stages.length > plan.pipeline.leading.length) {
    notes.push('takes samples from the columns of a chunk without making lines of them, where it has some');
  }
  return {
    text: printRange(aggregation),
    notes,
    gave,
    inputs: [
      ...explainPipeline(log, plan.pipeline, plan.predicate.chunkClauses, trace?.readsOf(log)),
      ...(unwrap === undefined ? [] : explainUnwrap(unwrap)),
    ],
  };
}

/** Reading and the stages, in the order in which they run. */
function explainPipeline(
  log: LogExpression,
  pipeline: Pipeline,
  clauses: readonly LiteralClause[],
  reads: readonly ReadTrace[] | undefined,
): PlanNode[] {
  const ran = reads !== undefined && reads.length > 0;
  const sum = (of: (read: ReadTrace) => number) => (reads ?? []).reduce((total, read) => total + of(read), 0);
  const read: PlanNode = {
    text: printSelector(log.selector),
    notes: clauses.map(explainClause),
    gave: ran
      ? {
          rows: sum(({ counts }) => counts.read),
          chunksRead: sum(({ statistics }) => statistics.chunksRead),
          chunksMatched: sum(({ statistics }) => statistics.chunksMatched),
          bytes: sum(({ statistics }) => statistics.bytesRead),
        }
      : undefined,
    inputs: [],
  };
  const fromColumns = sum(({ counts }) => counts.fromColumns);
  const nodes = pipeline.stages.map((stage, index): PlanNode => {
    const leading = index < pipeline.leading.length;
    const behind = index - pipeline.leading.length;
    const rows = leading
      ? sum(({ counts }) => counts.leading[index]!)
      : sum(({ counts }) => counts.rest[behind]!) + fromColumns;
    return {
      text: printStage(stage),
      notes: explainStage(stage, log.stages, pipeline, behind),
      gave: ran ? { rows } : undefined,
      inputs: [],
    };
  });
  const unused = orderStages(log.stages)
    .filter((stage) => !pipeline.stages.includes(stage))
    .map((stage): PlanNode => ({ text: printStage(stage), notes: ['not run: nobody asks for a label'], inputs: [] }));
  return [read, ...unused, ...nodes];
}

function explainStage(
  stage: Stage,
  written: readonly Stage[],
  { columns, wanted }: Pipeline,
  behind: number,
): string[] {
  const notes: string[] = [];
  if (stage.kind === 'lineFilter') {
    const before = written.slice(0, written.indexOf(stage)).some((other) => other.kind !== 'lineFilter');
    if (behind < 0) {
      notes.push(`on all lines of a batch at once${before ? ', ahead of the stages before it' : ''}`);
    }
  }
  if (isParser(stage) && wanted.names !== undefined) {
    notes.push(`extracts ${[...wanted.names].sort().join(', ')} only`);
  }
  if (behind >= 0 && behind < columns.stageCount && (columns.parser.kind !== 'none' || stage.kind === 'labelFilter')) {
    notes.push('from columns, where a chunk has some');
  }
  return notes;
}

function isParser(stage: Stage): boolean {
  switch (stage.kind) {
    case 'json':
    case 'logfmt':
    case 'regexp':
    case 'pattern':
    case 'unpack':
      return true;
    default:
      return false;
  }
}

function explainClause({ anyOf, unlessLabel }: LiteralClause): string {
  const spelt = anyOf.filter((text) => unlessLabel === undefined || !disguises.includes(text));
  const literals = spelt.map((text) => JSON.stringify(text)).join(' or ');
  const unless = unlessLabel === undefined ? '' : ` and no label ${unlessLabel}`;
  return `leaves out chunks without ${literals}${unless}`;
}

function explainUnwrap({ conversion, label, filters }: Unwrap): PlanNode[] {
  const text = conversion === undefined ? `| unwrap ${label}` : `| unwrap ${conversion}(${label})`;
  return [text, ...filters.map(printStage)].map((one) => ({ text: one, notes: [], inputs: [] }));
}

/** `rate({...}[5m]) by (a)`: the pipeline stands below. */
function printRange(aggregation: RangeAggregation): string {
  const { range } = aggregation;
  const anything: Matcher[] = [];
  const log: LogExpression = { ...range.log, selector: { ...range.log.selector, matchers: anything }, stages: [] };
  return print({ ...aggregation, range: { ...range, log, unwrap: undefined } }).replace('{}', '{...}');
}

function printGrouping(grouping: Grouping | undefined): string | undefined {
  return grouping === undefined ? undefined : `${grouping.without ? 'without' : 'by'} (${grouping.labels.join(', ')})`;
}

function printMatching(matching: VectorMatching | undefined): string | undefined {
  if (matching === undefined) return undefined;
  const { on, labels, group, include } = matching;
  const parts: string[] = [];
  if (on !== undefined) parts.push(`${on ? 'on' : 'ignoring'} (${labels.join(', ')})`);
  if (group !== undefined) parts.push(`group_${group}${include.length > 0 ? ` (${include.join(', ')})` : ''}`);
  return parts.length === 0 ? undefined : parts.join(' ');
}

function countsOfSeries(series: number | undefined): PlanCounts | undefined {
  return series === undefined ? undefined : { series };
}

// --- as text -------------------------------------------------------------------------------------------------------------

/** A plan for a terminal: a step a line, its notes behind dashes, its inputs further in. */
export function printPlan(plan: PlanNode): string {
  return `${linesOf(plan, '').join('\n')}\n`;
}

function linesOf({ text, notes, gave, inputs }: PlanNode, indent: string): string[] {
  const counts = gave === undefined ? '' : printCounts(gave);
  return [
    `${indent}${text}${counts === '' ? '' : `  -> ${counts}`}`,
    ...notes.map((note) => `${indent}  - ${note}`),
    ...inputs.flatMap((input) => linesOf(input, `${indent}    `)),
  ];
}

function printCounts({ rows, series, chunksRead, chunksMatched, bytes }: PlanCounts): string {
  const parts: string[] = [];
  if (series !== undefined) parts.push(`${series} series`);
  if (rows !== undefined) parts.push(rows === 1 ? '1 line' : `${rows} lines`);
  if (chunksRead !== undefined) parts.push(`${chunksRead} of ${chunksMatched} chunks read`);
  if (bytes !== undefined) parts.push(printByteSize(bytes));
  return parts.join(', ');
}
