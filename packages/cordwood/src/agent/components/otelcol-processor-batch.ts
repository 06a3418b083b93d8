import {
  type ArgumentsOf,
  durationType,
  integerType,
  listType,
  optional,
  schema,
  stringType,
  unsupported,
} from '@cordwood/alloy';
import type { OtlpLogs, OtlpResourceLogs } from '../../codec/otlp-logs.ts';
import type { Component, ComponentContext, ComponentDefinition } from '../component.ts';
import { type OtlpLogsConsumer, otelcolConsumerValue, recordCount } from '../otelcol/logs-consumer.ts';
import { forwardLogs, outputBlock } from '../otelcol/output.ts';
import { joinReceipts, type Receipt } from '../receipt.ts';
import { Serial } from '../serial.ts';

const argumentSchema = schema({
  attributes: {
    timeout: optional(durationType, 200),
    send_batch_size: optional(integerType, 2000),
    send_batch_max_size: optional(integerType, 3000),
    metadata_keys: unsupported(listType(stringType), [], 'client metadata is not carried'),
    metadata_cardinality_limit: optional(integerType, 1000),
  },
  blocks: { output: outputBlock },
  validate(args, report) {
    if (args.send_batch_max_size > 0 && args.send_batch_max_size < args.send_batch_size) {
      report('send_batch_max_size', 'send_batch_max_size must be greater or equal to send_batch_size when not 0');
    }
  },
});
type Arguments = ArgumentsOf<typeof argumentSchema>;

/** Gathers records to batches by number and time. */
export const otelcolProcessorBatch: ComponentDefinition<Arguments> = {
  name: 'otelcol.processor.batch',
  stability: 'generally-available',
  schema: argumentSchema,
  exports: ['input'],
  create: (context) => new BatchProcessor(context),
};

class BatchProcessor implements Component<Arguments>, OtlpLogsConsumer {
  readonly componentId: string;
  readonly exports;
  readonly #context: ComponentContext;
  readonly #serial = new Serial();
  #args: Arguments | undefined;
  #resources: OtlpResourceLogs[] = [];
  #receipts: Receipt[] = [];
  #count = 0;
  #cancel: (() => void) | undefined;

  constructor(context: ComponentContext) {
    this.componentId = context.id;
    this.#context = context;
    this.exports = new Map([['input', otelcolConsumerValue(this)]]);
  }

  update(args: Arguments): undefined {
    this.#args = args;
  }

  start(): void {}

  consumeLogs(logs: OtlpLogs, receipt: Receipt): Promise<void> {
    return this.#serial.run(async () => {
      receipt.hold(0);
      this.#receipts.push(receipt);
      this.#resources.push(...logs.resourceLogs);
      this.#count += recordCount(logs);
      const { send_batch_size: size, timeout } = this.#args!;
      if (this.#count >= size || timeout === 0) await this.#flush();
      else this.#cancel ??= this.#context.clock.after(timeout, () => void this.#serial.run(() => this.#flush()));
    });
  }

  async #flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#count === 0) return;
    const receipts = this.#receipts;
    const { receipt } = joinReceipts(receipts.map((part) => ({ receipt: part, offset: 0 })));
    const resources = this.#resources;
    this.#receipts = [];
    this.#resources = [];
    this.#count = 0;
    for (const resourceLogs of split(resources, this.#args!.send_batch_max_size)) {
      await forwardLogs(this.#args!.output.logs, { resourceLogs }, receipt);
    }
    for (const part of receipts) part.release(0);
  }

  stop(): Promise<void> {
    return this.#serial.run(() => this.#flush());
  }
}

/** Parts of at most `max` records each; 0 is no limit. */
function split(resources: readonly OtlpResourceLogs[], max: number): OtlpResourceLogs[][] {
  if (max === 0) return [[...resources]];
  const parts: OtlpResourceLogs[][] = [];
  let part: OtlpResourceLogs[] = [];
  let room = max;
  for (const resource of resources) {
    for (const scope of resource.scopeLogs) {
      for (let from = 0; from < scope.records.length; ) {
        const records = scope.records.slice(from, from + room);
        part.push({ ...resource, scopeLogs: [{ ...scope, records }] });
        from += records.length;
        room -= records.length;
        if (room > 0) continue;
        parts.push(part);
        part = [];
        room = max;
      }
    }
  }
  if (part.length > 0) parts.push(part);
  return parts;
}
