import { isScalar, type Node } from 'yaml';
import { createLabels, type Labels } from '../model/labels.ts';
import { rfc3339Ns } from './rfc3339-ns.ts';
import type { Place, YamlFile, YamlMap } from './yaml-map.ts';

/** One entry of `pipeline_tests:`: raw lines into a component of an Alloy configuration, entries out of its `loki.write`. */
export interface PipelineTest {
  readonly kind: 'pipeline';
  readonly name: string;
  readonly place: Place;
  /** Relative to the test file. */
  readonly config: { readonly path: string; readonly place: Place };
  /** `loki.process.redact` or `loki.source.file.pods`; undefined: see pipeline-test.ts. */
  readonly component: { readonly id: string; readonly place: Place } | undefined;
  /** What `sys.env` sees; nothing of the real environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly startNs: bigint;
  readonly input: readonly PipelineInput[];
  readonly expected: readonly ExpectedEntry[];
}

export type PipelineInput = (
  | { readonly kind: 'line'; readonly line: string }
  /** Every line of a file, relative to the test file. */
  | { readonly kind: 'file'; readonly path: string }
) & {
  readonly labels: Labels;
  readonly structuredMetadata: Labels;
  /** After the start of the test; undefined: 1 s after the line before. */
  readonly atMs: number | undefined;
  readonly place: Place;
};

export type ExpectedEntry =
  /** A line gave no entry; undefined: for any reason, by any component. */
  | { readonly kind: 'dropped'; readonly reason: string | undefined; readonly by: string | undefined }
  /** What is undefined is not compared. */
  | {
      readonly kind: 'entry';
      readonly line: string | undefined;
      readonly labels: Labels | undefined;
      readonly structuredMetadata: Labels | undefined;
      readonly timestampNs: bigint | undefined;
      /** '': no tenant was set. */
      readonly tenant: string | undefined;
    };

export const pipelineTestKeys = ['name', 'config', 'component', 'env', 'start', 'labels', 'input', 'exp_entries'];
export const expectedEntryKeys = ['line', 'labels', 'structured_metadata', 'timestamp', 'tenant', 'dropped', 'by'];
export const inputKeys = ['line', 'file', 'labels', 'structured_metadata', 'at'];

/** A fixed day, so that the time at which a line is read is the same on every machine. */
export const pipelineStartNs = BigInt(Date.UTC(2026, 0, 1)) * 1_000_000n;

export function readPipelineTest(yaml: YamlFile, map: YamlMap, index: number): PipelineTest {
  const shared = map.texts('labels') ?? {};
  if (!map.has('exp_entries'))
    map.report(
      undefined,
      'the test expects nothing',
      'add exp_entries; exp_entries: [] says that nothing may come out',
    );
  const input = map.list('input') ?? [];
  if (input.length === 0) map.report(undefined, 'a pipeline test needs input');
  const component = map.text('component');
  return {
    kind: 'pipeline',
    name: map.text('name') ?? `pipeline test ${index + 1}`,
    place: map.place(),
    config: { path: map.requiredText('config'), place: map.place('config') },
    component: component === undefined ? undefined : { id: component, place: map.place('component') },
    environment: map.texts('env') ?? {},
    startNs: readTime(map, 'start') ?? pipelineStartNs,
    input: input.flatMap((node) => readInput(yaml, node, shared)),
    expected: (map.list('exp_entries') ?? []).flatMap((node) => readExpected(yaml, node)),
  };
}

export function readTime(map: YamlMap, key: string): bigint | undefined {
  const text = map.text(key);
  if (text === undefined) return undefined;
  const timeNs = rfc3339Ns(text);
  if (timeNs !== undefined) return timeNs;
  map.report(key, `cannot read the time "${text}"`, 'RFC 3339, like 2026-01-01T00:00:00.123Z');
  return undefined;
}

/** RFC 3339 in UTC with as many decimals as the time has. */
export function printTime(timestampNs: bigint): string {
  const nanos = ((timestampNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const seconds = new Date(Number((timestampNs - nanos) / 1_000_000n)).toISOString().slice(0, 19);
  return `${seconds}${nanos === 0n ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`}Z`;
}

function readInput(yaml: YamlFile, node: Node, shared: Readonly<Record<string, string>>): PipelineInput[] {
  const place = yaml.place(node);
  const base = { labels: createLabels(shared), structuredMetadata: [], atMs: undefined, place };
  if (isScalar(yaml.resolve(node))) return [{ kind: 'line', line: yaml.textOf(node, 'a line') ?? '', ...base }];
  const map = yaml.map(node, 'an input', inputKeys);
  if (map === undefined) return [];
  if (map.has('line') === map.has('file')) map.report(undefined, 'an input has either line or file');
  const rest = {
    labels: createLabels({ ...shared, ...map.texts('labels') }),
    structuredMetadata: createLabels(map.texts('structured_metadata') ?? {}),
    atMs: map.durationMs('at'),
    place,
  };
  return map.has('file')
    ? [{ kind: 'file', path: map.requiredText('file'), ...rest }]
    : [{ kind: 'line', line: map.text('line') ?? '', ...rest }];
}

function readExpected(yaml: YamlFile, node: Node): ExpectedEntry[] {
  if (isScalar(yaml.resolve(node))) {
    const text = yaml.textOf(node, 'an expected entry');
    if (text === 'dropped') return [{ kind: 'dropped', reason: undefined, by: undefined }];
    yaml.report(
      node,
      `an expected entry is a mapping or the word dropped, not "${text}"`,
      'line: ... compares the line',
    );
    return [];
  }
  const map = yaml.map(node, 'an expected entry', expectedEntryKeys);
  if (map === undefined) return [];
  if (map.has('dropped')) {
    const mixed = expectedEntryKeys.find((key) => key !== 'dropped' && key !== 'by' && map.has(key));
    if (mixed !== undefined) map.report(mixed, `a dropped line has no ${mixed}`);
    return [{ kind: 'dropped', reason: map.text('dropped'), by: map.text('by') }];
  }
  if (map.node.items.length === 0)
    map.report(undefined, 'the expected entry says nothing', `name some of ${expectedEntryKeys.join(', ')}`);
  const labels = map.texts('labels');
  const metadata = map.texts('structured_metadata');
  return [
    {
      kind: 'entry',
      line: map.text('line'),
      labels: labels && createLabels(labels),
      structuredMetadata: metadata && createLabels(metadata),
      timestampNs: readTime(map, 'timestamp'),
      tenant: map.text('tenant'),
    },
  ];
}
