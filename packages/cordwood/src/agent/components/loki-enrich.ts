import { type ArgumentsOf, listType, optional, required, schema, stringType } from '@cordwood/alloy';
import type { Component, ComponentContext, ComponentDefinition } from '../component.ts';
import type { LabelSet } from '../label-set.ts';
import type { LogEntry } from '../log-entry.ts';
import type { ObservedStage } from '../pipeline.ts';
import { PipelineEntry } from '../pipeline-entry.ts';
import { Fanout, type LogsReceiver, logsReceiverType, receiverValue } from '../receiver.ts';
import { type Target, targetsType } from '../target.ts';

const argumentSchema = schema({
  attributes: {
    targets: required(targetsType),
    target_match_label: required(stringType),
    logs_match_label: optional(stringType, ''),
    labels_to_copy: optional(listType(stringType), []),
    forward_to: required(listType(logsReceiverType)),
  },
});
type Arguments = ArgumentsOf<typeof argumentSchema>;

/** Adds labels of the discovered target whose label has the same value as the entry's. Without such a target nothing changes. */
export const lokiEnrich: ComponentDefinition<Arguments> = {
  name: 'loki.enrich',
  stability: 'experimental',
  schema: argumentSchema,
  exports: ['receiver'],
  create: (context) => new LokiEnrich(context),
};

const enrichment: ObservedStage = { name: 'enrichment', index: 0, depth: 0, path: '0' };

class LokiEnrich implements Component<Arguments>, LogsReceiver {
  readonly componentId: string;
  readonly exports;
  readonly #context: ComponentContext;
  readonly #fanout: Fanout;
  #targets = new Map<string, Target>();
  #matchLabel = '';
  #copied: readonly string[] = [];

  constructor(context: ComponentContext) {
    this.componentId = context.id;
    this.#context = context;
    this.#fanout = new Fanout(context.metrics);
    this.exports = new Map([['receiver', receiverValue(this)]]);
  }

  update(args: Arguments): undefined {
    this.#fanout.set(args.forward_to);
    this.#matchLabel = args.logs_match_label || args.target_match_label;
    this.#copied = args.labels_to_copy;
    this.#targets = new Map(
      args.targets.flatMap((target) => {
        const value = target.get(args.target_match_label);
        return value === undefined || value === '' ? [] : [[value, target] as const];
      }),
    );
  }

  async consume(entries: readonly LogEntry[]): Promise<void> {
    const { observe } = this.#context;
    observe?.(this.componentId, enrichment, 'before', entries);
    const out = entries.map((entry) => {
      const labels = this.#enrich(entry.labels);
      if (labels === entry.labels) return entry;
      const enriched = new PipelineEntry(entry);
      enriched.labels = labels;
      return enriched;
    });
    observe?.(this.componentId, enrichment, 'after', out);
    await this.#fanout.consume(out);
  }

  #enrich(labels: LabelSet): LabelSet {
    const target = this.#targets.get(labels.get(this.#matchLabel));
    if (target === undefined) return labels;
    let out = labels;
    for (const name of this.#copied.length > 0 ? this.#copied : target.keys()) {
      const value = target.get(name);
      if (value !== undefined) out = out.with(name, value);
    }
    return out;
  }

  start(): void {}
  async stop(): Promise<void> {}
}
