import { type ArgumentsOf, required, schema } from '@cordwood/alloy';
import { relabel } from '../../extract/relabel.ts';
import { createLabels } from '../../model/labels.ts';
import type { Component, ComponentContext, ComponentDefinition } from '../component.ts';
import { ruleBlocks, rulesValue } from '../relabel-rule.ts';
import { type Target, targetsType, targetsValue } from '../target.ts';

const argumentSchema = schema({ attributes: { targets: required(targetsType) }, blocks: { rule: ruleBlocks } });
type Arguments = ArgumentsOf<typeof argumentSchema>;

/** Rewrites targets; those that a rule drops or leaves without labels disappear. */
export const discoveryRelabel: ComponentDefinition<Arguments> = {
  name: 'discovery.relabel',
  stability: 'generally-available',
  schema: argumentSchema,
  exports: ['output', 'rules'],
  create: (context) => new DiscoveryRelabel(context),
};

class DiscoveryRelabel implements Component<Arguments> {
  readonly exports = new Map([
    ['output', targetsValue([])],
    ['rules', rulesValue([])],
  ]);
  readonly #context: ComponentContext;

  constructor(context: ComponentContext) {
    this.#context = context;
  }

  update(args: Arguments): undefined {
    const output: Target[] = [];
    for (const target of args.targets) {
      const labels = relabel(createLabels(target), args.rule);
      if (labels !== undefined && labels.length > 0)
        output.push(new Map(labels.map(({ name, value }) => [name, value])));
    }
    this.#context.setExports(
      new Map([
        ['output', targetsValue(output)],
        ['rules', rulesValue(args.rule)],
      ]),
    );
  }

  start(): void {}
  async stop(): Promise<void> {}
}
