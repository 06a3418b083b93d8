import { type ArgumentsOf, numberType, optional, required, schema, stringType } from '@cordwood/alloy';
import type { StageDefinition } from '../stage.ts';

const argumentSchema = schema({
  attributes: { rate: required(numberType), drop_counter_reason: optional(stringType, 'sampling_stage') },
  validate(args, report) {
    if (args.rate < 0 || args.rate > 1) {
      const received = args.rate.toFixed(6);
      const message = `sampling stage failed to parse rate,Sampling Rate must be between 0.0 and 1.0, received ${received}`;
      report('rate', message);
    }
  },
});

/** Lets a share of the entries pass, chosen at random. */
export const sampling: StageDefinition<ArgumentsOf<typeof argumentSchema>> = {
  name: 'sampling',
  schema: argumentSchema,
  create: (args, context) => ({
    process(entries) {
      const kept = entries.filter(() => context.random() < args.rate);
      if (kept.length < entries.length)
        context.dropped(args.drop_counter_reason || 'sampling_stage', entries.length - kept.length);
      return kept;
    },
  }),
};
