/** Stages on lines, without an agent around them: for the tests beside the stages. */
import assert from 'node:assert/strict';
import { decodeBody, parse, schema, variantBlocks } from '@cordwood/alloy';
import { createLabels, labelsObject } from '../../model/labels.ts';
import { seededRandom } from '../../world/random.ts';
import { SimulatedClock } from '../../world/simulated-clock.ts';
import { LabelSet } from '../label-set.ts';
import { LogEntry } from '../log-entry.ts';
import { MetricRegistry, renderMetrics } from '../metrics.ts';
import { Pipeline } from '../pipeline.ts';
import { PipelineEntry } from '../pipeline-entry.ts';
import { CountedReceipt, type Held } from '../receipt.ts';
import { stageDefinitions, stageSchemas } from '../stages/registry.ts';

const body = schema({ blocks: { stage: variantBlocks(stageSchemas) } });

export interface StageOutput {
  readonly line: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
  /** RFC 3339; '' when the entry has the time at which it came. */
  readonly time: string;
}

export interface StageRun {
  readonly out: StageOutput[];
  readonly dropped: Readonly<Record<string, number>>;
  readonly metrics: MetricRegistry;
  /** `/metrics` before the stages were closed, sample lines only. */
  readonly samples: readonly string[];
  /** Lines whose receipts are not released. */
  readonly held: readonly number[];
}

/** Messages with which the stages are refused; undefined when they are not. */
export function stageErrors(text: string): string[] | undefined {
  const file = { name: 'stages.alloy', text };
  const parsed = parse(file);
  assert.deepEqual(parsed.diagnostics, []);
  const decoded = decodeBody(parsed.file.body, body, { file, resolve: () => undefined }, { start: 0, end: 0 });
  return decoded.arguments === undefined ? decoded.diagnostics.map((diagnostic) => diagnostic.message) : undefined;
}

export const stageStartNs = BigInt(Date.UTC(2026, 5, 15, 10)) * 1_000_000n;

export interface StageOptions {
  readonly labels?: Readonly<Record<string, string>>;
  /** Milliseconds that pass after a line. */
  readonly gapsMs?: readonly number[];
  /** Whether what stages keep at the end is flushed; default true. */
  readonly flush?: boolean;
}

/** Runs lines one by one through stages in Alloy's syntax. */
export async function runStages(text: string, lines: readonly string[], options: StageOptions = {}): Promise<StageRun> {
  assert.equal(stageErrors(text), undefined);
  const file = { name: 'stages.alloy', text };
  const decoded = decodeBody(parse(file).file.body, body, { file, resolve: () => undefined }, { start: 0, end: 0 });
  const clock = new SimulatedClock(stageStartNs);
  const metrics = new MetricRegistry();
  const dropped: Record<string, number> = {};
  const releases: Held[] = [];
  const out: PipelineEntry[] = [];
  const settled = new Set<number>();
  const forward = (entries: readonly PipelineEntry[]) => {
    out.push(...entries);
    for (const { receipt, offset } of releases.splice(0)) receipt.release(offset);
  };
  const pipeline = new Pipeline(
    decoded.arguments!.stage,
    stageDefinitions(),
    {
      clock,
      random: seededRandom(1),
      log: () => {},
      metrics,
      environment: { variable: () => undefined, hostname: '', os: '', arch: '', version: '' },
      dropped: (reason, count = 1) => {
        dropped[reason] = (dropped[reason] ?? 0) + count;
      },
      releaseAfter: ({ receipt, offset }) => releases.push({ receipt, offset }),
    },
    (run) => void Promise.resolve(run()).then(forward),
  );
  const labels = LabelSet.of(createLabels(options.labels ?? {}));
  for (const [i, line] of lines.entries()) {
    const receipt = new CountedReceipt(i, i + 1, () => settled.add(i));
    const entry = new PipelineEntry(LogEntry.ofText(labels, clock.nowNs(), receipt, line));
    entry.offset = i;
    let done = false;
    const running = Promise.resolve(pipeline.run([entry])).then((entries) => {
      forward(entries);
      receipt.release(i);
      done = true;
    });
    while (!done) await clock.advance(1);
    await running;
    await clock.advance(options.gapsMs?.[i] ?? 0);
  }
  if (options.flush !== false) forward(await pipeline.flush());
  const samples = renderMetrics([metrics])
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  pipeline.close();
  return {
    out: out.map(describe),
    dropped,
    metrics,
    samples,
    held: lines.map((_, i) => i).filter((i) => !settled.has(i)),
  };
}

function describe(entry: LogEntry): StageOutput {
  const { timestampNs } = entry;
  const isRead = timestampNs >= stageStartNs && timestampNs < stageStartNs + 3_600_000_000_000n;
  const nanos = String(((timestampNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n).padStart(9, '0');
  const seconds = new Date(entry.seconds * 1000).toISOString().slice(0, 19);
  return {
    line: entry.text,
    labels: labelsObject(entry.labels.labels),
    metadata: labelsObject(entry.structuredMetadata),
    time: isRead ? '' : `${seconds}.${nanos}Z`.replace(/\.?0+Z$/, 'Z'),
  };
}

/** The lines that come out. */
export async function linesAfter(text: string, lines: readonly string[], options?: StageOptions): Promise<string[]> {
  return (await runStages(text, lines, options)).out.map((entry) => entry.line);
}
