import { dirname, resolve } from 'node:path';
import { type Labels, labelValue, printLabels } from '../model/labels.ts';
import type { AlloyAssertion, AlloyMatch, AlloyTest, LabelsMatch } from './alloy-test-file.ts';
import type { Failure } from './case-result.ts';
import { type CapturedEntry, openPipelineStack, sinkReceiver } from './pipeline-stack.ts';
import { pipelineStartNs, printTime } from './pipeline-test-file.ts';
import type { PipelineTestContext, PipelineTestOutcome } from './run-pipeline-test.ts';

/** Nothing is sent there: `loki.write` keeps its entries. */
const pushUrl = 'http://cordwood-test.invalid/loki/api/v1/push';

/** Runs a test of Alloy's own format. All entries have gone in, and stages that wait have been waited for, before anything is judged. */
export async function runAlloyTest(test: AlloyTest, context: PipelineTestContext): Promise<PipelineTestOutcome> {
  const failed = (place: Failure['place'], message: string) => ({
    failures: [{ place, message, diff: [] }],
    diagnostics: [],
  });
  const { config } = test;
  const name = 'text' in config ? test.name : config.path;
  const path = 'text' in config ? undefined : resolve(dirname(test.place.file), config.path);
  const read = path === undefined ? undefined : context.configOf(path, name, {});
  if (read?.problem !== undefined) return failed(test.place, read.problem);
  const text = (read?.config.text ?? ('text' in config ? config.text : ''))
    .replaceAll('pipelinetest.loki.receiver', sinkReceiver)
    .replaceAll('pipelinetest.loki.url', JSON.stringify(pushUrl));
  const { observe } = context;
  const opened = await openPipelineStack({
    config: { name, text },
    component: undefined,
    environment: {},
    startNs: pipelineStartNs,
    inputs: test.inputs.map(({ components }) => `[${components.join(', ')}]`),
    ...(observe === undefined || path === undefined ? {} : { observe: (id, ...stage) => observe(path, id, ...stage) }),
  });
  if (opened.problem !== undefined) return failed(test.place, opened.problem);
  if (opened.stack === undefined)
    return {
      failures: [{ place: test.place, message: `${name} is refused`, diff: [] }],
      diagnostics: opened.diagnostics,
    };
  const { stack } = opened;
  for (const [index, { entries }] of test.inputs.entries()) {
    for (const { timestampNs, ...entry } of entries)
      await stack.send(timestampNs === undefined ? entry : { ...entry, timestampNs }, index);
  }
  await stack.close();
  const captured = stack.take();
  return { failures: test.assertions.flatMap((assertion) => check(assertion, captured)), diagnostics: [] };
}

function check({ count, match, place }: AlloyAssertion, captured: readonly CapturedEntry[]): Failure[] {
  const found = captured.filter((entry) => match === undefined || matches(match, entry)).length;
  if (count === undefined ? found > 0 : found === count) return [];
  const message =
    count === undefined
      ? 'no entry matches'
      : `${count} entries expected, ${found} ${match === undefined ? 'came' : 'match'}`;
  return [{ place, message, diff: captured.map((entry) => ({ sign: '+', text: describe(entry) })) }];
}

function matches(match: AlloyMatch, entry: CapturedEntry): boolean {
  return (
    (match.line === undefined || match.line === entry.line) &&
    (match.timestampNs === undefined || match.timestampNs === entry.timestampNs) &&
    hasLabels(match.labels, entry.labels) &&
    hasLabels(match.structuredMetadata, entry.structuredMetadata)
  );
}

function hasLabels(match: LabelsMatch | undefined, labels: Labels): boolean {
  if (match === undefined) return true;
  if (match.exact) return printLabels(match.values) === printLabels(labels);
  return match.values.every(({ name, value }) => labelValue(labels, name) === value);
}

function describe({ timestampNs, labels, line, structuredMetadata }: CapturedEntry): string {
  const metadata = structuredMetadata.length === 0 ? '' : ` metadata ${printLabels(structuredMetadata)}`;
  return `${printTime(timestampNs)} ${printLabels(labels)} ${JSON.stringify(line)}${metadata}`;
}
