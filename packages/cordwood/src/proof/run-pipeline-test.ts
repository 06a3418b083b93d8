import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Diagnostic } from '@cordwood/alloy';
import type { StageObserver } from '../agent/pipeline.ts';
import { type Labels, labelsObject, printLabels } from '../model/labels.ts';
import { diffSequences, type Failure } from './case-result.ts';
import type { readPipelineConfig } from './pipeline-config.ts';
import { type CapturedEntry, type Drop, openPipelineStack } from './pipeline-stack.ts';
import { type ExpectedEntry, type PipelineInput, type PipelineTest, printTime } from './pipeline-test-file.ts';

/** Runs one pipeline test: its lines go in one after the other, what comes out is compared. */
export interface PipelineTestOutcome {
  readonly failures: readonly Failure[];
  /** The configuration is refused: shown with their places. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface PipelineTestContext {
  readonly configOf: typeof readPipelineConfig;
  /** For coverage. */
  readonly observe?: (configPath: string, componentId: string, ...stage: Parameters<StageObserver>) => void;
}

/** Between two lines that name no time. Long enough for what waits for more lines (multiline, packs) to be handed on. */
const lineDistanceMs = 1000;

type Outgoing = ({ readonly kind: 'dropped' } & Drop) | ({ readonly kind: 'entry' } & CapturedEntry);

export async function runPipelineTest(test: PipelineTest, context: PipelineTestContext): Promise<PipelineTestOutcome> {
  const failed = (place: Failure['place'], message: string, diagnostics: readonly Diagnostic[] = []) => ({
    failures: [{ place, message, diff: [] }],
    diagnostics,
  });
  const folder = dirname(test.place.file);
  const path = resolve(folder, test.config.path);
  const read = context.configOf(path, test.config.path, test.environment);
  if (read.problem !== undefined) return failed(test.config.place, read.problem);
  const { observe } = context;
  const { stack, diagnostics, problem } = await openPipelineStack({
    config: read.config,
    component: test.component?.id,
    environment: test.environment,
    startNs: test.startNs,
    ...(observe === undefined ? {} : { observe: (id, ...stage) => observe(path, id, ...stage) }),
  });
  if (problem !== undefined) return failed(test.component?.place ?? test.config.place, problem);
  if (stack === undefined) return failed(test.config.place, `${test.config.path} is refused`, diagnostics);
  const lines: (PipelineInput & { readonly line: string })[] = [];
  for (const one of test.input) {
    try {
      lines.push(...linesOf(one, folder));
    } catch (error) {
      return failed(one.place, (error as Error).message);
    }
  }
  const drops: Drop[][] = [];
  const { clock } = stack;
  for (const one of lines) {
    const dueNs = one.atMs === undefined ? clock.nowNs() : test.startNs + BigInt(Math.round(one.atMs * 1e6));
    if (dueNs > clock.nowNs()) await clock.advance(Number(dueNs - clock.nowNs()) / 1e6);
    await stack.send(one);
    drops.push(stack.takeDrops());
    await clock.advance(lineDistanceMs);
  }
  await stack.close();
  return { failures: compare(test, stack.take(), lines.length, drops), diagnostics: [] };
}

function linesOf(input: PipelineInput, folder: string): (PipelineInput & { readonly line: string })[] {
  if (input.kind === 'line') return [input];
  const content = readFileSync(resolve(folder, input.path), 'utf8');
  return content
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
    .map((line) => ({ ...input, line }));
}

function compare(
  test: PipelineTest,
  captured: readonly CapturedEntry[],
  lineCount: number,
  drops: readonly Drop[][],
): Failure[] {
  const entries = captured.map((entry): Outgoing => ({ kind: 'entry', ...entry }));
  // `dropped` stands in the place of the line that gave no entry.
  const actual: Outgoing[] = test.expected.some(({ kind }) => kind === 'dropped')
    ? Array.from({ length: lineCount }, (_, index): Outgoing[] => {
        const own = entries.filter((_entry, i) => captured[i]!.index === index);
        if (own.length > 0) return own;
        const [drop = { reason: '', componentId: '' }] = drops[index]!;
        return [{ kind: 'dropped', ...drop }];
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

function matches(expected: ExpectedEntry, actual: Outgoing): boolean {
  if (expected.kind === 'dropped')
    return (
      actual.kind === 'dropped' &&
      (expected.reason === undefined || expected.reason === actual.reason) &&
      (expected.by === undefined || expected.by === actual.componentId)
    );
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
  if (expected.kind === 'dropped') {
    const { reason, by } = expected;
    if (reason === undefined && by === undefined) return 'dropped';
    return { dropped: reason ?? '', ...(by === undefined ? {} : { by }) };
  }
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
  if (actual.kind === 'dropped') {
    const { reason, componentId } = actual;
    if (expected?.kind !== 'dropped') return printExpected({ kind: 'dropped', reason, by: componentId });
    return printExpected({
      kind: 'dropped',
      reason: expected.reason === undefined && expected.by === undefined ? undefined : reason,
      by: expected.by === undefined ? undefined : componentId,
    });
  }
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
