import assert from 'node:assert/strict';
import test from 'node:test';
import { RequestError } from '../../model/failure.ts';
import { createLabels, printLabels } from '../../model/labels.ts';
import { evaluateMetric } from '../metric-evaluator.ts';
import { parseQuery } from '../parse-query.ts';
import { createStepSeries, type StepSeries } from '../step-series.ts';

/** Vectors by name: each sample as `a=1 b=2: 5`, or `: 5` for one without labels. */
export type Vectors = Readonly<Record<string, readonly string[]>>;

/**
 * A test: an expression over named vectors (`sum by (a) (v)`) gives these samples, in any order unless it sorts; or is refused
 * with a text.
 */
export function vectorCase(expression: string, vectors: Vectors, expected: readonly string[] | RegExp): void {
  test(`${expression} of ${JSON.stringify(vectors)}`, async () => {
    const result = evaluate(expression, vectors);
    if (expected instanceof RegExp) {
      await assert.rejects(result, (error) => error instanceof RequestError && expected.test(error.message));
      return;
    }
    const samples = await result;
    const inOrder = expression.startsWith('sort');
    assert.deepEqual(inOrder ? samples : samples.toSorted(), inOrder ? expected : expected.toSorted());
  });
}

async function evaluate(text: string, vectors: Vectors): Promise<string[]> {
  // A vector's name stands for a range aggregation that gives it.
  const names = Object.keys(vectors).join('|');
  const query = text.replace(new RegExp(`\\b(${names})\\b(?=[ ),]|$)`, 'g'), 'count_over_time({name="$1"}[1m])');
  const { expression, error } = parseQuery(query);
  assert.ok(
    expression !== undefined && expression.kind !== 'log' && expression.kind !== 'variants',
    `${query}: ${error?.message}`,
  );
  const result = await evaluateMetric(expression, {
    steps: { startNs: 0n, stepNs: 1n, stepCount: 1 },
    kind: 'instant',
    approxTopkEnabled: true,
    splitInstantNs: 0n,
    trace: undefined,
    evaluateRange: async ({ range }) => vectors[range.log.selector.matchers[0]!.value]!.map(parseSample),
  });
  assert.ok(typeof result !== 'number');
  return result.filter((series) => series.present[0] === 1).map(printSample);
}

function parseSample(text: string): StepSeries {
  const [, labels, value] = /^(.*): (.*)$/.exec(text)!;
  const pairs = labels === '' ? [] : labels!.split(' ').map((pair) => pair.split('=') as [string, string]);
  const series = createStepSeries(createLabels(Object.fromEntries(pairs)), 1);
  series.values[0] = Number(value);
  series.present[0] = 1;
  return series;
}

function printSample({ labels, values }: StepSeries): string {
  return `${printLabels(labels).replaceAll(/[{}"]/g, '').replaceAll(', ', ' ')}: ${values[0]}`;
}
