import { type ArgumentsOf, integerType, listType, optional, required, schema } from '@cordwood/alloy';
import { type RelabelRule, relabel } from '../../extract/relabel.ts';
import type { Component, ComponentContext, ComponentDefinition } from '../component.ts';
import { LabelSet } from '../label-set.ts';
import type { LogEntry } from '../log-entry.ts';
import type { ObservedStage } from '../pipeline.ts';
import { PipelineEntry } from '../pipeline-entry.ts';
import { Fanout, type LogsReceiver, logsReceiverType, receiverValue } from '../receiver.ts';
import { ruleBlocks, rulesValue } from '../relabel-rule.ts';

const argumentSchema = schema({
  attributes: {
    forward_to: required(listType(logsReceiverType)),
    max_cache_size: optional(integerType, 10_000),
  },
  blocks: { rule: ruleBlocks },
});
type Arguments = ArgumentsOf<typeof argumentSchema>;

/** Rewrites the labels of entries. An entry that is left without labels is dropped. */
export const lokiRelabel: ComponentDefinition<Arguments> = {
  name: 'loki.relabel',
  stability: 'generally-available',
  schema: argumentSchema,
  exports: ['receiver', 'rules'],
  create: (context) => new LokiRelabel(context),
};

const rules: ObservedStage = { name: 'rules', index: 0, depth: 0, path: '0' };

class LokiRelabel implements Component<Arguments>, LogsReceiver {
  readonly componentId: string;
  readonly exports;
  readonly #context: ComponentContext;
  readonly #fanout: Fanout;
  #rules: readonly RelabelRule[] = [];
  #cacheMax = 0;
  /** Label set -> result; null when the entry is dropped. */
  #cache = new Map<LabelSet, LabelSet | null>();

  constructor(context: ComponentContext) {
    this.componentId = context.id;
    this.#context = context;
    this.#fanout = new Fanout(context.metrics);
    this.exports = new Map([
      ['receiver', receiverValue(this)],
      ['rules', rulesValue([])],
    ]);
  }

  update(args: Arguments): undefined {
    this.#fanout.set(args.forward_to);
    this.#rules = args.rule;
    this.#cacheMax = args.max_cache_size;
    this.#cache.clear();
    this.#context.setExports(
      new Map([
        ['receiver', receiverValue(this)],
        ['rules', rulesValue(args.rule)],
      ]),
    );
  }

  async consume(entries: readonly LogEntry[]): Promise<void> {
    const { metrics, observe } = this.#context;
    observe?.(this.componentId, rules, 'before', entries);
    metrics.counter('loki_relabel_entries_processed', 'Total number of log entries processed').add(entries.length);
    const out: LogEntry[] = [];
    for (const entry of entries) {
      const labels = this.#relabel(entry.labels);
      if (labels === entry.labels) out.push(entry);
      else if (labels !== null) {
        const changed = new PipelineEntry(entry);
        changed.labels = labels;
        out.push(changed);
      }
    }
    observe?.(this.componentId, rules, 'after', out);
    metrics.counter('loki_relabel_entries_written', 'Total number of log entries forwarded').add(out.length);
    await this.#fanout.consume(out);
  }

  #relabel(labels: LabelSet): LabelSet | null {
    const known = this.#cache.get(labels);
    if (known !== undefined) return known;
    const changed = relabel(labels.labels, this.#rules);
    const result = changed === undefined || changed.length === 0 ? null : LabelSet.of(changed);
    if (this.#cache.size >= this.#cacheMax) this.#cache.clear();
    this.#cache.set(labels, result?.text() === labels.text() ? labels : result);
    return this.#cache.get(labels) ?? null;
  }

  start(): void {}
  async stop(): Promise<void> {}
}
