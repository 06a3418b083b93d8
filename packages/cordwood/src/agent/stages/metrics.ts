import {
  type ArgumentsOf,
  booleanType,
  durationType,
  listType,
  numberType,
  optional,
  parseDuration,
  required,
  schema,
  stringType,
  variantBlocks,
} from '@cordwood/alloy';
import { parseGoFloat } from '../../extract/go-number.ts';
import { every } from '../../world/clock.ts';
import type { LabelSet } from '../label-set.ts';
import type { Metric, MetricLabels } from '../metrics.ts';
import type { PipelineEntry } from '../pipeline-entry.ts';
import type { StageContext, StageDefinition } from '../stage.ts';
import { valueText } from '../value-text.ts';

const common = {
  name: required(stringType),
  description: optional(stringType, ''),
  source: optional(stringType, ''),
  prefix: optional(stringType, ''),
  max_idle_duration: optional(durationType, 5 * 60_000),
  value: optional(stringType, ''),
};

function checkCommon(
  args: { name: string; max_idle_duration: number },
  report: (name: string, message: string) => void,
): void {
  if (args.name === '') report('name', 'metric name cannot be empty');
  if (args.max_idle_duration < 1000) report('max_idle_duration', 'max_idle_duration must be greater or equal than 1s');
}

const counterSchema = schema({
  attributes: {
    ...common,
    action: required(stringType),
    match_all: optional(booleanType, false),
    count_entry_bytes: optional(booleanType, false),
  },
  validate(args, report) {
    checkCommon(args, report);
    if (args.action !== 'inc' && args.action !== 'add') {
      report('action', "the 'action' counter field must be set to either 'inc' or 'add'");
    } else if (args.match_all && args.value !== '') {
      report('value', "a 'counter' metric supports either 'match_all' or a 'value', but not both");
    } else if (args.count_entry_bytes && !(args.match_all && args.action === 'add')) {
      const message =
        "the 'count_entry_bytes' counter field must be specified along with match_all set to true or action set to 'add'";
      report('count_entry_bytes', message);
    }
  },
});

const gaugeActions = ['set', 'inc', 'dec', 'add', 'sub'] as const;
const gaugeSchema = schema({
  attributes: { ...common, action: required(stringType) },
  validate(args, report) {
    checkCommon(args, report);
    if (!gaugeActions.some((action) => action === args.action)) {
      report('action', "the 'action' gauge field must be one of the following values: [set, inc, dec, add, sub]");
    }
  },
});

const histogramSchema = schema({
  attributes: { ...common, buckets: required(listType(numberType)) },
  validate(args, report) {
    checkCommon(args, report);
    if (args.buckets.some((bound, i) => i > 0 && bound <= args.buckets[i - 1]!)) {
      report(
        'buckets',
        'histogram buckets must be in increasing order',
        'Alloy starts with these and crashes at the first observation.',
      );
    }
  },
});

type CounterArguments = ArgumentsOf<typeof counterSchema>;
type GaugeArguments = ArgumentsOf<typeof gaugeSchema>;
type HistogramArguments = ArgumentsOf<typeof histogramSchema>;

const argumentSchema = schema({
  blocks: {
    metric: variantBlocks(
      () =>
        new Map<string, typeof counterSchema | typeof gaugeSchema | typeof histogramSchema>([
          ['counter', counterSchema],
          ['gauge', gaugeSchema],
          ['histogram', histogramSchema],
        ]),
    ),
  },
});

const prefixDefault = 'loki_process_custom_';

/** Makes metrics of entries; they appear on the agent's /metrics with the entry's labels, and end when they are idle. */
export const metrics: StageDefinition<ArgumentsOf<typeof argumentSchema>> = {
  name: 'metrics',
  schema: argumentSchema,
  create(args, context) {
    const recorders = args.metric.map((block) => createRecorder(block.name, block.arguments, context));
    const stop = every(context.clock, 60_000, () => {
      for (const recorder of recorders) recorder.expire();
    });
    return {
      process(entries) {
        for (const entry of entries) for (const recorder of recorders) recorder.record(entry);
        return entries;
      },
      close() {
        stop();
        for (const recorder of recorders) recorder.close();
      },
    };
  },
};

interface Recorder {
  record(entry: PipelineEntry): void;
  expire(): void;
  close(): void;
}

function createRecorder(kind: string, args: unknown, context: StageContext): Recorder {
  switch (kind) {
    case 'counter':
      return new SeriesRecorder(
        args as CounterArguments,
        'counter',
        [],
        context,
        recordCounter(args as CounterArguments),
      );
    case 'gauge':
      return new SeriesRecorder(args as GaugeArguments, 'gauge', [], context, recordGauge(args as GaugeArguments));
    default: {
      const histogram = args as HistogramArguments;
      return new SeriesRecorder(histogram, 'histogram', histogram.buckets, context, recordHistogram(histogram));
    }
  }
}

/** What to do with the series of an entry; undefined when the entry does not count. */
type Change = ((metric: Metric, labels: MetricLabels) => void) | undefined;

class SeriesRecorder implements Recorder {
  readonly #metric: Metric;
  readonly #context: StageContext;
  readonly #idleMaxMs: number;
  readonly #change: (entry: PipelineEntry) => Change;
  readonly #usedMs = new Map<string, { labels: MetricLabels; atMs: number }>();

  constructor(
    args: {
      readonly name: string;
      readonly description: string;
      readonly prefix: string;
      readonly max_idle_duration: number;
    },
    kind: 'counter' | 'gauge' | 'histogram',
    bounds: readonly number[],
    context: StageContext,
    change: (entry: PipelineEntry) => Change,
  ) {
    const name = (args.prefix === '' ? prefixDefault : args.prefix) + args.name;
    this.#context = context;
    this.#idleMaxMs = args.max_idle_duration;
    this.#change = change;
    this.#metric =
      kind === 'histogram'
        ? context.metrics.histogram(name, args.description, bounds)
        : context.metrics[kind](name, args.description);
  }

  record(entry: PipelineEntry): void {
    const change = this.#change(entry);
    if (change === undefined) return;
    const visible = entry.labels.withoutInternal();
    const key = visible.text();
    let used = this.#usedMs.get(key);
    if (used === undefined) {
      used = { labels: seriesLabels(visible, this.#metric.kind === 'histogram'), atMs: 0 };
      this.#usedMs.set(key, used);
    }
    used.atMs = this.#context.clock.monotonicMs();
    change(this.#metric, used.labels);
  }

  expire(): void {
    const nowMs = this.#context.clock.monotonicMs();
    for (const [key, used] of this.#usedMs) {
      if (nowMs - used.atMs < this.#idleMaxMs) continue;
      this.#usedMs.delete(key);
      this.#metric.remove(used.labels);
    }
  }

  close(): void {
    this.#context.metrics.forget(this.#metric.name);
  }
}

/** Names as the text format wants them; a label `le` would collide with the buckets (and crashes Alloy). */
function seriesLabels(labels: LabelSet, isHistogram: boolean): MetricLabels {
  const out: Record<string, string> = {};
  for (const { name, value } of labels.labels) {
    const safe = name.replace(/[^a-zA-Z0-9_]/g, '_').replace(/^(\d)/, '_$1');
    out[isHistogram && safe === 'le' ? 'exported_le' : safe] = value;
  }
  return out;
}

/** The value of the source and whether the filter `value` lets it pass. */
function sourceValue(
  args: { name: string; source: string; value: string },
  entry: PipelineEntry,
): { found: boolean; value: unknown } {
  const name = args.source === '' ? args.name : args.source;
  if (!entry.extracted.has(name)) return { found: false, value: undefined };
  const value = entry.extracted.get(name);
  if (args.value !== '' && valueText(value) !== args.value) return { found: false, value };
  return { found: true, value };
}

/** Go's strconv.ParseFloat, else a duration in seconds. */
export function metricNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'string') return undefined;
  const parsed = parseGoFloat(value);
  if (parsed.error === undefined) return parsed.value;
  const duration = parseDuration(value);
  return 'ms' in duration ? duration.ms / 1000 : undefined;
}

function recordCounter(args: CounterArguments): (entry: PipelineEntry) => Change {
  if (args.match_all) {
    if (args.count_entry_bytes) {
      return (entry) => {
        const bytes = entry.lineBytes();
        return (metric, labels) => metric.add(bytes, labels);
      };
    }
    // `add` has nothing to add here; Alloy accepts it and counts nothing.
    return () => (args.action === 'inc' ? (metric, labels) => metric.add(1, labels) : undefined);
  }
  return (entry) => {
    const { found, value } = sourceValue(args, entry);
    if (!found) return undefined;
    if (args.action === 'inc') return (metric, labels) => metric.add(1, labels);
    const number = metricNumber(value);
    // A counter never falls: Alloy crashes on a negative value, here it does not count.
    return number === undefined || !(number >= 0) ? undefined : (metric, labels) => metric.add(number, labels);
  };
}

function recordGauge(args: GaugeArguments): (entry: PipelineEntry) => Change {
  return (entry) => {
    const { found, value } = sourceValue(args, entry);
    if (!found) return undefined;
    if (args.action === 'inc') return (metric, labels) => metric.add(1, labels);
    if (args.action === 'dec') return (metric, labels) => metric.add(-1, labels);
    const number = metricNumber(value);
    if (number === undefined) return undefined;
    if (args.action === 'set') return (metric, labels) => metric.set(number, labels);
    return (metric, labels) => metric.add(args.action === 'add' ? number : -number, labels);
  };
}

function recordHistogram(args: HistogramArguments): (entry: PipelineEntry) => Change {
  return (entry) => {
    const { found, value } = sourceValue(args, entry);
    const number = found ? metricNumber(value) : undefined;
    return number === undefined ? undefined : (metric, labels) => metric.observe(number, labels);
  };
}
