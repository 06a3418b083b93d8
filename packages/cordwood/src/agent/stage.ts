import type { BlockSchema, Variant } from '@cordwood/alloy';
import type { LogMessage } from '../model/log-message.ts';
import type { Clock } from '../world/clock.ts';
import type { Random } from '../world/random.ts';
import type { AgentEnvironment } from './component.ts';
import type { MetricRegistry } from './metrics.ts';
import type { PipelineEntry } from './pipeline-entry.ts';
import type { Held } from './receipt.ts';

/** A kind of stage of `loki.process`: one file in `stages/`, one line in its registry. */
export interface StageDefinition<A = unknown> {
  /** `json` of `stage.json` */
  readonly name: string;
  readonly schema: BlockSchema<A>;
  create(args: A, context: StageContext): Stage;
}

export interface Stage {
  /**
   * Takes entries in order and returns those that go on, in order. It may change them, since they belong to the pipeline.
   * Entries that it keeps for later have their receipt held; they are given out by a later call, or through `context.later`,
   * with `context.releaseAfter`.
   */
  process(entries: PipelineEntry[]): PipelineEntry[] | Promise<PipelineEntry[]>;
  /** At shutdown: what it still keeps. */
  flush?(): PipelineEntry[] | Promise<PipelineEntry[]>;
  /** Ends timers and takes its metrics away. */
  close?(): void;
}

export interface StageContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LogMessage;
  readonly metrics: MetricRegistry;
  readonly environment: AgentEnvironment;
  /** Counts entries that end here. */
  dropped(reason: string, count?: number): void;
  /** Gives out entries outside of `process`, when a timer says so. They go on with the next stage. */
  later(entries: PipelineEntry[]): void;
  /** Releases a receipt once what was given out has reached whoever is next. */
  releaseAfter(held: Held): void;
  /** A pipeline inside this stage. Its late entries come out where this stage's do. */
  nested(stages: readonly Variant[]): NestedPipeline;
}

export interface NestedPipeline {
  run(entries: PipelineEntry[]): PipelineEntry[] | Promise<PipelineEntry[]>;
  flush(): PipelineEntry[] | Promise<PipelineEntry[]>;
  close(): void;
}
