import { type ArgumentsOf, optional, required, schema, stringType, variantBlocks } from '@cordwood/alloy';
import type { PipelineEntry } from '../pipeline-entry.ts';
import { selectorType } from '../selector.ts';
import type { StageDefinition } from '../stage.ts';
import { stageSchemas } from './registry.ts';

const argumentSchema = schema({
  attributes: {
    selector: required(selectorType),
    action: optional(stringType, 'keep'),
    drop_counter_reason: optional(stringType, 'match_stage'),
    pipeline_name: optional(stringType, ''),
  },
  // A function of a function: the registry of stages holds this stage, and is loaded after it.
  blocks: { stage: variantBlocks(() => stageSchemas()) },
  validate(args, report) {
    if (args.action !== 'keep' && args.action !== 'drop')
      report('action', "match stage action should be 'keep' or 'drop'");
    else if (args.action === 'keep' && args.stage.length === 0) {
      report(undefined, "match stage requires at least one additional stage to be defined in '- stages'");
    } else if (args.action === 'drop' && args.stage.length > 0) {
      report('action', 'match stage configured to drop entries cannot contains stages');
    }
  },
});

/**
 * Entries that the selector matches go through nested stages (`keep`) or are dropped; the others go on as they are. The order
 * of entries is kept, which Alloy does not promise.
 */
export const match: StageDefinition<ArgumentsOf<typeof argumentSchema>> = {
  name: 'match',
  schema: argumentSchema,
  create(args, context) {
    if (args.action === 'drop') {
      return {
        process(entries) {
          const kept = entries.filter((entry) => !args.selector.matches(entry));
          if (kept.length < entries.length) {
            context.dropped(args.drop_counter_reason || 'match_stage', entries.length - kept.length);
          }
          return kept;
        },
      };
    }
    const inner = context.nested(args.stage);
    return {
      process(entries) {
        const matched: PipelineEntry[] = [];
        for (const entry of entries) {
          if (!args.selector.matches(entry)) continue;
          entry.extracted.seed(entry.labels);
          matched.push(entry);
        }
        if (matched.length === 0) return entries;
        if (matched.length === entries.length) return inner.run(entries);
        return runInPlace(entries, new Set(matched), (run) => inner.run(run));
      },
      flush: () => inner.flush(),
      close: () => inner.close(),
    };
  },
};

/** Runs of matched entries go through the nested stages, between the others, so that the order stays. */
async function runInPlace(
  entries: readonly PipelineEntry[],
  matched: ReadonlySet<PipelineEntry>,
  run: (entries: PipelineEntry[]) => PipelineEntry[] | Promise<PipelineEntry[]>,
): Promise<PipelineEntry[]> {
  const out: PipelineEntry[] = [];
  for (let i = 0; i < entries.length; ) {
    const first = i;
    const isMatch = matched.has(entries[first]!);
    while (i < entries.length && matched.has(entries[i]!) === isMatch) i++;
    const part = entries.slice(first, i);
    if (isMatch) for (const entry of await run(part)) out.push(entry);
    else for (const entry of part) out.push(entry);
  }
  return out;
}
