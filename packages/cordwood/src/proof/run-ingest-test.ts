import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Labels, printLabels } from '../model/labels.ts';
import type { LimitsFor } from '../model/limits.ts';
import type { Tenant } from '../model/tenant.ts';
import { printRuleDuration } from '../rules/prometheus-duration.ts';
import { seededRandom } from '../world/random.ts';
import { diffSets, type Failure, UnusableTest } from './case-result.ts';
import { expandLines } from './line-script.ts';
import { readRecordedLines } from './recorded-lines.ts';
import type { RuleTestOutcome } from './run-rule-test.ts';
import type { IngestTest } from './stack-test-file.ts';
import type { OpenTestStack, StackLine } from './test-stack.ts';

/**
 * Sends lines as an agent does, everything of a second in one push for each stream, `speed` times as fast as they happened, and
 * compares what the limits of the tenant refuse: how many lines, by which limit.
 */
export async function runIngestTest(
  test: IngestTest,
  { limitsFor, openStack }: { readonly limitsFor: LimitsFor; readonly openStack: OpenTestStack },
): Promise<RuleTestOutcome> {
  const lines = [...linesOf(test)].sort((a, b) => a.atMs - b.atMs);
  const stack = await openStack(originMs, limitsFor);
  const examples: string[] = [];
  try {
    for (const second of bySecond(lines)) {
      const [first] = second;
      await stack.advanceTo(Math.floor(first!.atMs / batchMs) * batchMs + batchMs);
      for (const stream of byStream(second)) {
        const { tenant, labels } = stream[0]!;
        const refused = await stack.push(tenant, labels, stream);
        if (refused !== undefined && examples.length < examplesMax)
          examples.push(`${printRuleDuration(Math.round(first!.atMs))} ${tenant} ${printLabels(labels)}: ${refused}`);
      }
    }
    const { refused } = stack;
    if (refused === undefined) throw new UnusableTest('this engine does not tell what it refused');
    const failures = compare(test, refused());
    return { failures, timelines: failures.length > 0 ? examples : [], diagnostics: [] };
  } finally {
    await stack.close();
  }
}

/** Not the epoch: limits look at the age of lines. */
const originMs = Date.UTC(2026, 0, 1);
/** What an agent collects before it sends (`batch_wait`). */
const batchMs = 1000;
/** Refusals that are shown beside a failure. */
const examplesMax = 5;

interface TimedLine extends StackLine {
  readonly tenant: Tenant;
  readonly labels: Labels;
}

function* linesOf(test: IngestTest): Iterable<TimedLine> {
  const { tenant, speed, replay } = test;
  if (replay !== undefined) {
    const path = resolve(dirname(test.place.file), replay.path);
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      throw new UnusableTest((error as Error).message);
    }
    const { lines, diagnostics } = readRecordedLines(text, replay.path);
    const [problem] = diagnostics;
    if (problem !== undefined) throw new UnusableTest(`${replay.path}:${problem.line}: ${problem.message}`);
    const startNs = lines[0]?.timestampNs ?? 0n;
    for (const { timestampNs, labels, line } of lines)
      yield { tenant, labels, line, structuredMetadata: [], atMs: Number(timestampNs - startNs) / 1e6 / speed };
    return;
  }
  const random = seededRandom(test.seed);
  for (const { labels, structuredMetadata, lines, tenant: own } of test.inputStreams)
    for (const { atMs, line } of expandLines(lines, test.intervalMs, random, originMs))
      yield { tenant: own, labels, line, structuredMetadata, atMs: atMs / speed };
}

function bySecond(lines: readonly TimedLine[]): TimedLine[][] {
  return [...Map.groupBy(lines, ({ atMs }) => Math.floor(atMs / batchMs)).values()];
}

function byStream(lines: readonly TimedLine[]): TimedLine[][] {
  return [...Map.groupBy(lines, ({ tenant, labels }) => `${tenant} ${printLabels(labels)}`).values()];
}

function compare(
  test: IngestTest,
  refused: ReturnType<NonNullable<Awaited<ReturnType<OpenTestStack>>['refused']>>,
): Failure[] {
  const print = ({ tenant, reason, lines }: (typeof refused)[number]) => `${tenant} ${reason} ${lines} lines`;
  const diff = diffSets(test.expected.map(print), refused.filter(({ lines }) => lines > 0).map(print));
  if (diff.length === 0) return [];
  return [{ place: test.place, message: 'other lines are refused than expected', diff }];
}
