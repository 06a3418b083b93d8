import { type Labels, printLabels } from '../model/labels.ts';
import { printRuleDuration } from '../rules/prometheus-duration.ts';
import { diffSequences, type Failure } from './case-result.ts';
import { diffSamples } from './diff-samples.ts';
import type { ExpressionTest } from './test-file.ts';
import type { TestStack } from './test-stack.ts';

/** An expression test, evaluated now. */
export async function checkExpression(test: ExpressionTest, stack: TestStack): Promise<Failure[]> {
  const message = `${test.expression.trim().replace(/\s+/g, ' ')} at ${printRuleDuration(test.evalTimeMs)}: other ${test.expected.kind} than expected`;
  try {
    if (test.expected.kind === 'samples') {
      const actual = await stack.querySamples(test.tenant, test.expression, test.evalTimeMs);
      const diff = diffSamples(test.expected.samples, actual);
      return diff.length === 0 ? [] : [{ place: test.place, message, diff }];
    }
    const actual = await stack.queryLogs(test.tenant, test.expression, test.evalTimeMs);
    const { logs } = test.expected;
    const diff = diffSequences(
      logs.map(({ line, labels, atMs }) => printLog(atMs, labels, line)),
      actual.map(({ line, labels, offsetNs }, i) =>
        printLog(
          logs[i] !== undefined && logs[i].atMs === undefined ? undefined : Number(offsetNs / 1_000_000n),
          logs[i] !== undefined && logs[i].labels === undefined ? undefined : labels,
          line,
        ),
      ),
      (i) =>
        logs[i]!.line === actual[i]!.line &&
        (logs[i]!.labels === undefined || printLabels(logs[i]!.labels) === printLabels(actual[i]!.labels)) &&
        (logs[i]!.atMs === undefined || BigInt(Math.round(logs[i]!.atMs * 1e6)) === actual[i]!.offsetNs),
    );
    return diff.length === 0 ? [] : [{ place: test.place, message, diff }];
  } catch (error) {
    return [{ place: test.place, message: `${test.expression} failed: ${(error as Error).message}`, diff: [] }];
  }
}

function printLog(atMs: number | undefined, labels: Labels | undefined, line: string): string {
  return [
    atMs === undefined ? '' : printRuleDuration(atMs),
    labels === undefined ? '' : printLabels(labels),
    JSON.stringify(line),
  ]
    .filter((part) => part !== '')
    .join(' ');
}
