import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEntryColumns } from '../../model/entry.ts';
import { noLabels } from '../../model/labels.ts';
import { defaultLimits, type Limits } from '../../model/limits.ts';
import { SimulatedClock } from '../../world/simulated-clock.ts';
import type { Store } from '../store.ts';
import { nowNs, openTestStore, push, readAll, stream, type TestEntry, tenantA } from '../test/test-store.ts';

/** The rules of a push with the texts that Loki 3.7.6 gave (areas push and limits of the recorded conformance suite). */
interface Case {
  readonly limits?: Partial<Limits>;
  readonly labels?: Record<string, string>;
  readonly entries?: readonly TestEntry[];
  readonly status?: number;
  readonly message?: string | RegExp;
  /** Lines stored afterwards. */
  readonly stored: readonly string[];
}

async function check(name: string, given: Case): Promise<Store> {
  const store = await openTestStore({ limits: given.limits ?? {} });
  const outcome = await push(store, given.labels ?? { job: 'x' }, given.entries ?? [[0, 'x']]);
  assert.equal(outcome.status, given.status ?? 204, `${name}: ${outcome.message}`);
  const { message = '' } = given;
  if (typeof message === 'string') assert.equal(outcome.message, message, name);
  else assert.match(outcome.message, message, name);
  assert.deepEqual(
    (await readAll(store)).map((row) => row.line),
    given.stored,
    name,
  );
  return store;
}

const text = '{job="x", service_name="x"}';
const hour = 3_600_000_000_000;

test('labels', async () => {
  await check('no labels', { labels: {}, stored: ['x'] });
  await check('no labels and no discovery', {
    limits: { discoverServiceName: [] },
    labels: {},
    status: 400,
    message: 'error at least one label pair is required per stream',
    stored: [],
  });
  await check('too many', {
    limits: { maxLabelNamesPerSeries: 4 },
    labels: { job: 'x', a: '1', b: '2', c: '3', d: '4' },
    status: 400,
    message: `entry for stream '{a="1", b="2", c="3", d="4", job="x", service_name="x"}' has 5 label names; limit 4`,
    stored: [],
  });
  await check('as many as allowed', {
    limits: { maxLabelNamesPerSeries: 4 },
    labels: { job: 'x', a: '1', b: '2', c: '3' },
    stored: ['x'],
  });
  await check('long name', {
    limits: { maxLabelNameLength: 20 },
    labels: { job: 'x', [`n${'n'.repeat(20)}`]: '1' },
    status: 400,
    message: `stream '{job="x", ${'n'.repeat(21)}="1", service_name="x"}' has label name too long: '${'n'.repeat(21)}'`,
    stored: [],
  });
  await check('long value, in bytes', {
    limits: { maxLabelValueLength: 3 },
    labels: { job: 'öö' },
    status: 400,
    message: `stream '{job="öö", service_name="öö"}' has label value too long: 'öö'`,
    stored: [],
  });
  await check('enforced', {
    limits: { enforcedLabels: ['env', 'team'] },
    labels: { job: 'x', env: 'a' },
    status: 400,
    message: `missing required labels 'team' for user 'a' for stream '{env="a", job="x", service_name="x"}' (policy: '')`,
    stored: [],
  });
});

test('service names', async () => {
  const nameOf = async (labels: Record<string, string>) => {
    const store = await openTestStore();
    await push(store, labels, [[0, 'x']]);
    return (await readAll(store))[0]!.stream;
  };
  assert.equal(
    await nameOf({ container: 'c-1', workload: 'w-1', app: '' }),
    '{container="c-1", service_name="c-1", workload="w-1"}',
  );
  assert.equal(await nameOf({ service_name: 'mine', app: 'other' }), '{app="other", service_name="mine"}');
  assert.equal(await nameOf({ a: '', b: '' }), '{service_name="unknown_service"}');
  assert.equal(await nameOf({ __aggregated_metric__: 'x' }), '{__aggregated_metric__="x"}');
});

test('times', async () => {
  await check('too new; the rest is stored', {
    limits: { creationGracePeriodMs: 600_000 },
    entries: [
      [hour, 'future'],
      [0, 'fine'],
    ],
    status: 400,
    message: `entry for stream '${text}' has timestamp too new: 2026-11-20T02:00:00Z`,
    stored: ['fine'],
  });
  await check('too old', {
    limits: { rejectOldSamples: true, rejectOldSamplesMaxAgeMs: 3_600_000 },
    entries: [
      [-hour - 1, 'old'],
      [-hour, 'just'],
    ],
    status: 400,
    message:
      `entry for stream '${text}' has timestamp too old: 2026-11-19T23:59:59Z, ` +
      'oldest acceptable timestamp is: 2026-11-20T00:00:00Z',
    stored: ['just'],
  });
  await check('too far behind: half of max_chunk_age', {
    entries: [
      [0, 'new'],
      [-hour - 1, 'old'],
      [-hour, 'just'],
    ],
    status: 400,
    message:
      "entry with timestamp 2026-11-19 23:59:59.999999999 +0000 UTC ignored, reason: 'entry too far behind, entry timestamp " +
      "is: 2026-11-19T23:59:59Z, oldest acceptable timestamp is: 2026-11-20T00:00:00Z',\n" +
      `user 'a', total ignored: 1 out of 3 for stream: ${text}`,
    stored: ['just', 'new'],
  });
  await check('equal times are spread', {
    limits: { incrementDuplicateTimestamp: true },
    entries: [
      [0, 'a'],
      [0, 'b'],
      [0, 'b'],
      [0, 'c'],
    ],
    stored: ['a', 'b', 'b', 'c'],
  });
});

test('lines', async () => {
  await check('too long, grouped', {
    limits: { maxLineSizeBytes: 5 },
    entries: [
      [0, 'short'],
      [1, 'yyyyyy'],
      [2, 'zzzzzz'],
    ],
    status: 400,
    message: `2 errors like: max entry size '5' bytes exceeded for stream '${text}' while adding an entry with length '6' bytes`,
    stored: ['short'],
  });
  await check('several groups', {
    limits: { maxLineSizeBytes: 5 },
    entries: [
      [0, 'yyyyyy'],
      [1, 'zzzzzzz'],
    ],
    status: 400,
    message: /^1 errors like: max .* '6' bytes; 1 errors like: max .* '7' bytes$/,
    stored: [],
  });
  await check('truncated', {
    limits: { maxLineSizeBytes: 10, maxLineSizeTruncate: true, maxLineSizeTruncateIdentifier: '[…]' },
    entries: [[0, '0123456789abc']],
    stored: ['01234[…]'],
  });
  await check('truncated inside a character', {
    limits: { maxLineSizeBytes: 4, maxLineSizeTruncate: true },
    entries: [[0, 'aaaö']],
    stored: ['aaa'],
  });
});

test('invalid UTF-8 becomes U+FFFD, byte by byte', async () => {
  const store = await openTestStore();
  const bytes = Buffer.from([0x61, 0xff, 0xfe, 0x62, 0xe2, 0x82, 0xac, 0xe2, 0x82]);
  const columns = {
    ...createEntryColumns([{ timestampNs: nowNs, line: '', structuredMetadata: noLabels }]),
    bytes,
    lineEnds: Uint32Array.of(bytes.length),
  };
  await store.push(tenantA, [{ labels: [{ name: 'job', value: 'x' }], entries: columns }], { format: 'protobuf' });
  assert.deepEqual(
    (await readAll(store)).map((row) => row.line),
    ['a\ufffd\ufffdb€\ufffd\ufffd'],
  );
});

test('structured metadata', async () => {
  const meta = (metadata: Record<string, string>): TestEntry[] => [[0, 'x', metadata]];
  await check('disallowed', {
    limits: { allowStructuredMetadata: false },
    entries: meta({ a: 'b' }),
    status: 400,
    message:
      `stream '${text}' includes structured metadata, but this feature is disallowed. Please see ` +
      '`limits_config.allow_structured_metadata` or contact your Loki administrator to enable it',
    stored: [],
  });
  await check('too large', {
    limits: { maxStructuredMetadataSizeBytes: 64 },
    entries: meta({ a: 'm'.repeat(70) }),
    status: 400,
    message:
      `stream '${text}' has structured metadata too large: '71' bytes, limit: '64' bytes. Please see ` +
      '`limits_config.max_structured_metadata_size` or contact your Loki administrator to increase it',
    stored: [],
  });
  await check('too many', {
    limits: { maxStructuredMetadataEntriesCount: 3 },
    entries: meta({ a: '1', b: '2', c: '3', d: '4' }),
    status: 400,
    message:
      `stream '${text}' has too many structured metadata labels: '4', limit: '3'. Please see ` +
      '`limits_config.max_structured_metadata_entries_count` or contact your Loki administrator to increase it',
    stored: [],
  });
  await check('a name that leaves nothing loses the push', {
    entries: [[0, 'fine'], ...meta({ '!!!': 'a' })],
    status: 500,
    message: 'normalization for label name "!!!" resulted in invalid name "_"',
    stored: [],
  });
});

test('detected_level and generic fields', async () => {
  const metadataOf = async (
    labels: Record<string, string>,
    entry: TestEntry,
    limits: Partial<Limits> = {},
    format = 'json',
  ) => {
    const store = await openTestStore({ limits });
    await store.push(tenantA, [stream(labels, [entry])], { format: format as 'json' });
    return (await readAll(store))[0]!.metadata;
  };
  const is = async (expected: Record<string, string>, ...given: Parameters<typeof metadataOf>) =>
    assert.deepEqual(await metadataOf(...given), expected);
  await is({ detected_level: 'warn' }, { level: 'Wrn' }, [0, 'an error']);
  await is({ detected_level: 'notice' }, { level: 'notice' }, [0, 'an error']);
  await is({ detected_level: 'critical', level: 'CRITICAL' }, { job: 'x' }, [0, 'an error', { level: 'CRITICAL' }]);
  await is({ detected_level: 'warn' }, { level: 'info' }, [0, 'x', { detected_level: 'WARNING' }]);
  await is({ detected_level: 'banana', severity: 'banana' }, {}, [0, 'error', { severity: 'banana' }]);
  await is({ detected_level: 'unknown', severity_number: '17' }, {}, [0, 'x', { severity_number: '17' }]);
  await is({ detected_level: 'error', severity_number: '17' }, {}, [0, 'x', { severity_number: '17' }], {}, 'otlp');
  await is(
    { detected_level: 'unknown', severity_number: '99' },
    {},
    [0, '{"level":"debug"}', { severity_number: '99' }],
    {},
    'otlp',
  );
  await is({}, {}, [0, 'level=error'], { discoverLogLevels: false });
  await is({}, {}, [0, 'level=error'], { allowStructuredMetadata: false });
  await is({ detected_level: 'unknown', user_id: '7' }, {}, [0, 'x', { 'user.id': '7', blank: '' }]);
  const generic = { discoverGenericFields: { order: ['order_id', 'orderId'] } };
  await is({ detected_level: 'unknown', order: 'o-1' }, {}, [0, '{"order_id":"o-1","n":1}'], generic);
  await is({ detected_level: 'unknown', order: 'o "1"' }, {}, [0, '{"order_id":"o \\"1\\""}'], generic);
  await is({ detected_level: 'unknown', order: 'o-2' }, {}, [0, 'orderId=o-2 n=2'], generic);
  await is({ detected_level: 'unknown', order: 'l' }, { orderId: 'l' }, [0, 'x'], generic);
  await is({ detected_level: 'unknown' }, {}, [0, 'nothing'], generic);
});

test('tenant rate: all of a push or nothing, with burst', async () => {
  const clock = new SimulatedClock(nowNs);
  const store = await openTestStore({ clock, limits: { ingestionRateMb: 0.0001, ingestionBurstSizeMb: 0.0002 } });
  assert.deepEqual(await push(store, { job: 'x' }, [[0, 'r'.repeat(300)]]), {
    status: 429,
    message:
      "ingestion rate limit exceeded for user a (limit: 104 bytes/sec) while attempting to ingest '1' lines totaling '300' " +
      'bytes, reduce log volume or contact your Loki administrator to see if the limit can be increased',
  });
  assert.equal((await push(store, { job: 'x' }, [[0, 'r'.repeat(200)]])).status, 204);
  assert.equal((await push(store, { job: 'x' }, [[1, 'r'.repeat(100)]])).status, 429);
  await clock.advance(1000);
  assert.equal((await push(store, { job: 'x' }, [[1, 'r'.repeat(100)]])).status, 204);
});

test('rate of a stream, unless streams are sharded', async () => {
  const limits = { perStreamRateLimitBytes: 100, perStreamRateLimitBurstBytes: 200 };
  const refused: Case = {
    limits: { ...limits, shardStreams: { ...defaultLimits.shardStreams, enabled: false } },
    entries: [[0, 'r'.repeat(300)]],
    status: 429,
    message:
      "entry with timestamp 2026-11-20 01:00:00 +0000 UTC ignored, reason: 'Per stream rate limit exceeded (limit: 100B/sec) " +
      `while attempting to ingest for stream '${text}' totaling 300B, consider splitting a stream via additional labels or ` +
      "contact your Loki administrator to see if the limit can be increased',\n" +
      `user 'a', total ignored: 1 out of 1 for stream: ${text}`,
    stored: [],
  };
  await check('refused', refused);
  await check('sharded', { limits, entries: [[0, 'r'.repeat(300)]], stored: ['r'.repeat(300)] });
});

test('active streams', async () => {
  const clock = new SimulatedClock(nowNs);
  const store = await openTestStore({
    clock,
    limits: { maxGlobalStreamsPerUser: 2 },
    settings: { chunkIdlePeriodMs: 1000 },
  });
  await push(store, { job: 's1' }, [[0, 'x']]);
  await push(store, { job: 's2' }, [[0, 'x']]);
  const third = await push(store, { job: 's3' }, [[0, 'x']]);
  assert.deepEqual(third, {
    status: 429,
    message:
      'maximum active stream limit exceeded when trying to create stream {job="s3", service_name="s3"}, reduce the number of ' +
      'active streams (reduce labels or reduce label values), or contact your Loki administrator to see if the limit can be ' +
      "increased, user: 'a'",
  });
  assert.equal((await push(store, { job: 's1' }, [[1, 'y']])).status, 204);
  await clock.advance(2000);
  assert.equal((await push(store, { job: 's3' }, [[0, 'x']])).status, 204, 'idle streams do not count');
});

test('blocked ingestion', async () => {
  const until = Date.parse('2100-01-01T00:00:00Z');
  await check('with the status', {
    limits: { blockIngestionUntilMs: until },
    status: 260,
    message: "ingestion blocked for user 'a' until '2100-01-01T00:00:00Z' with status code '260'",
    stored: [],
  });
  await check('silently', { limits: { blockIngestionUntilMs: until, blockIngestionStatusCode: 200 }, stored: [] });
  await check('by policy', {
    limits: {
      policyStreamMapping: { batch: [{ selector: '{job="x"}', priority: 1 }] },
      blockIngestionPolicyUntilMs: { batch: until },
    },
    status: 260,
    message: "ingestion blocked for user 'a' (policy: 'batch') until '2100-01-01T00:00:00Z' with status code '260'",
    stored: [],
  });
  await check('another policy', {
    limits: {
      policyStreamMapping: { batch: [{ selector: '{job="y"}', priority: 1 }] },
      blockIngestionPolicyUntilMs: { batch: until },
    },
    stored: ['x'],
  });
});

test('a push of several streams keeps what is good', async () => {
  const store = await openTestStore();
  const outcome = await store.push(
    tenantA,
    [stream({ job: 'good' }, [[0, 'good']]), stream({ job: 'bad' }, [[hour, 'bad']]), stream({ job: 'none' }, [])],
    { format: 'json' },
  );
  assert.equal(outcome.status, 400);
  assert.deepEqual(
    (await readAll(store)).map((row) => row.line),
    ['good'],
  );
  assert.equal((await store.push(tenantA, [], { format: 'json' })).status, 422);
});
