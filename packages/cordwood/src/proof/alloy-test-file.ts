import { isMap, isScalar } from 'yaml';
import { createLabels, type Labels } from '../model/labels.ts';
import { readTime } from './pipeline-test-file.ts';
import type { Place, YamlFile, YamlMap } from './yaml-map.ts';

/**
 * A test file of Alloy's own `internal/pipelinetest` (Alloy 1.18; not exposed there yet): one configuration, entries into its
 * receivers, assertions about what arrives. `pipelinetest.loki.receiver` and `pipelinetest.loki.url` in the configuration stand
 * for the sink.
 */
export interface AlloyTest {
  readonly kind: 'alloy';
  readonly name: string;
  readonly place: Place;
  /** Inline, or relative to the test file. */
  readonly config: { readonly text: string } | { readonly path: string; readonly place: Place };
  readonly inputs: readonly AlloyInput[];
  readonly assertions: readonly AlloyAssertion[];
}

export interface AlloyInput {
  /** Receivers: `loki.process.x.receiver`. */
  readonly components: readonly string[];
  readonly entries: readonly {
    readonly line: string;
    readonly labels: Labels;
    readonly structuredMetadata: Labels;
    readonly timestampNs: bigint | undefined;
  }[];
}

export interface AlloyAssertion {
  /** Undefined: at least one. */
  readonly count: number | undefined;
  readonly match: AlloyMatch | undefined;
  readonly place: Place;
}

/** What is undefined is not compared; as in Alloy that goes for an empty line too. */
export interface AlloyMatch {
  readonly line: string | undefined;
  readonly timestampNs: bigint | undefined;
  readonly labels: LabelsMatch | undefined;
  readonly structuredMetadata: LabelsMatch | undefined;
}
export interface LabelsMatch {
  readonly exact: boolean;
  readonly values: Labels;
}

export const alloyFileKeys = ['config', 'inputs', 'assert'];

/** Whether a file is one of Alloy's: a mapping with `assert`. */
export function isAlloyTestFile(yaml: YamlFile): boolean {
  return isMap(yaml.root) && yaml.root.has('assert');
}

export function readAlloyTest(yaml: YamlFile): AlloyTest | undefined {
  const root = yaml.map(yaml.root, 'the test file', alloyFileKeys);
  if (root === undefined) return undefined;
  const lokiOf = (key: string) => (root.has(key) ? yaml.map(root.get(key), key, ['loki']) : undefined);
  const inputs = lokiOf('inputs')?.maps('loki', 'an input', ['components', 'entries']) ?? [];
  const assertions = lokiOf('assert')?.maps('loki', 'an assertion', ['type', 'count', 'match']) ?? [];
  if (assertions.length === 0) root.report('assert', 'the test asserts nothing');
  return {
    kind: 'alloy',
    name: yaml.file.replace(/^.*\//, ''),
    place: root.place(),
    config: readConfig(yaml, root),
    inputs: inputs.map((input) => ({
      components: (input.list('components') ?? []).map((node) => yaml.textOf(node, 'a component') ?? ''),
      entries: (input.maps('entries', 'an entry', ['line', 'labels', 'timestamp', 'structured_metadata']) ?? []).map(
        (entry) => ({
          line: entry.text('line') ?? '',
          labels: createLabels(entry.texts('labels') ?? {}),
          structuredMetadata: createLabels(entry.texts('structured_metadata') ?? {}),
          timestampNs: readTime(entry, 'timestamp'),
        }),
      ),
    })),
    assertions: assertions.map((assertion) => readAssertion(yaml, assertion)),
  };
}

function readConfig(yaml: YamlFile, root: YamlMap): AlloyTest['config'] {
  const node = root.get('config');
  if (isScalar(node)) return { text: root.text('config') ?? '' };
  const map = yaml.map(node, 'config', ['path']);
  return { path: map?.requiredText('path') ?? '', place: root.place('config') };
}

function readAssertion(yaml: YamlFile, map: YamlMap): AlloyAssertion {
  const type = map.text('type');
  if (type !== 'count' && type !== 'contains') map.report('type', `type is count or contains, not "${type ?? ''}"`);
  if (type === 'count' && !map.has('count')) map.report(undefined, 'an assertion of type count needs count');
  const match = map.has('match')
    ? yaml.map(map.get('match'), 'match', ['line', 'timestamp', 'labels', 'structured_metadata'])
    : undefined;
  if (type === 'contains' && match === undefined) map.report(undefined, 'an assertion of type contains needs match');
  return {
    count: type === 'count' ? (map.number('count') ?? 0) : undefined,
    match: match && {
      line: match.text('line') || undefined,
      timestampNs: readTime(match, 'timestamp'),
      labels: readLabelsMatch(yaml, match, 'labels'),
      structuredMetadata: readLabelsMatch(yaml, match, 'structured_metadata'),
    },
    place: map.place(),
  };
}

function readLabelsMatch(yaml: YamlFile, match: YamlMap, key: string): LabelsMatch | undefined {
  if (!match.has(key)) return undefined;
  const map = yaml.map(match.get(key), key, ['mode', 'values']);
  if (map === undefined) return undefined;
  const mode = map.text('mode') ?? 'exact';
  if (mode !== 'exact' && mode !== 'partial') map.report('mode', `mode is exact or partial, not "${mode}"`);
  return { exact: mode === 'exact', values: createLabels(map.texts('values') ?? {}) };
}
