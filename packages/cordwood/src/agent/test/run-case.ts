/** Runs one recorded stage case through the real agent: graph, components, and for file cases a real file. */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listType, required, schema } from '@cordwood/alloy';
import { createLabels, labelsObject } from '../../model/labels.ts';
import { SimulatedClock } from '../../world/simulated-clock.ts';
import { createAgent } from '../agent.ts';
import type { ComponentContext, ComponentDefinition } from '../component.ts';
import { LabelSet } from '../label-set.ts';
import { LogEntry } from '../log-entry.ts';
import { CountedReceipt } from '../receipt.ts';
import { type LogsReceiver, logsReceiverType, receiverValue } from '../receiver.ts';
import { tenantLabel } from '../stages/tenant.ts';

/** A case as `fixtures/stages/*.jsonl` has it; see the README there. */
export interface StageCase {
  readonly id: string;
  readonly area: string;
  readonly alloy: string;
  readonly input: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly mode?: 'file';
  readonly gaps?: readonly number[];
  readonly gap_ms?: number;
  readonly unterminated?: boolean;
  readonly no_target?: boolean;
  readonly expected: readonly CaseEntry[];
  readonly alloy_expected?: readonly CaseEntry[];
  readonly error?: string;
  readonly alloy_error?: string;
  readonly alloy_accepts?: boolean;
  readonly crashed?: string;
  readonly alloy_crashed?: string;
  readonly drop_counters?: Readonly<Record<string, number>>;
  readonly alloy_drop_counters?: Readonly<Record<string, number>>;
  readonly metrics?: readonly string[];
  readonly alloy_metrics?: readonly string[];
  readonly note: string;
}

export interface CaseEntry {
  readonly line?: string;
  readonly line_b64?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly timestamp: string | null;
  readonly metadata: Readonly<Record<string, string | readonly string[]>>;
  readonly tenant: string | null;
}

export interface CaseOutcome {
  /** Messages when the configuration is refused. */
  readonly refused?: readonly string[];
  readonly entries: readonly CaseEntry[];
  readonly dropCounters: Readonly<Record<string, number>>;
  readonly metrics: readonly string[];
  /** Lines whose receipts were not released when everything had stopped. */
  readonly unsettled: readonly number[];
}

const startNs = BigInt(Date.UTC(2026, 5, 15, 10)) * 1_000_000n;

export async function runCase(stageCase: StageCase): Promise<CaseOutcome> {
  const clock = new SimulatedClock(startNs);
  const directory = mkdtempSync(join(tmpdir(), 'cordwood-case-'));
  const path = join(directory, 'app.log');
  const captured: LogEntry[] = [];
  let feed: ((entries: LogEntry[]) => Promise<void>) | undefined;
  const settled = new Set<number>();

  const capture: ComponentDefinition = {
    name: 'loki.write',
    stability: 'generally-available',
    schema: schema({}),
    exports: ['receiver'],
    create(context: ComponentContext) {
      const receiver: LogsReceiver = {
        componentId: context.id,
        consume: async (entries) => {
          captured.push(...entries);
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
  const feedSchema = schema({ attributes: { forward_to: required(listType(logsReceiverType)) } });
  const input: ComponentDefinition<{ readonly forward_to: readonly LogsReceiver[] }> = {
    name: 'test.input',
    stability: 'generally-available',
    schema: feedSchema,
    exports: [],
    create: () => ({
      exports: new Map(),
      update(args) {
        feed = async (entries) => {
          for (const target of args.forward_to) await target.consume(entries);
        };
        return undefined;
      },
      start() {},
      async stop() {},
    }),
  };
  const feeder = stageCase.mode === 'file' ? '' : 'test.input "in" {\n\tforward_to = [loki.process.case.receiver]\n}\n';
  const text = `${stageCase.alloy.replaceAll('{path}', path)}\nloki.write "capture" { }\n${feeder}`;
  const result = createAgent({
    files: [{ name: 'case.alloy', text }],
    dataDirectory: join(directory, 'data'),
    clock,
    log: () => {},
    environment: { variable: () => undefined, hostname: 'test', os: 'linux', arch: 'amd64', version: 'test' },
    extraDefinitions: [capture, input as ComponentDefinition<unknown>],
  });
  try {
    if (result.agent === undefined) {
      const refused = result.diagnostics.map((d) => d.message);
      return { refused, entries: [], dropCounters: {}, metrics: [], unsettled: [] };
    }
    const { agent } = result;
    if (stageCase.mode === 'file') writeFileSync(path, '');
    await agent.start();
    for (const [i, line] of stageCase.input.entries()) {
      if (stageCase.mode === 'file') {
        const last = i === stageCase.input.length - 1;
        appendFileSync(path, line + (last && stageCase.unterminated ? '' : '\n'));
      } else {
        const receipt = new CountedReceipt(i, i + 1, () => settled.add(i));
        const labels = LabelSet.of(createLabels(stageCase.labels));
        const entry = LogEntry.ofText(labels, clock.nowNs(), receipt, line);
        entry.offset = i;
        await feed!([entry]);
        receipt.release(i);
      }
      await clock.advance(stageCase.gaps?.[i] || stageCase.gap_ms || 80);
    }
    if (stageCase.mode === 'file')
      await waitForFile(clock, captured, (stageCase.alloy_expected ?? stageCase.expected).length);
    const metricsBefore = agent.metrics();
    await agent.stop();
    return {
      entries: captured.map((entry) => describe(entry, clock, path)),
      dropCounters: dropCounters(metricsBefore),
      metrics: customMetrics(metricsBefore),
      unsettled: stageCase.mode === 'file' ? [] : stageCase.input.map((_, i) => i).filter((i) => !settled.has(i)),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Polls of the tailer are real reads: gives them turns of the event loop until the lines are there, or surely do not come. */
async function waitForFile(clock: SimulatedClock, captured: readonly unknown[], count: number): Promise<void> {
  for (let turn = 0; turn < 400 && (captured.length < count || turn < 10); turn++) {
    await clock.advance(50);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

function describe(entry: LogEntry, clock: SimulatedClock, path: string): CaseEntry {
  const labels = labelsObject(entry.labels.withoutInternal().labels);
  if (labels['filename'] === path) labels['filename'] = '{path}';
  const metadata: Record<string, string> = labelsObject(entry.structuredMetadata);
  const { timestampNs } = entry;
  const isReadTime = timestampNs >= startNs && timestampNs <= clock.nowNs();
  return {
    line: entry.text.toWellFormed(),
    line_b64: entry.bytes().toString('base64'),
    labels,
    timestamp: isReadTime ? null : printTimestamp(timestampNs),
    metadata,
    tenant: entry.labels.get(tenantLabel) || null,
  };
}

function printTimestamp(timestampNs: bigint): string {
  const nanos = ((timestampNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const seconds = new Date(Number((timestampNs - nanos) / 1_000_000n))
    .toISOString()
    .slice(0, 19)
    .replace(/^\+?00(?=\d{4})/, '');
  const fraction = nanos === 0n ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`;
  return `${seconds}${fraction}Z`;
}

function samples(page: string): { name: string; labels: string; value: string }[] {
  return page
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name, labels = '', value] = /^([^{ ]+)(?:\{(.*)\})? (\S+)$/.exec(line)!;
      return {
        name: name!,
        labels: labels.replace(/component_(id|path)="[^"]*",?/g, '').replace(/,$/, ''),
        value: value!,
      };
    });
}

function dropCounters(page: string): Record<string, number> {
  const out: Record<string, number> = {};
  for (const { name, labels, value } of samples(page)) {
    if (name === 'loki_process_dropped_lines_total') out[/reason="([^"]*)"/.exec(labels)![1]!] = Number(value);
    if (name !== 'loki_process_dropped_lines_by_label_total') continue;
    out[`${/label_name="([^"]*)"/.exec(labels)![1]}=${/label_value="([^"]*)"/.exec(labels)![1]}`] = Number(value);
  }
  return out;
}

function customMetrics(page: string): string[] {
  return samples(page)
    .filter(({ name }) => !name.startsWith('loki_') && !name.startsWith('alloy_'))
    .map(({ name, labels, value }) => `${name}${labels === '' ? '' : `{${labels}}`} ${value}`)
    .sort();
}
