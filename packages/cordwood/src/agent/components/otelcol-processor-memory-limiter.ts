import { totalmem } from 'node:os';
import { type ArgumentsOf, byteSizeType, durationType, integerType, optional, required, schema } from '@cordwood/alloy';
import type { OtlpLogs } from '../../codec/otlp-logs.ts';
import { sleep } from '../../world/clock.ts';
import type { Component, ComponentContext, ComponentDefinition } from '../component.ts';
import { type OtlpLogsConsumer, otelcolConsumerValue } from '../otelcol/logs-consumer.ts';
import { forwardLogs, outputBlock } from '../otelcol/output.ts';
import type { Receipt } from '../receipt.ts';

const argumentSchema = schema({
  attributes: {
    check_interval: required(durationType),
    limit: optional(byteSizeType, 0),
    spike_limit: optional(byteSizeType, 0),
    limit_percentage: optional(integerType, 0),
    spike_limit_percentage: optional(integerType, 0),
  },
  blocks: { output: outputBlock },
  validate(args, report) {
    if (args.check_interval <= 0) report('check_interval', 'check_interval must be greater than zero');
    if (args.limit > 0 && args.limit_percentage > 0)
      report('limit', 'either limit or limit_percentage must be set, but not both');
    else if (args.limit > 0) {
      if (args.spike_limit >= args.limit) report('spike_limit', 'spike_limit must be less than limit');
    } else if (args.limit_percentage <= 0 || args.limit_percentage > 100)
      report(undefined, 'limit_percentage must be greater than 0 and less than or equal to 100', 'Or set limit.');
    else if (args.spike_limit_percentage >= args.limit_percentage)
      report('spike_limit_percentage', 'spike_limit_percentage must be less than limit_percentage');
  },
});
type Arguments = ArgumentsOf<typeof argumentSchema>;

/** Of the limit, when nothing is said about spikes. */
const spikeShareDefault = 0.2;

/**
 * Takes no records while the process uses more memory than the limit less the room for spikes. Records wait then, and a receiver whose client
 * waits too long answers "try again": nothing is lost.
 */
export const otelcolProcessorMemoryLimiter: ComponentDefinition<Arguments> = {
  name: 'otelcol.processor.memory_limiter',
  stability: 'generally-available',
  schema: argumentSchema,
  exports: ['input'],
  create: (context) => new MemoryLimiter(context),
};

class MemoryLimiter implements Component<Arguments>, OtlpLogsConsumer {
  readonly componentId: string;
  readonly exports;
  readonly #context: ComponentContext;
  readonly #abort = new AbortController();
  #args: Arguments | undefined;
  #full = false;

  constructor(context: ComponentContext) {
    this.componentId = context.id;
    this.#context = context;
    this.exports = new Map([['input', otelcolConsumerValue(this)]]);
  }

  update(args: Arguments): undefined {
    this.#args = args;
  }

  async consumeLogs(logs: OtlpLogs, receipt: Receipt): Promise<void> {
    const { clock, log } = this.#context;
    while (this.#isFull() && !this.#abort.signal.aborted) {
      if (!this.#full) log('warn', 'memory usage is above the soft limit, no data is taken', { bytes: memoryBytes() });
      this.#full = true;
      await sleep(clock, this.#args!.check_interval, this.#abort.signal);
    }
    this.#full = false;
    await forwardLogs(this.#args!.output.logs, logs, receipt);
  }

  #isFull(): boolean {
    const { limit, spike_limit: spike, limit_percentage: percent, spike_limit_percentage: spikePercent } = this.#args!;
    const most = limit > 0 ? limit : (totalmem() * percent) / 100;
    const room =
      limit > 0 ? spike || limit * spikeShareDefault : (totalmem() * spikePercent) / 100 || most * spikeShareDefault;
    return memoryBytes() > most - room;
  }

  start(): void {}

  async stop(): Promise<void> {
    this.#abort.abort();
  }

  health(): string | undefined {
    return this.#full ? 'memory usage is above the soft limit' : undefined;
  }
}

/** Heap and buffers: what records that wait take. */
function memoryBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
