import type { Block, BlockSchema, Diagnostic, Scope, Value } from '@cordwood/alloy';
import type { LogMessage } from '../model/log-message.ts';
import type { Clock } from '../world/clock.ts';
import type { Disk } from '../world/disk.ts';
import type { Random } from '../world/random.ts';
import type { MetricRegistry } from './metrics.ts';
import type { ModuleWorld } from './module.ts';
import type { StageObserver } from './pipeline.ts';

/**
 * A kind of component: one file, one line in `components/registry.ts`. Its schema is strict: what it does not list is refused
 * with its position.
 */
export interface ComponentDefinition<A = unknown> {
  /** `loki.write` */
  readonly name: string;
  readonly stability: Stability;
  readonly schema: BlockSchema<A>;
  /** Names of what it exports. */
  readonly exports: readonly string[];
  /** Custom components need no label. */
  readonly labelOptional?: boolean;
  /** Of a block that brings names of its own: is this chain of names one of them, and so no reference to the outside? */
  readonly ownNames?: (block: Block) => (names: readonly string[]) => boolean;
  /** Creates a component. Touches nothing outside before `start`. */
  create(context: ComponentContext): Component<A>;
}

export type Stability = 'generally-available' | 'public-preview' | 'experimental';
export const stabilities: readonly Stability[] = ['experimental', 'public-preview', 'generally-available'];

/** A running (or to be run) component. */
export interface Component<A = unknown> {
  /** Exports before the first update; each name of the definition has one. */
  readonly exports: ReadonlyMap<string, Value>;
  /**
   * Takes new arguments, first before `start` and then whenever they changed. On problems it keeps what it had. Must be
   * cheap or run its consequences in the background.
   */
  update(args: A): readonly Problem[] | undefined;
  start(): void;
  /**
   * Stops taking in and hands on what it holds; resolves when done or when `signal` aborts, keeping receipts unreleased.
   * Called for sources before the components that they feed.
   */
  stop(signal: AbortSignal): Promise<void>;
  /** After everything has stopped: writes what the last receipts made known. */
  close?(): Promise<void>;
  /** What is wrong at the moment, if anything. */
  health?(): string | undefined;
}

/** Why arguments cannot be used, at the attribute or block (by its path, e.g. `stage.json[2].expressions`) that is to blame. */
export interface Problem {
  readonly message: string;
  readonly span?: { readonly start: number; readonly end: number };
  readonly hint?: string;
  /** Instead of all that: a problem in another file, such as that of a module. */
  readonly diagnostic?: Diagnostic;
}

/** What a component may use. */
export interface ComponentContext {
  /** `loki.write.default` */
  readonly id: string;
  /** Path of the module that it is in: `/` for the configuration itself. */
  readonly modulePath: string;
  /** Folder of its own for positions, buffers; created by whoever writes first. */
  readonly dataDirectory: string;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LogMessage;
  readonly metrics: MetricRegistry;
  readonly environment: AgentEnvironment;
  /** Sees what stages do with entries; only `trace` sets it. */
  readonly observe?: ((componentId: string, ...observed: Parameters<StageObserver>) => void) | undefined;
  /** Publishes exports; dependants are re-evaluated when something changed. */
  setExports(exports: ReadonlyMap<string, Value>): void;
  /** For components that have components of their own. */
  readonly world: ModuleWorld;
  /** What names mean where the component stands. */
  readonly outer: Scope;
}

/** What the agent knows of the machine. */
export interface AgentEnvironment {
  readonly variable: (name: string) => string | undefined;
  readonly hostname: string;
  readonly os: string;
  readonly arch: string;
  readonly version: string;
}
