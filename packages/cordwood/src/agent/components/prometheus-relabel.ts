import { type ArgumentsOf, integerType, listType, optional, required, schema } from '@cordwood/alloy';
import type { Sample } from '../../codec/write-request.ts';
import { relabel } from '../../extract/relabel.ts';
import type { Component, ComponentContext, ComponentDefinition } from '../component.ts';
import {
  forwardSamples,
  type SamplesReceiver,
  samplesReceiverType,
  samplesReceiverValue,
} from '../prometheus/samples-receiver.ts';
import { ruleBlocks, rulesValue } from '../relabel-rule.ts';

const argumentSchema = schema({
  attributes: {
    forward_to: required(listType(samplesReceiverType)),
    max_cache_size: optional(integerType, 100_000),
  },
  blocks: { rule: ruleBlocks },
});
type Arguments = ArgumentsOf<typeof argumentSchema>;

/** Rewrites the labels of samples, `__name__` included; a sample that a rule drops ends here. */
export const prometheusRelabel: ComponentDefinition<Arguments> = {
  name: 'prometheus.relabel',
  stability: 'generally-available',
  schema: argumentSchema,
  exports: ['receiver', 'rules'],
  create: (context) => new PrometheusRelabel(context),
};

class PrometheusRelabel implements Component<Arguments>, SamplesReceiver {
  readonly componentId: string;
  readonly exports;
  readonly #context: ComponentContext;
  #args: Arguments | undefined;

  constructor(context: ComponentContext) {
    this.componentId = context.id;
    this.#context = context;
    this.exports = new Map([
      ['receiver', samplesReceiverValue(this)],
      ['rules', rulesValue([])],
    ]);
  }

  update(args: Arguments): undefined {
    this.#args = args;
    this.#context.setExports(
      new Map([
        ['receiver', samplesReceiverValue(this)],
        ['rules', rulesValue(args.rule)],
      ]),
    );
  }

  async consumeSamples(samples: readonly Sample[]): Promise<void> {
    const { forward_to: targets, rule: rules } = this.#args!;
    const out = samples.flatMap((sample) => {
      const labels = relabel(sample.labels, rules);
      return labels === undefined || labels.length === 0 ? [] : [{ ...sample, labels }];
    });
    await forwardSamples(targets, out);
  }

  start(): void {}
  async stop(): Promise<void> {}
}
