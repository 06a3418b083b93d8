/**
 * The agent: runs the components of a configuration.
 *
 * Any problem at the first load means that nothing starts. Components are started dependencies first (sinks before sources). At
 * stop, sources stop first, everything in flight is handed on, and only then positions are written for the last time.
 */
import { createHash } from 'node:crypto';
import { type Diagnostic, decodeBody, diagnosticAt, parse, type SourceFile, standardLibrary } from '@cordwood/alloy';
import { parse as parseYaml } from 'yaml';
import type { LogMessage } from '../model/log-message.ts';
import type { Clock } from '../world/clock.ts';
import type { Disk } from '../world/disk.ts';
import { type Random, systemRandom } from '../world/random.ts';
import { systemDisk } from '../world/system-disk.ts';
import type { AgentEnvironment, ComponentContext, ComponentDefinition, Stability } from './component.ts';
import { componentDefinitions } from './components/registry.ts';
import { collectDefinitions, isModuleBlock } from './custom-component.ts';
import { MetricRegistry, renderMetrics } from './metrics.ts';
import { type ComponentStatus, type LoadedNode, Module, type ModuleBlock } from './module.ts';
import { type LoggingSettings, settingSchemas } from './settings.ts';

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
  /** The agent is looked at and not started. */
  readonly isDryRun?: boolean;
  /** Sees what every stage does; for `trace`. */
  readonly observe?: ComponentContext['observe'];
  /** At stop, how long in-flight entries may take to be delivered. */
  readonly drainTimeoutMs?: number;
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
  /** Metrics of each component, with its id and path as constant labels. */
  metricRegistries(): readonly MetricRegistry[];
  /** What the `logging` block says, or its defaults. */
  readonly logging: LoggingSettings;
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

class Runtime implements Agent {
  warnings: readonly Diagnostic[] = [];
  logging: LoggingSettings = { level: 'info', format: 'logfmt' };
  readonly #options: AgentOptions;
  readonly #metrics = new MetricRegistry();
  #root: Module | undefined;

  constructor(options: AgentOptions) {
    this.#options = options;
  }

  load(): Diagnostic[] {
    const { blocks, diagnostics } = parseFiles(this.#options.files);
    if (diagnostics.length > 0) return diagnostics;
    const { clock, log, environment, dataDirectory, observe, disk = systemDisk, random = systemRandom } = this.#options;
    const library = standardLibrary({ ...environment, parseYaml });
    const stability = this.#options.stability ?? 'generally-available';
    const known = new Map(componentDefinitions);
    for (const definition of this.#options.extraDefinitions ?? []) known.set(definition.name, definition);
    const collected = collectDefinitions(blocks, known, { library, environment });
    diagnostics.push(...collected.diagnostics);
    const root = new Module({
      world: {
        clock,
        disk,
        random,
        log,
        environment,
        stability,
        library,
        observe,
        definitions: () => collected.definitions,
        metricsPage: () => this.metrics(),
        isDryRun: this.#options.isDryRun ?? false,
      },
      path: '/',
      dataDirectory,
      definitions: collected.definitions,
      settingNames: new Set(settingSchemas.keys()),
    });
    this.#root = root;
    const loaded = root.load(blocks.filter(({ block }) => !isModuleBlock(block)));
    diagnostics.push(...loaded.diagnostics);
    for (const { name, block, file } of loaded.settings) {
      const decoded = decodeBody(block.body, settingSchemas.get(name)!, root.scope(file), block);
      diagnostics.push(...decoded.diagnostics);
      if (name === 'logging' && decoded.arguments !== undefined) this.logging = decoded.arguments as LoggingSettings;
    }
    const failed = diagnostics.some((diagnostic) => diagnostic.severity === 'error');
    this.#metrics.gauge('alloy_config_last_load_successful', 'Config loaded successfully.').set(failed ? 0 : 1);
    const seconds = Number(clock.nowNs() / 1_000_000n) / 1000;
    this.#metrics
      .gauge('alloy_config_last_load_success_timestamp_seconds', 'Timestamp of the last successful configuration load.')
      .set(failed ? 0 : seconds);
    const hash = createHash('sha256');
    for (const file of this.#options.files) hash.update(`${file.name}\0${file.text}\0`);
    this.#metrics
      .gauge('alloy_config_hash', 'Hash of the currently active config file.')
      .set(1, { sha256: hash.digest('hex') });
    this.warnings = diagnostics.filter((diagnostic) => diagnostic.severity === 'warning');
    return diagnostics.sort(
      (a, b) => (a.file ?? '').localeCompare(b.file ?? '') || a.line - b.line || a.column - b.column,
    );
  }

  async start(): Promise<void> {
    this.#root!.start();
  }

  async stop(): Promise<void> {
    const { clock, drainTimeoutMs = drainTimeoutDefaultMs } = this.#options;
    const abort = new AbortController();
    const cancel = clock.after(drainTimeoutMs, () => abort.abort());
    await this.#root!.stop(abort.signal);
    await this.#root!.close();
    cancel();
  }

  components(): ComponentStatus[] {
    return this.#root!.components();
  }

  nodes(): readonly LoadedNode[] {
    return this.#root!.nodes();
  }

  metricRegistries(): readonly MetricRegistry[] {
    return this.#root!.metricRegistries();
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
    const { version } = this.#options.environment;
    this.#metrics
      .gauge('alloy_build_info', 'A metric with a constant 1 value labeled by version.')
      .set(1, { version: `cordwood-${version}` });
    const memory = process.memoryUsage.rss();
    this.#metrics.gauge('alloy_resources_process_resident_memory_bytes', 'Current resident memory size.').set(memory);
    const { user, system } = process.cpuUsage();
    const cpu = this.#metrics.counter('alloy_resources_process_cpu_seconds_total', 'Total user and system CPU time.');
    cpu.set((user + system) / 1e6);
    return renderMetrics([this.#metrics, ...this.metricRegistries()]);
  }
}

/** The blocks of all files; a configuration has nothing else at its top. */
export function parseFiles(files: readonly SourceFile[]): { blocks: ModuleBlock[]; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const blocks: ModuleBlock[] = [];
  for (const file of files) {
    const parsed = parse(file);
    diagnostics.push(...parsed.diagnostics);
    for (const statement of parsed.file.body) {
      if (statement.kind === 'block') blocks.push({ block: statement, file });
      else {
        const hint = 'A configuration consists of blocks.';
        diagnostics.push(diagnosticAt(file, statement.name, `unrecognized attribute ${statement.name.name}`, { hint }));
      }
    }
  }
  return { blocks, diagnostics };
}
