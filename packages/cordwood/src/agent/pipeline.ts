import type { Variant } from '@cordwood/alloy';
import { fuseReplaces, fusibleRun } from './fused-replace.ts';
import type { LogEntry } from './log-entry.ts';
import type { PipelineEntry } from './pipeline-entry.ts';
import type { NestedPipeline, Stage, StageContext, StageDefinition } from './stage.ts';

export type PipelineContext = Omit<StageContext, 'later' | 'nested'>;

/** Sees what goes into a stage and what comes out; for `trace`. */
export type StageObserver = (stage: ObservedStage, when: 'before' | 'after', entries: readonly LogEntry[]) => void;

export interface ObservedStage {
  /** `stage.json`; of components without stages what they do, such as `rules`. */
  readonly name: string;
  readonly index: number;
  /** How many `stage.match` it is inside of. */
  readonly depth: number;
  /** Its index after those of the stages that it is inside of: `3.0`. */
  readonly path: string;
}

/**
 * Stages in a row. A batch goes through one stage after the other; the order of entries is kept, also past `stage.match`.
 * Whoever owns the pipeline calls it one batch at a time.
 */
export class Pipeline implements NestedPipeline {
  readonly #stages: readonly Stage[];
  /** In the order of `#stages`; stages that were fused have one observed stage, and are fused only when nobody looks. */
  readonly #observed: readonly ObservedStage[];
  readonly #observe: StageObserver | undefined;

  /** `late` gets what a timer gives out, to be run when the owner's turn has come. */
  constructor(
    stages: readonly Variant[],
    definitions: ReadonlyMap<string, StageDefinition>,
    context: PipelineContext,
    late: (run: () => PipelineEntry[] | Promise<PipelineEntry[]>) => void,
    observe?: StageObserver,
    outer: Pick<ObservedStage, 'depth' | 'path'> = { depth: -1, path: '' },
  ) {
    this.#observe = observe;
    const created: Stage[] = [];
    const observed: ObservedStage[] = [];
    for (let i = 0; i < stages.length; ) {
      const position = created.length;
      const path = outer.path === '' ? String(i) : `${outer.path}.${i}`;
      const place = { name: `stage.${stages[i]!.name}`, index: i, depth: outer.depth + 1, path };
      const stageContext: StageContext = {
        ...context,
        later: (entries) => late(() => this.#runFrom(position + 1, entries)),
        nested: (inner) => {
          const lateInner: typeof late = (run) => late(async () => this.#runFrom(position + 1, await run()));
          return new Pipeline(inner, definitions, context, lateInner, observe, place);
        },
      };
      const create = (stage: Variant) => definitions.get(stage.name)!.create(stage.arguments, stageContext);
      const run = observe === undefined ? fusibleRun(stages, i) : undefined;
      observed.push(place);
      if (run === undefined) created.push(create(stages[i]!));
      else created.push(fuseReplaces(run.union, stages.slice(i, i + run.length).map(create)));
      i += run?.length ?? 1;
    }
    this.#stages = created;
    this.#observed = observed;
  }

  run(entries: PipelineEntry[]): PipelineEntry[] | Promise<PipelineEntry[]> {
    return this.#runFrom(0, entries);
  }

  #runFrom(first: number, entries: PipelineEntry[]): PipelineEntry[] | Promise<PipelineEntry[]> {
    let current = entries;
    for (let i = first; i < this.#stages.length && current.length > 0; i++) {
      this.#observe?.(this.#observed[i]!, 'before', current);
      const result = this.#stages[i]!.process(current);
      if (result instanceof Promise) {
        return result.then((after) => {
          this.#observe?.(this.#observed[i]!, 'after', after);
          return this.#runFrom(i + 1, after);
        });
      }
      this.#observe?.(this.#observed[i]!, 'after', result);
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
