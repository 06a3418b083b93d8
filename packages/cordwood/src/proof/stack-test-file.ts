import type { Tenant } from '../model/tenant.ts';
import { type InputStream, readInputStream, readTenant, streamKeys } from './test-file.ts';
import type { Place, YamlFile, YamlMap } from './yaml-map.ts';

/** No tenant may see another's logs, names or rules on any route of the API. */
export interface IsolationTest {
  readonly kind: 'isolation';
  readonly name: string;
  readonly place: Place;
  /** Empty: those of the overrides. */
  readonly tenants: readonly Tenant[];
}

/** What the limits of loki.yaml do to a load. */
export interface IngestTest {
  readonly kind: 'ingest';
  readonly name: string;
  readonly place: Place;
  readonly tenant: Tenant;
  readonly seed: number;
  readonly intervalMs: number;
  /** How much faster than they happened the lines come. */
  readonly speed: number;
  readonly inputStreams: readonly InputStream[];
  /** Lines of `cordwood query -o jsonl`, relative to the test file. */
  readonly replay: { readonly path: string; readonly place: Place } | undefined;
  readonly expected: readonly ExpectedRefusal[];
}

export interface ExpectedRefusal {
  readonly tenant: Tenant;
  /** Loki's: `rate_limited`, `per_stream_rate_limit`, `stream_limit`, `line_too_long` ... */
  readonly reason: string;
  readonly lines: number;
}

export const isolationTestKeys = ['name', 'tenants'];
export const ingestTestKeys = ['name', 'tenant', 'seed', 'interval', 'speed', 'input_streams', 'replay', 'exp_refused'];
export const expectedRefusalKeys = ['tenant', 'reason', 'lines'];

export function readIsolationTest(map: YamlMap, index: number): IsolationTest {
  const tenants = (map.list('tenants') ?? []).map((node) => String((node as { value?: unknown }).value ?? ''));
  return {
    kind: 'isolation',
    name: map.text('name') ?? `isolation test ${index + 1}`,
    place: map.place(),
    tenants: tenants as Tenant[],
  };
}

export function readIngestTest(yaml: YamlFile, map: YamlMap, index: number, fileTenant: Tenant): IngestTest {
  const tenant = readTenant(map) ?? fileTenant;
  const speed = map.number('speed') ?? 1;
  if (!(speed > 0)) map.report('speed', 'speed must be greater than 0');
  if (!map.has('exp_refused'))
    map.report(
      undefined,
      'the test expects nothing',
      'add exp_refused; exp_refused: [] says that nothing may be refused',
    );
  if (map.has('replay') === map.has('input_streams'))
    map.report(undefined, 'an ingest test has either input_streams or replay');
  return {
    kind: 'ingest',
    name: map.text('name') ?? `ingest test ${index + 1}`,
    place: map.place(),
    tenant,
    seed: map.number('seed') ?? 1,
    intervalMs: map.durationMs('interval') ?? 60_000,
    speed,
    inputStreams: (map.maps('input_streams', 'an input stream', streamKeys) ?? []).map((stream) =>
      readInputStream(yaml, stream, tenant),
    ),
    replay: map.has('replay') ? { path: map.requiredText('replay'), place: map.place('replay') } : undefined,
    expected: (map.maps('exp_refused', 'an expected refusal', expectedRefusalKeys) ?? []).map((item) => ({
      tenant: readTenant(item) ?? tenant,
      reason: item.requiredText('reason'),
      lines: item.number('lines') ?? 0,
    })),
  };
}
