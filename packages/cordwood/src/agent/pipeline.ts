import type { Variant } from '@cordwood/alloy';
import type { PipelineEntry } from './pipeline-entry.ts';
import type { NestedPipeline, Stage, StageContext, StageDefinition } from './stage.ts';

export type PipelineContext = Omit<StageContext, 'later' | 'nested'>;

/** Sees what a stage did with entries; for `trace`. Entries are those that came out. */
export type StageObserver = (
  stage: { readonly name: string; readonly index: number; readonly depth: number },
  when: 'before' | 'after',
  entries: readonly PipelineEntry[],
) => void;

/**
 * Stages in a row. A batch goes through one stage after the other; the order of entries is kept, also past `stage.match`.
 * Whoever owns the pipeline calls it one batch at a time.
 */
export class Pipeline implements NestedPipeline {
  readonly #stages: readonly Stage[];
  readonly #names: readonly string[];
  readonly #observe: StageObserver | undefined;
  readonly #depth: number;

  /** `late` takes entries that come out of a timer; the owner decides when they run on (`runFrom`). */
  constructor(
    stages: readonly Variant[],
    definitions: ReadonlyMap<string, StageDefinition>,
    context: PipelineContext,
    late: (run: () => PipelineEntry[] | Promise<PipelineEntry[]>) => void,
    observe?: StageObserver,
    depth = 0,
  ) {
    this.#observe = observe;
    this.#depth = depth;
    this.#names = stages.map((stage) => stage.name);
    this.#stages = stages.map((stage, index) => {
      const definition = definitions.get(stage.name)!;
      return definition.create(stage.arguments, {
        ...context,
        later: (entries) => late(() => this.#runFrom(index + 1, entries)),
        nested: (inner) =>
          new Pipeline(
            inner,
            definitions,
            context,
            (run) => late(async () => this.#runFrom(index + 1, await run())),
            observe,
            depth + 1,
          ),
      });
    });
  }

  run(entries: PipelineEntry[]): PipelineEntry[] | Promise<PipelineEntry[]> {
    return this.#runFrom(0, entries);
  }

  #runFrom(first: number, entries: PipelineEntry[]): PipelineEntry[] | Promise<PipelineEntry[]> {
    let current = entries;
    for (let i = first; i < this.#stages.length && current.length > 0; i++) {
      const stage = { name: this.#names[i]!, index: i, depth: this.#depth };
      this.#observe?.(stage, 'before', current);
      const result = this.#stages[i]!.process(current);
      if (result instanceof Promise) {
        return result.then((after) => {
          this.#observe?.(stage, 'after', after);
          return this.#runFrom(i + 1, after);
        });
      }
      this.#observe?.(stage, 'after', result);
      current = result;
    }
    return current;
  }

  /** What stages still keep, run through the stages behind them. */
  async flush(): Promise<PipelineEntry[]> {
    const out: PipelineEntry[] = [];
    for (const [i, stage] of this.#stages.entries()) {
      const kept = (await stage.flush?.()) ?? [];
      if (kept.length > 0) out.push(...(await this.#runFrom(i + 1, kept)));
    }
    return out;
  }

  close(): void {
    for (const stage of this.#stages) stage.close?.();
  }
}
