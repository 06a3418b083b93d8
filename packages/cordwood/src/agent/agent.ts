/**
 * The agent: runs the components of a configuration.
 *
 * First load: every block is evaluated in the order of the graph; any problem means that nothing starts. Then components are
 * started dependencies first (sinks before sources), and when one of them publishes other exports, the components that refer
 * to it are evaluated again and updated if their arguments changed. At stop, sources stop first, everything in flight is
 * handed on, and only then positions are written for the last time.
 */
import { join } from 'node:path';
import {
  type Block,
  type Diagnostic,
  decodeBody,
  diagnosticAt,
  equals,
  objectValue,
  parse,
  type Scope,
  type SourceFile,
  standardLibrary,
  type Value,
} from '@cordwood/alloy';
import { parse as parseYaml } from 'yaml';
import type { LogMessage } from '../model/log-message.ts';
import type { Clock } from '../world/clock.ts';
import type { Disk } from '../world/disk.ts';
import { type Random, systemRandom } from '../world/random.ts';
import { systemDisk } from '../world/system-disk.ts';
import type {
  AgentEnvironment,
  Component,
  ComponentContext,
  ComponentDefinition,
  Problem,
  Stability,
} from './component.ts';
import { componentDefinitions } from './components/registry.ts';
import { buildGraph, type GraphNode, placeKey, resolveNode } from './graph.ts';
import { MetricRegistry, renderMetrics } from './metrics.ts';
import { sameArguments } from './same-arguments.ts';
import { settingSchemas } from './settings.ts';

export interface AgentOptions {
  /** Configuration files: several are read as one (a directory of `*.alloy` in the order of their names). */
  readonly files: readonly SourceFile[];
  /** Positions and buffers live here, one folder per component. */
  readonly dataDirectory: string;
  readonly clock: Clock;
  readonly log: LogMessage;
  readonly environment: AgentEnvironment;
  /** Where positions and buffers are written; log files are read from the machine's disk in any case. */
  readonly disk?: Disk;
  readonly random?: Random;
  /** Components below this level are refused, as production does. */
  readonly stability?: Stability;
  /** More components than the registry has, e.g. a capturing sink in a test. */
  readonly extraDefinitions?: readonly ComponentDefinition[];
  /** Sees what every stage does; for `trace`. */
  readonly observe?: ComponentContext['observe'];
  /** At stop, how long in-flight entries may take to be delivered. */
  readonly drainTimeoutMs?: number;
}

export interface ComponentStatus {
  readonly id: string;
  readonly name: string;
  readonly health: 'healthy' | 'unhealthy';
  readonly message: string;
  readonly dependsOn: readonly string[];
}

/** A component as it was loaded. */
export interface LoadedNode {
  readonly node: GraphNode;
  readonly component: Component;
  /** Decoded arguments, of the type of its definition's schema. */
  readonly arguments: unknown;
}

export interface Agent {
  start(): Promise<void>;
  /** Drains and stops. Resolves when positions are on disk. */
  stop(): Promise<void>;
  components(): ComponentStatus[];
  /** The graph with the arguments that each component has. */
  nodes(): readonly LoadedNode[];
  /** Text of `/metrics`. */
  metrics(): string;
  /** What was worth saying about the configuration without refusing it. */
  readonly warnings: readonly Diagnostic[];
}

/** Below the five seconds in which the command line wants everything to have stopped. */
const drainTimeoutDefaultMs = 4000;

/** Loads a configuration. Any error means no agent. */
export function createAgent(
  options: AgentOptions,
): { agent: Agent; diagnostics?: undefined } | { agent?: undefined; diagnostics: Diagnostic[] } {
  const runtime = new Runtime(options);
  const diagnostics = runtime.load();
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error') ? { diagnostics } : { agent: runtime };
}

interface RunningNode {
  readonly node: GraphNode;
  readonly component: Component;
  readonly metrics: MetricRegistry;
  exports: Value;
  /** What the component got last. */
  arguments: unknown;
  /** Why the last evaluation failed; the component goes on with what it had. */
  evaluationError: string | undefined;
}

class Runtime implements Agent {
  warnings: readonly Diagnostic[] = [];
  readonly #options: AgentOptions;
  readonly #library: ReadonlyMap<string, Value>;
  readonly #nodes = new Map<string, RunningNode>();
  readonly #metrics = new MetricRegistry();
  readonly #dirty = new Set<string>();
  #evaluating = false;
  #started = false;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#library = standardLibrary({ ...options.environment, parseYaml });
  }

  load(): Diagnostic[] {
    const diagnostics: Diagnostic[] = [];
    const blocks: { block: Block; file: SourceFile }[] = [];
    for (const source of this.#options.files) {
      const parsed = parse(source);
      diagnostics.push(...parsed.diagnostics);
      for (const statement of parsed.file.body) {
        if (statement.kind === 'block') blocks.push({ block: statement, file: source });
        else
          diagnostics.push(
            diagnosticAt(source, statement.name, `unrecognized attribute ${statement.name.name}`, {
              hint: 'A configuration consists of blocks.',
            }),
          );
      }
    }
    if (diagnostics.length > 0) return diagnostics;
    const definitions = new Map(componentDefinitions);
    for (const definition of this.#options.extraDefinitions ?? []) definitions.set(definition.name, definition);
    const graph = buildGraph(blocks, {
      definitions,
      settingNames: new Set(settingSchemas.keys()),
      libraryNames: new Set(this.#library.keys()),
      stability: this.#options.stability ?? 'generally-available',
    });
    diagnostics.push(...graph.diagnostics);
    for (const setting of graph.settings) {
      const schema = settingSchemas.get(setting.name)!;
      diagnostics.push(...decodeBody(setting.block.body, schema, this.#scope(setting.file), setting.block).diagnostics);
    }
    for (const node of graph.nodes) this.#create(node);
    for (const node of graph.nodes) {
      const found = this.#evaluate(this.#nodes.get(node.id)!);
      diagnostics.push(...found.filter((diagnostic) => !graph.brokenReferences.has(placeKey(diagnostic))));
    }
    this.#metrics
      .gauge('alloy_config_last_load_successful', 'Config loaded successfully.')
      .set(diagnostics.some((d) => d.severity === 'error') ? 0 : 1);
    this.warnings = diagnostics.filter((diagnostic) => diagnostic.severity === 'warning');
    return diagnostics.sort(
      (a, b) => (a.file ?? '').localeCompare(b.file ?? '') || a.line - b.line || a.column - b.column,
    );
  }

  async start(): Promise<void> {
    this.#started = true;
    for (const running of this.#nodes.values()) running.component.start();
    await this.#evaluateDirty();
  }

  async stop(): Promise<void> {
    this.#started = false;
    const abort = new AbortController();
    const cancel = this.#options.clock.after(this.#options.drainTimeoutMs ?? drainTimeoutDefaultMs, () =>
      abort.abort(),
    );
    const order = [...this.#nodes.values()].reverse();
    for (const running of order) {
      await running.component.stop(abort.signal).catch((cause: unknown) => this.#broken(running, cause));
    }
    for (const running of order)
      await running.component.close?.().catch((cause: unknown) => this.#broken(running, cause));
    cancel();
  }

  components(): ComponentStatus[] {
    return [...this.#nodes.values()].map((running) => {
      const message = running.evaluationError ?? running.component.health?.();
      return {
        id: running.node.id,
        name: running.node.definition.name,
        health: message === undefined ? 'healthy' : 'unhealthy',
        message: message ?? '',
        dependsOn: [...running.node.dependsOn],
      };
    });
  }

  nodes(): readonly LoadedNode[] {
    return [...this.#nodes.values()];
  }

  metrics(): string {
    const status = this.components();
    const running = this.#metrics.gauge(
      'alloy_component_controller_running_components',
      'Total number of running components.',
    );
    for (const health of ['healthy', 'unhealthy'] as const) {
      running.set(status.filter((component) => component.health === health).length, { health_type: health });
    }
    return renderMetrics([this.#metrics, ...[...this.#nodes.values()].map((node) => node.metrics)]);
  }

  #broken(running: RunningNode, cause: unknown): void {
    this.#options.log('error', 'component failed to stop', { component: running.node.id, error: String(cause) });
  }

  #create(node: GraphNode): void {
    const { clock, log, environment, dataDirectory } = this.#options;
    const metrics = new MetricRegistry({ component_id: node.id, component_path: '/' });
    const component = node.definition.create({
      id: node.id,
      dataDirectory: join(dataDirectory, node.id),
      disk: this.#options.disk ?? systemDisk,
      clock,
      random: this.#options.random ?? systemRandom,
      log: (level, message, fields) => log(level, message, { ...fields, component: node.id }),
      metrics,
      environment,
      observe: this.#options.observe,
      setExports: (exports) => this.#setExports(node.id, exports),
    });
    const exports = objectValue(component.exports);
    this.#nodes.set(node.id, { node, component, metrics, exports, arguments: undefined, evaluationError: undefined });
  }

  #scope(file: SourceFile): Scope {
    return {
      file,
      resolve: (names) => {
        const found = resolveNode(this.#nodes, names);
        if (found !== undefined) return { value: found.node.exports, used: found.used };
        const value = this.#library.get(names[0]!);
        return value && { value, used: 1 };
      },
    };
  }

  /** Evaluates the arguments of a node and hands them to its component if they changed. */
  #evaluate(running: RunningNode): Diagnostic[] {
    const { node, component } = running;
    const decoded = decodeBody(node.block.body, node.definition.schema, this.#scope(node.file), node.span);
    if (decoded.arguments === undefined) return [...decoded.diagnostics];
    if (running.arguments !== undefined && sameArguments(running.arguments, decoded.arguments)) return [];
    const problems = component.update(decoded.arguments) ?? [];
    if (problems.length === 0) running.arguments = decoded.arguments;
    return [...decoded.diagnostics, ...problems.map((problem) => place(problem, node))];
  }

  #setExports(id: string, exports: ReadonlyMap<string, Value>): void {
    const running = this.#nodes.get(id);
    const value = objectValue(exports);
    if (running === undefined || equals(running.exports, value)) return;
    running.exports = value;
    for (const other of this.#nodes.values()) if (other.node.dependsOn.has(id)) this.#dirty.add(other.node.id);
    if (this.#started) void this.#evaluateDirty();
  }

  async #evaluateDirty(): Promise<void> {
    if (this.#evaluating) return;
    this.#evaluating = true;
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
          this.#options.log('error', 'failed to evaluate component', { component: id, error: problem.message });
        }
      }
    }
    this.#evaluating = false;
  }
}

function place(problem: Problem, node: GraphNode): Diagnostic {
  return diagnosticAt(
    node.file,
    problem.span ?? node.span,
    problem.message,
    problem.hint === undefined ? {} : { hint: problem.hint },
  );
}
