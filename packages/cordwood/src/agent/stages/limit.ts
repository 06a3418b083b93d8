import {
  type ArgumentsOf,
  booleanType,
  integerType,
  numberType,
  optional,
  required,
  schema,
  stringType,
} from '@cordwood/alloy';
import { type Clock, sleep } from '../../world/clock.ts';
import type { PipelineEntry } from '../pipeline-entry.ts';
import type { StageDefinition } from '../stage.ts';

const distinctLabelsMin = 10_000;
const dropReason = 'ratelimit_drop_stage';

const argumentSchema = schema({
  attributes: {
    rate: required(numberType),
    burst: required(integerType),
    drop: optional(booleanType, false),
    by_label_name: optional(stringType, ''),
    max_distinct_labels: optional(integerType, distinctLabelsMin),
  },
  validate(args, report) {
    if (args.rate <= 0 || args.burst <= 0)
      report(undefined, 'limit stage failed to parse rate or burst', 'Both must be above 0.');
    else if (args.by_label_name !== '' && !args.drop)
      report('by_label_name', 'when ratelimiting by label, drop must be true');
  },
});

/** A bucket that fills at a rate and holds a burst. */
class TokenBucket {
  readonly #clock: Clock;
  readonly #ratePerMs: number;
  readonly #burst: number;
  #tokens: number;
  #updatedMs: number;

  constructor(clock: Clock, ratePerSecond: number, burst: number) {
    this.#clock = clock;
    this.#ratePerMs = ratePerSecond / 1000;
    this.#burst = burst;
    this.#tokens = burst;
    this.#updatedMs = clock.monotonicMs();
  }

  take(): boolean {
    this.#refill();
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  /** How long until `take` succeeds. */
  waitMs(): number {
    this.#refill();
    return this.#tokens >= 1 ? 0 : (1 - this.#tokens) / this.#ratePerMs;
  }

  #refill(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#tokens = Math.min(this.#burst, this.#tokens + (nowMs - this.#updatedMs) * this.#ratePerMs);
    this.#updatedMs = nowMs;
  }
}

/** Bounds the rate of entries: drops what is too much, or waits (and so slows the source down). */
export const limit: StageDefinition<ArgumentsOf<typeof argumentSchema>> = {
  name: 'limit',
  schema: argumentSchema,
  create(args, context) {
    const shared = new TokenBucket(context.clock, args.rate, args.burst);
    const byValue = new Map<string, TokenBucket>();
    const distinctMax = Math.max(args.max_distinct_labels, distinctLabelsMin);
    const byLabel = context.metrics.counter(
      'loki_process_dropped_lines_by_label_total',
      'A count of all log lines dropped as a result of a pipeline stage, by label',
    );
    const closing = new AbortController();

    const passesByLabel = (entry: PipelineEntry): boolean => {
      const name = args.by_label_name;
      if (!entry.labels.has(name)) return true;
      const value = entry.labels.get(name);
      let bucket = byValue.get(value);
      if (bucket === undefined) {
        // Starting anew lets a burst pass for each value, but keeps the memory bounded.
        if (byValue.size >= distinctMax) byValue.clear();
        bucket = new TokenBucket(context.clock, args.rate, args.burst);
        byValue.set(value, bucket);
      }
      if (bucket.take()) return true;
      byLabel.add(1, { label_name: name, label_value: value });
      return false;
    };

    const waitForTurns = async (entries: PipelineEntry[]): Promise<PipelineEntry[]> => {
      for (const _ of entries) {
        while (!shared.take() && !closing.signal.aborted) await sleep(context.clock, shared.waitMs(), closing.signal);
      }
      return entries;
    };

    return {
      process(entries) {
        if (!args.drop) return waitForTurns(entries);
        const kept = entries.filter(args.by_label_name === '' ? () => shared.take() : passesByLabel);
        if (kept.length < entries.length) context.dropped(dropReason, entries.length - kept.length);
        return kept;
      },
      close: () => closing.abort(),
    };
  },
};
