import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Block, blockName, type Diagnostic, listType, parse, required, schema } from '@cordwood/alloy';
import { createAgent } from '../agent/agent.ts';
import type { Component, ComponentDefinition } from '../agent/component.ts';
import { componentDefinitions } from '../agent/components/registry.ts';
import { LabelSet } from '../agent/label-set.ts';
import { LogEntry } from '../agent/log-entry.ts';
import { CountedReceipt } from '../agent/receipt.ts';
import { type LogsReceiver, logsReceiverType, receiverValue } from '../agent/receiver.ts';
import { tenantLabel } from '../agent/stages/tenant.ts';
import { createLabels, type Labels, labelsObject, printLabels } from '../model/labels.ts';
import { seededRandom } from '../world/random.ts';
import { SimulatedClock } from '../world/simulated-clock.ts';
import { SimulatedDisk } from '../world/simulated-disk.ts';
import { diffSequences, type Failure } from './case-result.ts';
import type { ExpectedEntry, PipelineInput, PipelineTest } from './pipeline-test-file.ts';

/**
 * Runs one pipeline test: the agent of production loads the configuration as it is, with two exceptions. What would reach the
 * outside world (sources, receivers, file matches) is loaded and checked but never started, and `loki.write` keeps the entries
 * instead of sending them. Lines then go into the component under test one at a time, on a simulated clock.
 */
export interface PipelineTestOutcome {
  readonly failures: readonly Failure[];
  /** The configuration is refused: shown with their places. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Between two lines that name no time. Long enough for what waits for more lines (multiline, packs) to be handed on. */
const lineDistanceMs = 1000;
/** After the last line, so that stages which keep entries for a while give them out. */
const settleMs = 60_000;
const inputName = 'cordwood_test.input';

/** Components that touch nothing but the entries that pass through them. The others are not started. */
const pure = /^(loki\.(process|relabel|echo)|otelcol\.processor\..*|otelcol\.exporter\.loki|discovery\.relabel)$/;

type Outgoing =
  | { readonly kind: 'dropped'; readonly reason: string }
  | {
      readonly kind: 'entry';
      readonly line: string;
      readonly labels: Labels;
      readonly structuredMetadata: Labels;
      readonly timestampNs: bigint;
      readonly tenant: string;
    };

export async function runPipelineTest(test: PipelineTest): Promise<PipelineTestOutcome> {
  const path = resolve(dirname(test.place.file), test.config.path);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return { failures: [{ place: test.config.place, message: (error as Error).message, diff: [] }], diagnostics: [] };
  }
  const source = { name: test.config.path, text };
  const { file: tree, diagnostics } = parse(source);
  if (diagnostics.length > 0) return { failures: [refused(test)], diagnostics };
  const target = receiverText(
    test,
    tree.body.filter((statement) => statement.kind === 'block'),
    text,
  );
  if (target.error !== undefined) {
    const place = test.component?.place ?? test.config.place;
    return { failures: [{ place, message: target.error, diff: [] }], diagnostics: [] };
  }
  const clock = new SimulatedClock(test.startNs);
  const captured: LogEntry[] = [];
  const input = createInput();
  const { agent, diagnostics: problems } = createAgent({
    files: [source, { name: 'test input', text: `${inputName} "in" {\n\tforward_to = ${target.text}\n}\n` }],
    dataDirectory: '/data',
    disk: new SimulatedDisk({ seed: 1 }),
    random: seededRandom(1),
    clock,
    log: () => {},
    environment: {
      variable: (name) => test.environment[name],
      hostname: 'test',
      os: 'linux',
      arch: 'amd64',
      version: 'test',
    },
    stability: 'experimental',
    extraDefinitions: [
      input.definition,
      ...[...componentDefinitions.values()]
        .filter(({ name }) => !pure.test(name))
        .map((definition) => still(definition, captured)),
    ],
  });
  if (agent === undefined) return { failures: [refused(test)], diagnostics: problems };
  const lines: (PipelineInput & { readonly line: string })[] = [];
  for (const one of test.input) {
    if (one.kind === 'line') lines.push(one);
    else {
      try {
        const content = readFileSync(resolve(dirname(test.place.file), one.path), 'utf8');
        for (const line of content.replace(/\r?\n$/, '').split(/\r?\n/)) lines.push({ ...one, line });
      } catch (error) {
        return { failures: [{ place: one.place, message: (error as Error).message, diff: [] }], diagnostics: [] };
      }
    }
  }
  await agent.start();
  const drops: string[][] = [];
  let counted = new Map<string, number>();
  for (const [index, one] of lines.entries()) {
    const dueNs = one.atMs === undefined ? clock.nowNs() : test.startNs + BigInt(Math.round(one.atMs * 1e6));
    if (dueNs > clock.nowNs()) await clock.advance(Number(dueNs - clock.nowNs()) / 1e6);
    // A source holds its lines until they were delivered; a stage that lets one go twice would be noticed here.
    const receipt = new CountedReceipt(index, index + 1, () => {});
    const entry = LogEntry.ofText(LabelSet.of(one.labels), clock.nowNs(), receipt, one.line);
    entry.structuredMetadata = one.structuredMetadata;
    entry.offset = index;
    await input.send(entry);
    receipt.release(index);
    const now = dropCounters(agent.metrics());
    drops.push([...now].filter(([reason, count]) => count > (counted.get(reason) ?? 0)).map(([reason]) => reason));
    counted = now;
    await clock.advance(lineDistanceMs);
  }
  await clock.advance(settleMs);
  await agent.stop();
  return { failures: compare(test, captured, lines.length, drops), diagnostics: [] };
}

function refused(test: PipelineTest): Failure {
  return { place: test.config.place, message: `${test.config.path} is refused`, diff: [] };
}

function createInput() {
  let targets: readonly LogsReceiver[] = [];
  const inputSchema = schema({ attributes: { forward_to: required(listType(logsReceiverType)) } });
  const definition: ComponentDefinition<{ readonly forward_to: readonly LogsReceiver[] }> = {
    name: inputName,
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

interface WriteArguments {
  readonly external_labels: ReadonlyMap<string, string>;
  readonly endpoint: readonly { readonly tenant_id: string }[];
}

/** The component with its arguments checked as in production, but never started; `loki.write` keeps what it gets. */
function still(definition: ComponentDefinition, captured: LogEntry[]): ComponentDefinition {
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
            captured.push(kept);
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
function receiverText(test: PipelineTest, blocks: readonly Block[], text: string): Target {
  const ids = blocks.map((block) => ({
    block,
    id: block.label === undefined ? blockName(block) : `${blockName(block)}.${block.label.text}`,
  }));
  const sources = ids.filter(({ block }) => blockName(block).startsWith('loki.source.'));
  const chosen =
    test.component === undefined
      ? sources.length === 1
        ? sources[0]
        : ids.find(({ block }) => blockName(block) === 'loki.process')
      : ids.find(({ id }) => id === test.component!.id);
  if (chosen === undefined) {
    const names = ids
      .filter(({ block }) => block.label !== undefined && /^loki\./.test(blockName(block)))
      .map(({ id }) => id);
    return {
      error: `${test.config.path} has no ${test.component?.id ?? 'loki.process'}; there are ${names.join(', ') || 'none'}`,
    };
  }
  const forward = chosen.block.body.find(
    (statement) => statement.kind === 'attribute' && statement.name.name === 'forward_to',
  );
  if (!blockName(chosen.block).startsWith('loki.source.')) return { text: `[${chosen.id}.receiver]` };
  if (forward?.kind !== 'attribute') return { error: `${chosen.id} has no forward_to` };
  return { text: text.slice(forward.value.start, forward.value.end) };
}

function dropCounters(page: string): Map<string, number> {
  const counters = new Map<string, number>();
  for (const match of page.matchAll(/^loki_process_dropped_lines_total\{.*?\breason="([^"]*)".*\} (\d+)$/gm))
    counters.set(match[1]!, (counters.get(match[1]!) ?? 0) + Number(match[2]));
  return counters;
}

function compare(
  test: PipelineTest,
  captured: readonly LogEntry[],
  lineCount: number,
  drops: readonly string[][],
): Failure[] {
  const entries = captured.map(describe);
  // `dropped` stands in the place of the line that gave no entry.
  const actual: Outgoing[] = test.expected.some(({ kind }) => kind === 'dropped')
    ? Array.from({ length: lineCount }, (_, index): Outgoing[] => {
        const own = entries.filter((_entry, i) => captured[i]!.offset === index);
        return own.length > 0 ? own : [{ kind: 'dropped', reason: drops[index]!.join(', ') }];
      }).flat()
    : entries;
  const diff = diffSequences(
    test.expected.map((expected) => JSON.stringify(printExpected(expected))),
    actual.map((one, i) => JSON.stringify(printActual(one, test.expected[i]))),
    (i) => matches(test.expected[i]!, actual[i]!),
  );
  if (diff.length === 0) return [];
  return [{ place: test.place, message: 'other entries than expected', diff }];
}

function describe(entry: LogEntry): Outgoing {
  return {
    kind: 'entry',
    line: entry.text.toWellFormed(),
    labels: entry.labels.withoutInternal().labels,
    structuredMetadata: createLabels(labelsObject(entry.structuredMetadata)),
    timestampNs: entry.timestampNs,
    tenant: entry.labels.get(tenantLabel),
  };
}

function matches(expected: ExpectedEntry, actual: Outgoing): boolean {
  if (expected.kind === 'dropped')
    return actual.kind === 'dropped' && (expected.reason === undefined || expected.reason === actual.reason);
  if (actual.kind === 'dropped') return false;
  const same = (a: Labels | undefined, b: Labels) => a === undefined || printLabels(a) === printLabels(b);
  return (
    (expected.line === undefined || expected.line === actual.line) &&
    same(expected.labels, actual.labels) &&
    same(expected.structuredMetadata, actual.structuredMetadata) &&
    (expected.timestampNs === undefined || expected.timestampNs === actual.timestampNs) &&
    (expected.tenant === undefined || expected.tenant === actual.tenant)
  );
}

function printExpected(expected: ExpectedEntry): Record<string, unknown> | string {
  if (expected.kind === 'dropped') return expected.reason === undefined ? 'dropped' : { dropped: expected.reason };
  const { line, labels, structuredMetadata, timestampNs, tenant } = expected;
  return {
    ...(line === undefined ? {} : { line }),
    ...(labels === undefined ? {} : { labels: labelsObject(labels) }),
    ...(structuredMetadata === undefined ? {} : { structured_metadata: labelsObject(structuredMetadata) }),
    ...(timestampNs === undefined ? {} : { timestamp: printTime(timestampNs) }),
    ...(tenant === undefined ? {} : { tenant }),
  };
}

/** Only what the expectation speaks of; everything where there is none. */
function printActual(actual: Outgoing, expected: ExpectedEntry | undefined): Record<string, unknown> | string {
  if (actual.kind === 'dropped')
    return expected?.kind === 'dropped' && expected.reason === undefined ? 'dropped' : { dropped: actual.reason };
  const only = expected?.kind === 'entry' ? expected : undefined;
  return printExpected({
    kind: 'entry',
    line: only === undefined || only.line !== undefined ? actual.line : undefined,
    labels: only === undefined || only.labels !== undefined ? actual.labels : undefined,
    structuredMetadata:
      only === undefined || only.structuredMetadata !== undefined ? actual.structuredMetadata : undefined,
    timestampNs: only === undefined || only.timestampNs !== undefined ? actual.timestampNs : undefined,
    tenant: only === undefined || only.tenant !== undefined ? actual.tenant : undefined,
  });
}

function printTime(timestampNs: bigint): string {
  const nanos = ((timestampNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const seconds = new Date(Number((timestampNs - nanos) / 1_000_000n)).toISOString().slice(0, 19);
  return `${seconds}${nanos === 0n ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`}Z`;
}
