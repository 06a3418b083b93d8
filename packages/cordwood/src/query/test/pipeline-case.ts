import assert from 'node:assert/strict';
import test from 'node:test';
import { RequestError } from '../../model/failure.ts';
import { createLabels, printLabels } from '../../model/labels.ts';
import { PipelineRun } from '../line/pipeline.ts';
import { planLog } from '../log-evaluator.ts';
import { parseQuery } from '../parse-query.ts';
import { createBatch } from './memory-source.ts';

/** What a line has besides its text; a stream `{app="web"}` and no metadata when nothing is said. */
export interface CaseLabels {
  readonly stream?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * A test: one line through a pipeline comes out as `{labels} line`, or is `dropped`. Errors of the line are labels; their
 * details are left out.
 */
export function pipelineCase(pipeline: string, line: string, expected: string, labels: CaseLabels = {}): void {
  test(`${line === '' ? 'an empty line' : line} through ${pipeline}`, () => {
    assert.equal(runPipeline(pipeline, line, labels), expected);
  });
}

/** A test: a pipeline that is refused, with the text of the refusal. */
export function refusedPipeline(pipeline: string, message: RegExp): void {
  test(`${pipeline} is refused`, () => {
    const { expression, error } = parseQuery(`{app="web"} ${pipeline}`);
    if (error !== undefined) return assert.match(error.message, message);
    assert.ok(expression?.kind === 'log');
    assert.throws(
      () => planLog(expression),
      (thrown) => thrown instanceof RequestError && thrown.status === 400 && message.test(thrown.message),
    );
  });
}

function runPipeline(pipeline: string, line: string, { stream = { app: 'web' }, metadata = {} }: CaseLabels): string {
  const { expression, error } = parseQuery(`{app="web"} ${pipeline}`);
  assert.ok(expression?.kind === 'log', `${pipeline}: ${error?.message}`);
  const plan = planLog(expression);
  const row = {
    timestampNs: 1_795_132_800_000_000_000n,
    line,
    structuredMetadata: createLabels(metadata),
    stream: { id: 0, labels: createLabels(stream) },
    sequence: 0,
  };
  const batch = createBatch([row]);
  const selected = plan.predicate.selectRows(batch);
  let out = 'dropped';
  new PipelineRun(plan.pipeline).run(batch, selected, (passed) => {
    const merged = passed.row.labels.merged().filter(({ name }) => name !== '__error_details__');
    out = `${printLabels(merged)} ${passed.row.text()}`;
    return true;
  });
  return out;
}
