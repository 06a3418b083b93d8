/**
 * A module: components that see each other, in the order of their graph. The configuration itself is one; each use of a
 * `declare`d component and each element of a `foreach` is another, inside of it.
 *
 * Loading evaluates every block once, dependencies first, and reports all problems. When a component publishes other exports,
 * the components that refer to it are evaluated again and updated if their arguments changed.
 */
import { join } from 'node:path';
import {
  type Block,
  type Diagnostic,
  decodeBody,
  diagnosticAt,
  equals,
  objectValue,
  type Scope,
  type SourceFile,
  type Value,
} from '@cordwood/alloy';
import type { LogMessage } from '../model/log-message.ts';
import type { Clock } from '../world/clock.ts';
import type { Disk } from '../world/disk.ts';
import type { Random } from '../world/random.ts';
import type {
  AgentEnvironment,
  Component,
  ComponentContext,
  ComponentDefinition,
  Problem,
  Stability,
} from './component.ts';
import { buildGraph, type Graph, type GraphNode, placeKey, resolveNode } from './graph.ts';
import { MetricRegistry } from './metrics.ts';
import { sameArguments } from './same-arguments.ts';

/** What all modules of an agent have in common. */
export interface ModuleWorld {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly random: Random;
  readonly log: LogMessage;
  readonly environment: AgentEnvironment;
  readonly stability: Stability;
  readonly library: ReadonlyMap<string, Value>;
  readonly observe: ComponentContext['observe'];
  /** Components that may be used everywhere. */
  readonly definitions: () => ReadonlyMap<string, ComponentDefinition>;
  /** Nothing will be started: what only the machine of production has (files with secrets) may be missing. */
  readonly isDryRun: boolean;
  /** Text of the agent's own /metrics. */
  readonly metricsPage: () => string;
}

export interface ModuleOptions {
  readonly world: ModuleWorld;
  /** `/` of the configuration itself, `/name.label` of a module in it. */
  readonly path: string;
  readonly dataDirectory: string;
  readonly definitions: ReadonlyMap<string, ComponentDefinition>;
  /** Names of blocks that are not components; they end up in `settings`. */
  readonly settingNames: ReadonlySet<string>;
  /** Names from outside: `module_path`, the variable of a foreach, components around a foreach. */
  readonly outer?: OuterScope;
}

export interface OuterScope {
  resolve(names: readonly string[]): { readonly value: Value; readonly used: number } | undefined;
}

export interface ModuleBlock {
  readonly block: Block;
  readonly file: SourceFile;
}

/** A component as it was loaded. */
export interface LoadedNode {
  readonly node: GraphNode;
  readonly component: Component;
  /** Decoded arguments, of the type of its definition's schema. */
  readonly arguments: unknown;
}

export interface ComponentStatus {
  readonly id: string;
  readonly name: string;
  readonly health: 'healthy' | 'unhealthy';
  readonly message: string;
  readonly dependsOn: readonly string[];
}

/** A component that has components of its own. */
export interface ModuleOwner {
  readonly modules: readonly Module[];
}

interface RunningNode {
  readonly node: GraphNode;
  readonly component: Component & Partial<ModuleOwner>;
  readonly metrics: MetricRegistry;
  exports: Value;
  /** What the component got last. */
  arguments: unknown;
  /** Why the last evaluation failed; the component goes on with what it had. */
  evaluationError: string | undefined;
}

export class Module {
  readonly #options: ModuleOptions;
  readonly #nodes = new Map<string, RunningNode>();
  readonly #dirty = new Set<string>();
  #evaluating: Promise<void> | undefined;
  #started = false;

  constructor(options: ModuleOptions) {
    this.#options = options;
  }

  /** Creates and evaluates everything. Settings are left to the caller. */
  load(blocks: readonly ModuleBlock[]): { diagnostics: Diagnostic[]; settings: Graph['settings'] } {
    const { world, definitions, settingNames, outer } = this.#options;
    const graph = buildGraph(blocks, {
      definitions,
      settingNames,
      isOuterName: (names) => world.library.has(names[0]!) || outer?.resolve(names) !== undefined,
      stability: world.stability,
    });
    const diagnostics = [...graph.diagnostics];
    for (const node of graph.nodes) this.#create(node);
    for (const node of graph.nodes) {
      const found = this.#evaluate(this.#nodes.get(node.id)!);
      diagnostics.push(...found.filter((diagnostic) => !graph.brokenReferences.has(placeKey(diagnostic))));
    }
    return { diagnostics, settings: graph.settings };
  }

  start(): void {
    this.#started = true;
    for (const running of this.#nodes.values()) running.component.start();
    void this.#evaluateDirty();
  }

  /** Stops what feeds before what is fed. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#started = false;
    for (const running of [...this.#nodes.values()].reverse()) {
      await running.component.stop(signal).catch((cause: unknown) => this.#broken(running, cause));
    }
  }

  async close(): Promise<void> {
    for (const running of [...this.#nodes.values()].reverse()) {
      await running.component.close?.().catch((cause: unknown) => this.#broken(running, cause));
    }
  }

  /** This module's components, and those of the modules in it with their path before their id. */
  components(prefix = ''): ComponentStatus[] {
    // What a module gives back is wiring, not a component.
    const components = [...this.#nodes.values()].filter((running) => running.node.definition.name !== 'export');
    return components.flatMap((running) => {
      const message = running.evaluationError ?? running.component.health?.();
      const own: ComponentStatus = {
        id: prefix + running.node.id,
        name: running.node.definition.name,
        health: message === undefined ? 'healthy' : 'unhealthy',
        message: message ?? '',
        dependsOn: [...running.node.dependsOn].map((id) => prefix + id),
      };
      const inner = running.component.modules ?? [];
      return [own, ...inner.flatMap((module) => module.components(`${module.#options.path.replace(/^\//, '')}/`))];
    });
  }

  nodes(): readonly LoadedNode[] {
    return [...this.#nodes.values()];
  }

  /** Metrics of all components, inner ones included. */
  metricRegistries(): MetricRegistry[] {
    return [...this.#nodes.values()].flatMap((running) => [
      running.metrics,
      ...(running.component.modules ?? []).flatMap((module) => module.metricRegistries()),
    ]);
  }

  scope(file: SourceFile): Scope {
    return {
      file,
      resolve: (names) => {
        const found = resolveNode(this.#nodes, names);
        if (found !== undefined) return { value: found.node.exports, used: found.used };
        const outer = this.#options.outer?.resolve(names);
        if (outer !== undefined) return outer;
        const value = this.#options.world.library.get(names[0]!);
        return value && { value, used: 1 };
      },
    };
  }

  #broken(running: RunningNode, cause: unknown): void {
    this.#options.world.log('error', 'component failed to stop', { component: running.node.id, error: String(cause) });
  }

  #create(node: GraphNode): void {
    const { world, dataDirectory, path } = this.#options;
    const metrics = new MetricRegistry({ component_id: node.id, component_path: path });
    const component = node.definition.create({
      id: node.id,
      modulePath: path,
      dataDirectory: join(dataDirectory, node.id),
      disk: world.disk,
      clock: world.clock,
      random: world.random,
      log: (level, message, fields) =>
        world.log(level, message, { ...fields, component: node.id, ...(path === '/' ? {} : { module: path }) }),
      metrics,
      environment: world.environment,
      observe: world.observe,
      setExports: (exports) => this.#setExports(node.id, exports),
      world,
      outer: this.scope(node.file),
    });
    const exports = objectValue(component.exports);
    this.#nodes.set(node.id, { node, component, metrics, exports, arguments: undefined, evaluationError: undefined });
  }

  /** Evaluates the arguments of a node and hands them to its component if they changed. */
  #evaluate(running: RunningNode): Diagnostic[] {
    const { node, component } = running;
    const decoded = decodeBody(node.block.body, node.definition.schema, this.scope(node.file), node.span);
    if (decoded.arguments === undefined) return [...decoded.diagnostics];
    if (running.arguments !== undefined && sameArguments(running.arguments, decoded.arguments)) return [];
    const problems = component.update(decoded.arguments) ?? [];
    if (problems.length === 0) running.arguments = decoded.arguments;
    return [...decoded.diagnostics, ...problems.map((problem) => problem.diagnostic ?? place(problem, node))];
  }

  #setExports(id: string, exports: ReadonlyMap<string, Value>): void {
    const running = this.#nodes.get(id);
    const value = objectValue(exports);
    if (running === undefined || equals(running.exports, value)) return;
    running.exports = value;
    for (const other of this.#nodes.values()) if (other.node.dependsOn.has(id)) this.#dirty.add(other.node.id);
    if (this.#started) void this.#evaluateDirty();
  }

  /** Evaluates everything again, because names from outside mean something else now. */
  async evaluateAll(): Promise<void> {
    for (const id of this.#nodes.keys()) this.#dirty.add(id);
    await this.#evaluateDirty();
  }

  #evaluateDirty(): Promise<void> {
    this.#evaluating ??= this.#evaluateUntilClean().finally(() => {
      this.#evaluating = undefined;
    });
    return this.#evaluating;
  }

  async #evaluateUntilClean(): Promise<void> {
    while (this.#dirty.size > 0) {
      // Let exports that change together settle, then go in the order of the graph.
      await Promise.resolve();
      const ids = [...this.#nodes.keys()].filter((id) => this.#dirty.has(id));
      this.#dirty.clear();
      for (const id of ids) {
        const running = this.#nodes.get(id)!;
        const [problem] = this.#evaluate(running);
        running.evaluationError = problem?.message;
        if (problem !== undefined) {
          this.#options.world.log('error', 'failed to evaluate component', { component: id, error: problem.message });
        }
      }
    }
  }
}

function place(problem: Problem, node: GraphNode): Diagnostic {
  const hint = problem.hint === undefined ? {} : { hint: problem.hint };
  return diagnosticAt(node.file, problem.span ?? node.span, problem.message, hint);
}
