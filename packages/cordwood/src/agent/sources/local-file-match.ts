import { stat } from 'node:fs/promises';
import { type ArgumentsOf, durationType, optional, required, schema } from '@cordwood/alloy';
import { every } from '../../world/clock.ts';
import type { Component, ComponentContext, ComponentDefinition, Problem } from '../component.ts';
import { compileGlob, type Glob } from '../tail/glob.ts';
import { type Target, targetsType, targetsValue } from '../target.ts';

const argumentSchema = schema({
  attributes: {
    path_targets: required(targetsType),
    sync_period: optional(durationType, 10_000),
    ignore_older_than: optional(durationType, 0),
  },
  validate(args, report) {
    if (args.sync_period <= 0) report('sync_period', 'sync_period must be greater than 0');
    const problem = checkPatterns(args.path_targets);
    if (problem !== undefined) report('path_targets', problem);
  },
});
type Arguments = ArgumentsOf<typeof argumentSchema>;

/** What is wrong with the patterns of targets, if anything. */
export function checkPatterns(targets: readonly Target[]): string | undefined {
  for (const target of targets) {
    const path = target.get('__path__');
    if (path === undefined || path === '') return 'a target has no __path__';
    for (const pattern of [path, target.get('__path_exclude__') ?? '']) {
      const compiled = pattern === '' ? undefined : compileGlob(pattern);
      if (compiled !== undefined && 'error' in compiled) return compiled.error;
    }
  }
  return undefined;
}

/** Finds files by pattern; exports one target per file, its `__path__` being the file. */
export const localFileMatch: ComponentDefinition<Arguments> = {
  name: 'local.file_match',
  stability: 'generally-available',
  schema: argumentSchema,
  exports: ['targets'],
  create: (context) => new LocalFileMatch(context),
};

class LocalFileMatch implements Component<Arguments> {
  readonly exports = new Map([['targets', targetsValue([])]]);
  readonly #context: ComponentContext;
  #args: Arguments | undefined;
  #stopTimer: (() => void) | undefined;

  constructor(context: ComponentContext) {
    this.#context = context;
  }

  update(args: Arguments): readonly Problem[] | undefined {
    this.#args = args;
    if (this.#stopTimer !== undefined) this.start();
    return undefined;
  }

  start(): void {
    this.#stopTimer?.();
    this.#stopTimer = every(this.#context.clock, this.#args!.sync_period, () => this.#sync());
    void this.#sync();
  }

  async stop(): Promise<void> {
    this.#stopTimer?.();
  }

  async #sync(): Promise<void> {
    const args = this.#args!;
    const targets = await matchTargets(args.path_targets, args.ignore_older_than, this.#context.clock.nowNs());
    this.#context.setExports(new Map([['targets', targetsValue(targets)]]));
  }
}

/** Each target once for every file that its patterns match. */
export async function matchTargets(
  targets: readonly Target[],
  ignoreOlderThanMs: number,
  nowNs: bigint,
): Promise<Target[]> {
  const nowMs = Number(nowNs / 1_000_000n);
  const out: Target[] = [];
  for (const target of targets) {
    const included = glob(target.get('__path__'));
    const excluded = glob(target.get('__path_exclude__'));
    for (const path of (await included?.files()) ?? []) {
      if (excluded?.matches(path)) continue;
      if (ignoreOlderThanMs > 0) {
        const modifiedMs = (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
        if (nowMs - modifiedMs > ignoreOlderThanMs) continue;
      }
      out.push(new Map([...target].filter(([name]) => name !== '__path_exclude__')).set('__path__', path));
    }
  }
  return out;
}

function glob(pattern: string | undefined): Glob | undefined {
  if (pattern === undefined || pattern === '') return undefined;
  const compiled = compileGlob(pattern);
  return 'glob' in compiled ? compiled.glob : undefined;
}
