import { type Block, blockName, type Diagnostic, listType, parse, required, schema } from '@cordwood/alloy';
import { type Agent, createAgent } from '../agent/agent.ts';
import type { Component, ComponentDefinition } from '../agent/component.ts';
import { componentDefinitions } from '../agent/components/registry.ts';
import { LabelSet } from '../agent/label-set.ts';
import { LogEntry } from '../agent/log-entry.ts';
import type { StageObserver } from '../agent/pipeline.ts';
import { CountedReceipt } from '../agent/receipt.ts';
import { type LogsReceiver, logsReceiverType, receiverValue } from '../agent/receiver.ts';
import { tenantLabel } from '../agent/stages/tenant.ts';
import { createLabels, type Labels, labelsObject } from '../model/labels.ts';
import { seededRandom } from '../world/random.ts';
import { SimulatedClock } from '../world/simulated-clock.ts';
import { SimulatedDisk } from '../world/simulated-disk.ts';

/**
 * The agent of production with a configuration as it is, with two exceptions: what would reach the outside world (sources,
 * receivers, file matches) is loaded and checked but never started, and `loki.write` keeps the entries instead of sending them.
 * Lines go into a component one at a time, on a simulated clock.
 */
export interface PipelineStack {
  readonly clock: SimulatedClock;
  /** Puts a line in, now. Resolves when the stages that do not wait for others have handed it on. `input` counts from 0. */
  send(line: PipelineLine, input?: number): Promise<void>;
  /** What reached `loki.write` since the last call. */
  take(): CapturedEntry[];
  /** Lines that ended since the last call: the reasons that were counted. */
  takeDrops(): Drop[];
  /** Lets stages that keep entries for a while give them out, and stops. */
  close(): Promise<void>;
}

export interface PipelineLine {
  readonly line: string;
  readonly labels: Labels;
  readonly structuredMetadata: Labels;
  /** When the line was written, where a source would know; undefined: now. */
  readonly timestampNs?: bigint;
}

export interface CapturedEntry {
  /** Of the line that it came from, counted from 0. */
  readonly index: number;
  readonly line: string;
  readonly labels: Labels;
  readonly structuredMetadata: Labels;
  readonly timestampNs: bigint;
  /** '': none was set. */
  readonly tenant: string;
  readonly arrivedNs: bigint;
}

export interface Drop {
  readonly reason: string;
  readonly componentId: string;
}

export interface PipelineStackOptions {
  readonly config: { readonly name: string; readonly text: string };
  /** `loki.process.redact` or `loki.source.file.pods`; undefined: the only source, or else the first `loki.process`. */
  readonly component: string | undefined;
  /** What `sys.env` sees; nothing of the real environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly startNs: bigint;
  readonly observe?: (componentId: string, ...stage: Parameters<StageObserver>) => void;
  /** Instead of `component`: for each input the receivers that its lines go into, as an Alloy expression. */
  readonly inputs?: readonly string[];
}

export type PipelineStackResult =
  | { readonly stack: PipelineStack; readonly diagnostics?: undefined; readonly problem?: undefined }
  /** The configuration is refused. */
  | { readonly diagnostics: readonly Diagnostic[]; readonly stack?: undefined; readonly problem?: undefined }
  /** It does not say where lines go in. */
  | { readonly problem: string; readonly stack?: undefined; readonly diagnostics?: undefined };

/** After the last line, so that stages which keep entries for a while give them out. */
const settleMs = 60_000;
const inputName = 'cordwood_test.input';
const sinkName = 'cordwood_test.sink';
/** A receiver whose entries are captured as those of `loki.write` are. */
export const sinkReceiver = `${sinkName}.out.receiver`;

/** Components that touch nothing but the entries that pass through them. The others are not started. */
const pure =
  /^(loki\.(process|relabel|echo|secretfilter|enrich)|otelcol\.processor\..*|otelcol\.exporter\.loki|discovery\.relabel)$/;

export async function openPipelineStack(options: PipelineStackOptions): Promise<PipelineStackResult> {
  const { config } = options;
  const { file: tree, diagnostics } = parse(config);
  if (diagnostics.length > 0) return { diagnostics };
  const blocks = tree.body.filter((statement) => statement.kind === 'block');
  let { inputs: targets } = options;
  if (targets === undefined) {
    const target = receiverText(config, options.component, blocks);
    if (target.error !== undefined) return { problem: target.error };
    targets = [target.text];
  }
  const clock = new SimulatedClock(options.startNs);
  const captured: CapturedEntry[] = [];
  const keep = (entry: LogEntry) => captured.push(capture(entry, clock.nowNs()));
  const inputs = targets.map((_, index) => createInput(index));
  const { agent, diagnostics: problems } = createAgent({
    files: [
      config,
      ...targets.map((text, index) => ({
        name: 'test input',
        text: `${inputName}_${index} "in" {\n\tforward_to = ${text}\n}\n`,
      })),
      { name: 'test sink', text: `${sinkName} "out" { }\n` },
    ],
    dataDirectory: '/data',
    disk: new SimulatedDisk({ seed: 1 }),
    random: seededRandom(1),
    clock,
    log: () => {},
    ...(options.observe ? { observe: options.observe } : {}),
    environment: {
      variable: (name) => options.environment[name],
      hostname: 'test',
      os: 'linux',
      arch: 'amd64',
      version: 'test',
    },
    stability: 'experimental',
    extraDefinitions: [
      ...inputs.map(({ definition }) => definition),
      createSink(keep),
      ...[...componentDefinitions.values()]
        .filter(({ name }) => !pure.test(name))
        .map((definition) => still(definition, keep)),
    ],
  });
  if (agent === undefined) return { diagnostics: problems };
  await agent.start();
  return { stack: running(agent, clock, inputs, captured) };
}

function running(
  agent: Agent,
  clock: SimulatedClock,
  inputs: readonly Input[],
  captured: CapturedEntry[],
): PipelineStack {
  let sent = 0;
  let counted = new Map<string, number>();
  return {
    clock,
    async send({ line, labels, structuredMetadata, timestampNs }, input = 0) {
      // A source holds its lines until they were delivered; a stage that lets one go twice would be noticed here.
      const receipt = new CountedReceipt(sent, sent + 1, () => {});
      const entry = LogEntry.ofText(LabelSet.of(labels), timestampNs ?? clock.nowNs(), receipt, line);
      entry.structuredMetadata = structuredMetadata;
      entry.offset = sent;
      await inputs[input]!.send(entry);
      receipt.release(sent);
      sent++;
    },
    take: () => captured.splice(0),
    takeDrops() {
      const now = dropCounters(agent.metrics());
      const grown = [...now].filter(([key, count]) => count > (counted.get(key) ?? 0));
      counted = now;
      return grown.map(([key]) => JSON.parse(key) as Drop);
    },
    async close() {
      await clock.advance(settleMs);
      await agent.stop();
    },
  };
}

function capture(entry: LogEntry, arrivedNs: bigint): CapturedEntry {
  return {
    index: entry.offset,
    line: entry.text.toWellFormed(),
    labels: entry.labels.withoutInternal().labels,
    structuredMetadata: createLabels(labelsObject(entry.structuredMetadata)),
    timestampNs: entry.timestampNs,
    tenant: entry.labels.get(tenantLabel),
    arrivedNs,
  };
}

interface Input {
  readonly definition: ComponentDefinition;
  send(entry: LogEntry): Promise<void>;
}

function createInput(index: number): Input {
  let targets: readonly LogsReceiver[] = [];
  const inputSchema = schema({ attributes: { forward_to: required(listType(logsReceiverType)) } });
  const definition: ComponentDefinition<{ readonly forward_to: readonly LogsReceiver[] }> = {
    name: `${inputName}_${index}`,
    stability: 'generally-available',
    schema: inputSchema,
    exports: [],
    create: () => ({
      exports: new Map(),
      update(args) {
        targets = args.forward_to;
        return undefined;
      },
      start() {},
      async stop() {},
    }),
  };
  return {
    definition: definition as ComponentDefinition<unknown>,
    async send(entry: LogEntry) {
      for (const target of targets) await target.consume([entry]);
    },
  };
}

function createSink(keep: (entry: LogEntry) => void): ComponentDefinition {
  return {
    name: sinkName,
    stability: 'generally-available',
    schema: schema({ attributes: {} }) as ComponentDefinition['schema'],
    exports: ['receiver'],
    create(context) {
      const receiver: LogsReceiver = {
        componentId: context.id,
        async consume(entries) {
          // The receipt stays with the pipeline.
          for (const entry of entries) keep(entry);
        },
      };
      return {
        exports: new Map([['receiver', receiverValue(receiver)]]),
        update: () => undefined,
        start() {},
        async stop() {},
      };
    },
  };
}

interface WriteArguments {
  readonly external_labels: ReadonlyMap<string, string>;
  readonly endpoint: readonly { readonly tenant_id: string }[];
}

/** The component with its arguments checked as in production, but never started; `loki.write` keeps what it gets. */
function still(definition: ComponentDefinition, capture: (entry: LogEntry) => void): ComponentDefinition {
  if (definition.name !== 'loki.write') {
    return {
      ...definition,
      create(context) {
        const real = definition.create(context);
        const component: Component = {
          exports: real.exports,
          update: (args) => real.update(args),
          start() {},
          async stop() {},
        };
        return component;
      },
    };
  }
  return {
    ...definition,
    create(context) {
      let external: readonly (readonly [string, string])[] = [];
      let tenant = '';
      const receiver: LogsReceiver = {
        componentId: context.id,
        async consume(entries) {
          for (const entry of entries) {
            const kept = LogEntry.ofText(entry.labels, entry.timestampNs, entry.receipt, entry.text);
            kept.offset = entry.offset;
            kept.structuredMetadata = entry.structuredMetadata;
            for (const [name, value] of external)
              if (!kept.labels.has(name)) kept.labels = kept.labels.with(name, value);
            if (tenant !== '' && !kept.labels.has(tenantLabel)) kept.labels = kept.labels.with(tenantLabel, tenant);
            capture(kept);
          }
        },
      };
      return {
        exports: new Map([['receiver', receiverValue(receiver)]]),
        update(args) {
          const { external_labels, endpoint } = args as WriteArguments;
          external = [...external_labels];
          tenant = endpoint[0]?.tenant_id ?? '';
          return undefined;
        },
        start() {},
        async stop() {},
      };
    },
  };
}

type Target = { readonly text: string; readonly error?: undefined } | { readonly error: string };

/**
 * What the test's lines are forwarded to: the receiver of a component, or of a source what it forwards to. Without a component
 * it is the only source of the file; of several, or of none, the first `loki.process`.
 */
function receiverText(
  { name, text }: PipelineStackOptions['config'],
  component: string | undefined,
  blocks: readonly Block[],
): Target {
  const ids = blocks.map((block) => ({
    block,
    id: block.label === undefined ? blockName(block) : `${blockName(block)}.${block.label.text}`,
  }));
  const sources = ids.filter(({ block }) => blockName(block).startsWith('loki.source.'));
  const chosen =
    component === undefined
      ? sources.length === 1
        ? sources[0]
        : ids.find(({ block }) => blockName(block) === 'loki.process')
      : ids.find(({ id }) => id === component);
  if (chosen === undefined) {
    const names = ids
      .filter(({ block }) => block.label !== undefined && blockName(block).startsWith('loki.'))
      .map(({ id }) => id);
    return {
      error: `${name} has no ${component ?? 'loki.process'}; there are ${names.join(', ') || 'none'}`,
    };
  }
  const forward = chosen.block.body.find(
    (statement) => statement.kind === 'attribute' && statement.name.name === 'forward_to',
  );
  if (!blockName(chosen.block).startsWith('loki.source.')) return { text: `[${chosen.id}.receiver]` };
  if (forward?.kind !== 'attribute') return { error: `${chosen.id} has no forward_to` };
  return { text: text.slice(forward.value.start, forward.value.end) };
}

/** By the JSON of what was dropped where. */
function dropCounters(page: string): Map<string, number> {
  const counters = new Map<string, number>();
  for (const match of page.matchAll(/^loki_process_dropped_lines_total\{(.*)\} (\d+)$/gm)) {
    const [, labels = '', count] = match;
    const reason = /\breason="([^"]*)"/.exec(labels)?.[1] ?? '';
    const componentId = /\bcomponent_id="([^"]*)"/.exec(labels)?.[1] ?? '';
    counters.set(JSON.stringify({ reason, componentId } satisfies Drop), Number(count));
  }
  return counters;
}
