import { type ArgumentsOf, listType, required, schema, variantBlocks } from '@cordwood/alloy';
import type { Component, ComponentContext, ComponentDefinition } from '../component.ts';
import type { LogEntry } from '../log-entry.ts';
import { Pipeline } from '../pipeline.ts';
import { PipelineEntry } from '../pipeline-entry.ts';
import type { Held } from '../receipt.ts';
import { Fanout, type LogsReceiver, logsReceiverType, receiverValue } from '../receiver.ts';
import { sameArguments } from '../same-arguments.ts';
import { Serial } from '../serial.ts';
import { stageDefinitions, stageSchemas } from '../stages/registry.ts';

const argumentSchema = schema({
  attributes: { forward_to: required(listType(logsReceiverType)) },
  blocks: { stage: variantBlocks(stageSchemas) },
});
type Arguments = ArgumentsOf<typeof argumentSchema>;

/** Runs entries through stages, in the order in which they are written. */
export const lokiProcess: ComponentDefinition<Arguments> = {
  name: 'loki.process',
  stability: 'generally-available',
  schema: argumentSchema,
  exports: ['receiver'],
  create: (context) => new LokiProcess(context),
};

class LokiProcess implements Component<Arguments>, LogsReceiver {
  readonly componentId: string;
  readonly exports;
  readonly #context: ComponentContext;
  readonly #fanout: Fanout;
  /** Batches go through one at a time, so that timers and waiting stages keep the order. */
  readonly #serial = new Serial();
  #pipeline: Pipeline | undefined;
  #stages: Arguments['stage'] | undefined;
  #releases: Held[] = [];

  constructor(context: ComponentContext) {
    this.componentId = context.id;
    this.#context = context;
    this.#fanout = new Fanout(context.metrics);
    this.exports = new Map([['receiver', receiverValue(this)]]);
  }

  update(args: Arguments): undefined {
    this.#fanout.set(args.forward_to);
    // Rebuilding resets counters and what stages keep: only when the stages themselves changed.
    if (this.#stages !== undefined && sameArguments(this.#stages, args.stage)) return;
    this.#stages = args.stage;
    const old = this.#pipeline;
    const dropped = this.#context.metrics.counter(
      'loki_process_dropped_lines_total',
      'A count of all log lines dropped as a result of a pipeline stage',
    );
    const { observe } = this.#context;
    this.#pipeline = new Pipeline(
      args.stage,
      stageDefinitions(),
      {
        ...this.#context,
        dropped: (reason, count = 1) => dropped.add(count, { reason }),
        releaseAfter: ({ receipt, offset }) => this.#releases.push({ receipt, offset }),
      },
      (run) => void this.#serial.run(async () => this.#forward(await run())),
      observe && ((...observed) => observe(this.componentId, ...observed)),
    );
    if (old !== undefined) void this.#serial.run(async () => this.#finish(old));
  }

  consume(entries: readonly LogEntry[]): Promise<void> {
    return this.#serial.run(async () => {
      const copies = entries.map((entry) => new PipelineEntry(entry));
      await this.#forward(await this.#pipeline!.run(copies));
    });
  }

  start(): void {}

  stop(): Promise<void> {
    return this.#serial.run(() => this.#finish(this.#pipeline!));
  }

  async #finish(pipeline: Pipeline): Promise<void> {
    await this.#forward(await pipeline.flush());
    pipeline.close();
  }

  async #forward(entries: readonly LogEntry[]): Promise<void> {
    const releases = this.#releases;
    this.#releases = [];
    await this.#fanout.consume(entries);
    for (const { receipt, offset } of releases) receipt.release(offset);
  }
}
