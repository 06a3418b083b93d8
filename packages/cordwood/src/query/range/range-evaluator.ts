import type { Grouping, LogRange, RangeAggregation } from '@cordwood/logql';
import type { Batch } from '../../model/batch.ts';
import type { Label, Labels } from '../../model/labels.ts';
import { noLabels } from '../../model/labels.ts';
import { compareLabels, sortLabels } from '../label-sets.ts';
import { verdicts } from '../line/column-filter.ts';
import { compilePipeline, type Pipeline, PipelineRun } from '../line/pipeline.ts';
import { labelsRead } from '../line/registry.ts';
import { type SeriesGrouping, wantedLabels } from '../line/wanted-labels.ts';
import { createLogPredicate, type LogPredicate } from '../log-predicate.ts';
import { createStepSeries, type StepSeries, type Steps } from '../step-series.ts';
import { type ColumnSamplesPlan, planColumnSamples, readColumnSamples } from './column-samples.ts';
import type { Accumulator, RangeFunction, SampleSource, Samples } from './range-function.ts';
import { rangeFunctions } from './registry.ts';
import { SeriesIndex } from './series-index.ts';
import { type CompiledUnwrap, compileUnwrap } from './unwrap.ts';
import { createWindows, type Windows } from './windows.ts';

/** A range aggregation made ready: what to ask of the store, and how rows become series. */
export interface RangePlan {
  readonly aggregation: RangeAggregation;
  readonly rangeFunction: RangeFunction;
  readonly predicate: LogPredicate;
  readonly pipeline: Pipeline;
  readonly unwrap: CompiledUnwrap | undefined;
  /** undefined: series keep all labels. */
  readonly grouping: SeriesGrouping | undefined;
  readonly windows: Windows;
  /** How samples come straight from columns, where there are some; undefined: every row goes through the stages. */
  readonly columnSamples: ColumnSamplesPlan | undefined;
}

/**
 * @param outerSum The grouping of a `sum` right around this aggregation (`by ()` when it has none). Sums of sums need not keep
 * the series apart, so series are reduced to its groups at once, which also spares parsers most labels.
 * @param counted The query is to be explained.
 */
export function planRange(
  aggregation: RangeAggregation,
  steps: Steps,
  outerSum: Pick<Grouping, 'without' | 'labels'> | undefined,
  counted = false,
): RangePlan {
  const rangeFunction = rangeFunctions[aggregation.operation];
  const { log, unwrap: unwrapNode, rangeNs, offsetNs } = aggregation.range;
  const unwrap = unwrapNode === undefined ? undefined : compileUnwrap(unwrapNode);
  const grouping = seriesGrouping(aggregation, rangeFunction, outerSum, unwrap);
  const required = [...labelsRead(log.stages), ...(unwrap?.reads ?? [])];
  const pipeline = compilePipeline(log.stages, wantedLabels(required, grouping), counted);
  return {
    aggregation,
    rangeFunction,
    predicate: createLogPredicate(log.selector, log.stages, unwrapNode, pipeline),
    pipeline,
    unwrap,
    grouping,
    windows: createWindows(steps, rangeNs, offsetNs),
    columnSamples:
      aggregation.operation === 'absent_over_time'
        ? undefined
        : planColumnSamples(pipeline.columns, grouping, unwrapNode),
  };
}

function seriesGrouping(
  { grouping, operation }: RangeAggregation,
  rangeFunction: RangeFunction,
  outerSum: Pick<Grouping, 'without' | 'labels'> | undefined,
  unwrap: CompiledUnwrap | undefined,
): SeriesGrouping | undefined {
  const chosen = grouping ?? (rangeFunction.additive ? outerSum : undefined);
  if (operation === 'absent_over_time') return undefined;
  if (chosen !== undefined && !chosen.without) return { without: false, names: chosen.labels };
  // The value that was unwrapped is no label of the series.
  const dropped = [...(chosen?.labels ?? []), ...(unwrap === undefined ? [] : [unwrap.label])];
  return dropped.length === 0 ? undefined : { without: true, names: dropped };
}

/** Takes batches in any order and gives the series. */
export class RangeEvaluation {
  readonly #plan: RangePlan;
  readonly #source: SampleSource;
  readonly #accumulator: Accumulator;
  readonly #index: SeriesIndex;
  #run: PipelineRun;
  #samples: Samples = createSamples(0);
  #panes = new Int32Array(0);
  #positions = new Float64Array(0);
  /** Lines that passed the pipeline within a window. */
  rowsPassed = 0;

  constructor(plan: RangePlan) {
    this.#plan = plan;
    this.#source = plan.unwrap !== undefined ? 'value' : plan.rangeFunction.source;
    this.#accumulator = plan.rangeFunction.create(plan.windows, plan.aggregation.parameter);
    this.#index = new SeriesIndex(plan.grouping);
    this.#run = new PipelineRun(plan.pipeline);
  }

  /** Series so far. */
  get seriesCount(): number {
    return this.#index.labels.length;
  }

  /** Batches of another tenant follow: their stream ids mean other streams. */
  nextTenant(): void {
    this.#run = new PipelineRun(this.#plan.pipeline);
  }

  add(batch: Batch): void {
    const { windows, rangeFunction, pipeline, unwrap, predicate } = this.#plan;
    const candidates = predicate.candidates(batch);
    this.#reserve(batch.rowCount);
    windows.assign(
      batch.timestampsNs,
      batch.rowCount,
      this.#panes,
      rangeFunction.ordered ? this.#positions : undefined,
    );
    this.#samples.count = 0;
    if (pipeline.rest.length === 0 && unwrap === undefined) this.#addUnparsed(batch, candidates);
    else this.#addParsed(batch, this.#addFromColumns(batch, candidates));
    this.rowsPassed += this.#samples.count;
    this.#accumulator.add(this.#samples);
  }

  /** No stage looks at the rows one by one: lines are not decoded, and often not even metadata. */
  #addUnparsed(batch: Batch, candidates: Uint8Array | undefined): void {
    const { rowCount, streams, streamIndexes } = batch;
    const samples = this.#samples;
    const panes = this.#panes;
    const lengths = this.#source === 'bytes' ? batch.lineLengths() : undefined;
    const streamLabels = streams.map((ref) => this.#run.streamLabels(ref));
    const seriesOfStream = Int32Array.from(streamLabels, (stream) => this.#seriesOfStream(stream) ?? -1);
    let count = 0;
    for (let row = 0; row < rowCount; row++) {
      const pane = panes[row]!;
      if (pane < 0 || (candidates !== undefined && candidates[row] === 0)) continue;
      const stream = streamIndexes[row]!;
      let series = seriesOfStream[stream]!;
      if (series < 0) {
        const labels = streamLabels[stream]!;
        series = this.#index.ofUntouched(labels, labels.resolveMetadata(batch.structuredMetadata(row)));
      }
      samples.series[count] = series;
      samples.pane[count] = pane;
      samples.value[count] = lengths === undefined ? 1 : lengths[row]!;
      if (this.#plan.rangeFunction.ordered) this.#keepOrder(count, row, batch);
      count++;
    }
    samples.count = count;
  }

  #seriesOfStream(stream: ReturnType<PipelineRun['streamLabels']>): number | undefined {
    return this.#plan.aggregation.operation === 'absent_over_time' ? 0 : this.#index.ofStream(stream);
  }

  /** Samples that columns give without the lines. Returns the rows that are left to be parsed; undefined: all, empty: none. */
  #addFromColumns(batch: Batch, candidates: Uint8Array | undefined): Uint8Array | undefined {
    const { columnSamples: plan, pipeline } = this.#plan;
    const read = plan === undefined ? undefined : readColumnSamples(plan, batch, this.#index);
    if (read === undefined) return candidates;
    const { verdict, series, value } = read;
    const lengths = this.#source === 'bytes' ? batch.lineLengths() : undefined;
    const left = new Uint8Array(batch.rowCount);
    const panes = this.#panes;
    const samples = this.#samples;
    let count = samples.count;
    let anyLeft = false;
    for (let row = 0; row < left.length; row++) {
      const pane = panes[row]!;
      if (pane < 0 || (candidates !== undefined && candidates[row] === 0)) continue;
      if (verdict[row] === verdicts.unknown) {
        left[row] = 1;
        anyLeft = true;
      } else if (verdict[row] === verdicts.passes) {
        samples.series[count] = series[row]!;
        samples.pane[count] = pane;
        samples.value[count] = value !== undefined ? value[row]! : lengths !== undefined ? lengths[row]! : 1;
        if (this.#plan.rangeFunction.ordered) this.#keepOrder(count, row, batch);
        count++;
      }
    }
    samples.count = count;
    if (pipeline.counts !== undefined) pipeline.counts.fromColumns += count;
    return anyLeft ? left : noRows;
  }

  /** Rows one by one through the stages, behind the samples that are there already. */
  #addParsed(batch: Batch, candidates: Uint8Array | undefined): void {
    const { unwrap, aggregation } = this.#plan;
    if (candidates === noRows) return;
    const absent = aggregation.operation === 'absent_over_time';
    const inWindow = this.#maskOfWindows(batch, candidates);
    if (!inWindow.includes(1)) return;
    this.#run.run(batch, inWindow, ({ row, index }) => {
      let value = 1;
      if (unwrap !== undefined) {
        const unwrapped = unwrap.valueOf(row.labels);
        if (unwrapped === undefined) return true;
        value = unwrapped;
      } else if (this.#source === 'bytes') {
        value = row.byteLength();
      }
      const series = absent && row.labels.error === '' ? 0 : this.#index.ofRow(row.labels);
      this.#addSample(batch, index, series, value);
      return true;
    });
  }

  #addSample(batch: Batch, row: number, series: number, value: number): void {
    const samples = this.#samples;
    const at = samples.count++;
    samples.series[at] = series;
    samples.pane[at] = this.#panes[row]!;
    samples.value[at] = value;
    if (this.#plan.rangeFunction.ordered) this.#keepOrder(at, row, batch);
  }

  #keepOrder(at: number, row: number, batch: Batch): void {
    this.#samples.position[at] = this.#positions[row]!;
    this.#samples.sequence[at] = batch.sequences[row]!;
  }

  #maskOfWindows(batch: Batch, candidates: Uint8Array | undefined): Uint8Array {
    const mask = new Uint8Array(batch.rowCount);
    for (let row = 0; row < mask.length; row++) {
      if (this.#panes[row]! >= 0 && (candidates === undefined || candidates[row] === 1)) mask[row] = 1;
    }
    return mask;
  }

  #reserve(rowCount: number): void {
    if (this.#panes.length >= rowCount) return;
    this.#panes = new Int32Array(rowCount);
    this.#positions = new Float64Array(this.#plan.rangeFunction.ordered ? rowCount : 0);
    this.#samples = createSamples(rowCount);
  }

  /** Sorted by labels, so that what is made of them does not depend on the order of the batches. */
  finish(): StepSeries[] {
    const { stepCount } = this.#plan.windows;
    if (this.#plan.aggregation.operation === 'absent_over_time') {
      const counted = createStepSeries(noLabels, stepCount);
      this.#accumulator.finish(0, counted.values, counted.present);
      const absent = createStepSeries(absentLabels(this.#plan.aggregation.range), stepCount);
      for (let step = 0; step < stepCount; step++) {
        if (counted.present[step] === 1) continue;
        absent.values[step] = 1;
        absent.present[step] = 1;
      }
      return [absent];
    }
    const out: StepSeries[] = [];
    for (const [series, labels] of this.#index.labels.entries()) {
      const result = createStepSeries(labels, stepCount);
      this.#accumulator.finish(series, result.values, result.present);
      if (result.present.includes(1)) out.push(result);
    }
    return out.sort((a, b) => compareLabels(a.labels, b.labels));
  }
}

const noRows = new Uint8Array(0);

/** Labels from equality matchers; a name that is matched twice, or in another way too, is left out. */
function absentLabels(range: LogRange): Labels {
  const { matchers } = range.log.selector;
  const labels: Label[] = [];
  for (const { name, operator, value } of matchers) {
    const alone = matchers.filter((other) => other.name === name).length === 1;
    if (operator === '=' && alone && value !== '') labels.push({ name, value });
  }
  return sortLabels(labels);
}

function createSamples(rowCount: number): Samples {
  return {
    count: 0,
    series: new Int32Array(rowCount),
    pane: new Int32Array(rowCount),
    value: new Float64Array(rowCount),
    position: new Float64Array(rowCount),
    sequence: new Float64Array(rowCount),
  };
}
