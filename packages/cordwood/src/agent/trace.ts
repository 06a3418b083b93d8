/** `cordwood trace`: one line through a configuration, stage by stage, without starting anything. */
import type { Diagnostic, SourceFile } from '@cordwood/alloy';
import { createLabels, labelsObject } from '../model/labels.ts';
import type { Clock } from '../world/clock.ts';
import { createAgent } from './agent.ts';
import type { AgentEnvironment, Component, ComponentDefinition, Stability } from './component.ts';
import { componentDefinitions } from './components/registry.ts';
import { flowEdges } from './graph-mermaid.ts';
import { LabelSet } from './label-set.ts';
import { LogEntry } from './log-entry.ts';
import type { LoadedNode } from './module.ts';
import type { PipelineEntry } from './pipeline-entry.ts';
import { noReceipt } from './receipt.ts';
import { type LogsReceiver, receiverValue } from './receiver.ts';
import { valueText } from './value-text.ts';

export interface TraceOptions {
  readonly files: readonly SourceFile[];
  readonly environment: AgentEnvironment;
  readonly clock: Clock;
  readonly stability?: Stability;
  readonly line: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Id of the component that the line enters; default: what the sources feed. */
  readonly component?: string;
}

/** An entry at one moment. */
export interface TraceSnapshot {
  readonly line: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly timestampNs: bigint;
  readonly structuredMetadata: Readonly<Record<string, string>>;
  /** What stages extracted, labels not included unless changed; values without text as JSON. */
  readonly extracted: Readonly<Record<string, string>>;
}

export interface TraceStep {
  readonly component: string;
  /** `stage.json`; `rules` of loki.relabel. */
  readonly stage: string;
  /** Position in its pipeline, and how many `stage.match` it is in. */
  readonly index: number;
  readonly depth: number;
  readonly before: readonly TraceSnapshot[];
  /** Empty when the stage dropped the entry, or keeps it for later. */
  after: readonly TraceSnapshot[];
}

export interface TraceResult {
  readonly steps: readonly TraceStep[];
  /** What arrived where. */
  readonly delivered: readonly { readonly component: string; readonly entry: TraceSnapshot }[];
  /** Why entries ended, by `component: reason`. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** Ends of a pipeline: nothing is sent, only noted. */
const sinkNames = ['loki.write', 'loki.echo'];

export type TraceOutcome =
  | { readonly trace: TraceResult; readonly diagnostics?: undefined; readonly problem?: undefined }
  /** The configuration cannot be loaded. */
  | { readonly diagnostics: readonly Diagnostic[]; readonly trace?: undefined; readonly problem?: undefined }
  /** It is not clear where the line enters. */
  | { readonly problem: string; readonly trace?: undefined; readonly diagnostics?: undefined };

/** Runs a line. */
export async function traceLine(options: TraceOptions): Promise<TraceOutcome> {
  const steps: TraceStep[] = [];
  const open = new Map<string, TraceStep>();
  const delivered: { component: string; entry: TraceSnapshot }[] = [];
  const { agent, diagnostics } = createAgent({
    files: options.files,
    dataDirectory: '',
    isDryRun: true,
    clock: options.clock,
    environment: options.environment,
    log: () => {},
    ...(options.stability ? { stability: options.stability } : {}),
    observe(component, { name, index, depth }, when, entries) {
      const key = `${component} ${depth} ${index}`;
      const snapshots = entries.map(snapshot);
      if (when === 'after') {
        open.get(key)!.after = snapshots;
        return;
      }
      const step: TraceStep = { component, stage: name, index, depth, before: snapshots, after: [] };
      open.set(key, step);
      // Now, so that stage.match comes before the stages that are in it.
      steps.push(step);
    },
    extraDefinitions: sinkNames.map((name) => noting(componentDefinitions.get(name)!, delivered)),
  });
  if (agent === undefined) return { diagnostics };
  const nodes = agent.nodes();
  const entry = entryOf(nodes, options.component);
  if ('problem' in entry) return entry;
  const labels = LabelSet.of(createLabels(options.labels));
  await entry.receiver.consume([LogEntry.ofText(labels, options.clock.nowNs(), noReceipt, options.line)]);
  // What stages keep for later comes out now.
  for (const { component } of [...nodes].reverse())
    if (isReceiver(component)) await component.stop(new AbortController().signal);
  return { trace: { steps, delivered, dropped: droppedReasons(agent.metrics()) } };
}

/** The component that was asked for, else the one that the sources feed. */
function entryOf(
  nodes: readonly LoadedNode[],
  wanted: string | undefined,
): { receiver: LogsReceiver } | { problem: string } {
  const receivers = new Map(
    nodes.flatMap(({ node, component }) => (isReceiver(component) ? [[node.id, component] as const] : [])),
  );
  const all = [...receivers.keys()].join(', ');
  if (receivers.size === 0) return { problem: 'no component of the configuration takes log lines' };
  if (wanted !== undefined) {
    const receiver = receivers.get(wanted);
    return receiver ? { receiver } : { problem: `${wanted} takes no log lines; these do: ${all}` };
  }
  const edges = flowEdges(nodes.map(({ node }) => node));
  const fed = new Set(edges.filter(({ from }) => receivers.has(from)).map(({ to }) => to));
  const entries = [...receivers].filter(([id]) => !fed.has(id));
  if (entries.length === 1) return { receiver: entries[0]![1] };
  const ids = entries.map(([id]) => id).join(', ');
  return { problem: `the line could enter at ${ids || all}; --component says where` };
}

function isReceiver(component: Component): component is Component & LogsReceiver {
  return 'consume' in component;
}

/** The same component (its arguments are checked), which only notes what it gets. */
function noting(
  definition: ComponentDefinition,
  delivered: { component: string; entry: TraceSnapshot }[],
): ComponentDefinition {
  return {
    ...definition,
    create(context) {
      const receiver: LogsReceiver & Component = {
        componentId: context.id,
        exports: new Map(),
        async consume(entries) {
          for (const entry of entries) delivered.push({ component: context.id, entry: snapshot(entry) });
        },
        update: () => undefined,
        start() {},
        async stop() {},
      };
      return Object.assign(receiver, { exports: new Map([['receiver', receiverValue(receiver)]]) });
    },
  };
}

function snapshot(entry: LogEntry): TraceSnapshot {
  const extracted: Record<string, string> = {};
  const { extracted: values } = entry as Partial<PipelineEntry>;
  for (const name of values?.names() ?? []) {
    const value = values!.get(name);
    const text = valueText(value) ?? JSON.stringify(value);
    if (entry.labels.get(name) !== text) extracted[name] = text;
  }
  return {
    line: entry.text.toWellFormed(),
    labels: labelsObject(entry.labels.labels),
    timestampNs: entry.timestampNs,
    structuredMetadata: labelsObject(entry.structuredMetadata),
    extracted,
  };
}

function droppedReasons(page: string): Record<string, number> {
  const out: Record<string, number> = {};
  for (const match of page.matchAll(
    /^loki_process_dropped_lines_total\{component_id="([^"]*)",[^}]*reason="([^"]*)"\} (\d+)/gm,
  )) {
    out[`${match[1]}: ${match[2]}`] = Number(match[3]);
  }
  return out;
}

/** A trace as text: what each stage changed, and where the line ended. */
export function printTrace(trace: TraceResult): string {
  const out: string[] = [];
  let component = '';
  for (const [i, step] of trace.steps.entries()) {
    if (step.component !== component) out.push(step.component);
    component = step.component;
    const indent = '  '.repeat(step.depth + 1);
    const [before] = step.before;
    if (before === undefined) continue;
    out.push(`${indent}${step.stage}`);
    if (step.after.length === 0) out.push(`${indent}  the line ends here, or waits for others`);
    if (step.after.length > step.before.length) out.push(`${indent}  becomes ${step.after.length} entries`);
    const inner = trace.steps[i + 1];
    // What changed inside of stage.match stands at the stages in it.
    if (inner?.component === step.component && inner.depth > step.depth) continue;
    for (const after of step.after) for (const change of changes(before, after)) out.push(`${indent}  ${change}`);
  }
  for (const { component: sink, entry } of trace.delivered) {
    out.push(sink, `  line       ${JSON.stringify(entry.line)}`, `  labels     ${JSON.stringify(entry.labels)}`);
    out.push(`  time       ${printTime(entry.timestampNs)}`);
    if (Object.keys(entry.structuredMetadata).length > 0)
      out.push(`  metadata   ${JSON.stringify(entry.structuredMetadata)}`);
  }
  for (const [reason, count] of Object.entries(trace.dropped)) out.push(`dropped by ${reason} (${count})`);
  if (trace.delivered.length === 0 && Object.keys(trace.dropped).length === 0) out.push('nothing arrived');
  return `${out.join('\n')}\n`;
}

function changes(before: TraceSnapshot, after: TraceSnapshot): string[] {
  const out: string[] = [];
  if (before.line !== after.line) out.push(`line       ${JSON.stringify(after.line)}`);
  if (before.timestampNs !== after.timestampNs) out.push(`time       ${printTime(after.timestampNs)}`);
  for (const [kind, title] of [
    ['labels', 'label'],
    ['extracted', 'extracted'],
    ['structuredMetadata', 'metadata'],
  ] as const) {
    for (const [name, value] of Object.entries(after[kind])) {
      if (before[kind][name] !== value) out.push(`${title.padEnd(10)} ${name} = ${JSON.stringify(value)}`);
    }
    for (const [name, value] of Object.entries(before[kind])) {
      // A snapshot leaves out extracted values that are also labels.
      const isLabelNow = kind === 'extracted' && after.labels[name] === value;
      if (!Object.hasOwn(after[kind], name) && !isLabelNow) out.push(`${title.padEnd(10)} ${name} removed`);
    }
  }
  return out.length === 0 ? ['no change'] : out;
}

function printTime(timestampNs: bigint): string {
  const nanos = ((timestampNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const seconds = new Date(Number((timestampNs - nanos) / 1_000_000n)).toISOString().slice(0, -5);
  return `${seconds}.${String(nanos).padStart(9, '0')}Z`;
}
