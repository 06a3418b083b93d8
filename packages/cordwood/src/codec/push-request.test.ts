import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEntryColumns, type PushStream } from '../model/entry.ts';
import { createLabels, type Labels, noLabels, printLabels } from '../model/labels.ts';
import { type Random, randomInt, seededRandom } from '../world/random.ts';
import { decodePushRequest, encodePushRequest, type LabelsParser } from './push-request.ts';
import { compressSnappy, decompressSnappy } from './snappy.ts';

/** Keeps the text as the value of one label: these tests are not about label syntax. */
const parseLabels: LabelsParser = (text) => ({ labels: createLabels({ text }) });

interface PlainEntry {
  readonly timestampNs: bigint;
  readonly line: string;
  readonly structuredMetadata: Labels;
}
interface PlainStream {
  readonly text: string;
  readonly entries: readonly PlainEntry[];
}

function plain(stream: PushStream): PlainStream {
  const { entries } = stream;
  return {
    text: stream.labels[0]!.value,
    entries: Array.from({ length: entries.rowCount }, (_, row) => ({
      timestampNs: entries.timestampsNs[row]!,
      line: Buffer.from(entries.bytes.subarray(entries.lineStarts[row]!, entries.lineEnds[row]!)).toString('latin1'),
      structuredMetadata: entries.structuredMetadata?.[row] ?? noLabels,
    })),
  };
}

function streamOf(labels: Labels, entries: readonly PlainEntry[]): PushStream {
  return { labels, entries: createEntryColumns(entries) };
}

function decodeBlock(base64: string): ReturnType<typeof decodePushRequest> {
  const unpacked = decompressSnappy(Buffer.from(base64, 'base64'), 1e6);
  assert.equal(unpacked.error, undefined);
  return decodePushRequest(unpacked.bytes!, parseLabels);
}

/** Bodies that Grafana Loki 3.7.6 took. */
const recorded: [name: string, block: string, PlainStream][] = [
  [
    'plain',
    'OuQKOAobe2pvYj0icHJvdG8iLCB6PSIxIiwgYT0iMiJ9EhkKCAiQt/7XBhABEg1mcm9tIHByb3RvYnVm',
    one('{job="proto", z="1", a="2"}', 1n, 'from protobuf'),
  ],
  [
    'metadata',
    'PuwKPAoNe2pvYj0icHJvdG8ifRIrCggIkLf+1wYQAhINd2l0aCBtZXRhZGF0YRoGCgFiEgEyGggKA2EueBIEATE=',
    one('{job="proto"}', 2n, 'with metadata', [
      ['b', '2'],
      ['a.x', '1'],
    ]),
  ],
  [
    'foreign hash',
    'M8gKMQoNe2pvYj0icHJvdG8ifRIdCggIkLf+1wYQAxIRd2l0aCBhIHdyb25nIGhhc2gYuWA=',
    one('{job="proto"}', 3n, 'with a wrong hash'),
  ],
  [
    'not UTF-8',
    'KJwKJgoSe2pvYj0icHJvdG8tdXRmOCJ9EhAKCAiQt/7XBhAMEgRh//5i',
    one('{job="proto-utf8"}', 12n, 'a\xff\xfeb'),
  ],
];
function one(text: string, nanos: bigint, line: string, metadata: [string, string][] = []): PlainStream {
  const structuredMetadata = metadata.map(([name, value]) => ({ name, value }));
  return { text, entries: [{ timestampNs: 1795136400000000000n + nanos, line, structuredMetadata }] };
}

for (const [name, block, expected] of recorded) {
  test(`decodes a recorded push: ${name}`, () => {
    const { streams } = decodeBlock(block);
    const [stream] = streams!;
    assert.deepEqual(plain(stream!), expected);
  });
}

const broken: [name: string, hex: string, error: string][] = [
  ['end group', '746869', 'proto: PushRequest: wiretype end group for non-group'],
  ['cut', '0a10', 'unexpected EOF'],
  ['wire type of streams', '0801', 'proto: wrong wireType = 0 for field Streams'],
  ['wire type 7', '17', 'proto: illegal wireType 7'],
  ['endless varint', '0affffffffffffffffffffff', 'proto: integer overflow'],
  ['field 0', '0000', 'proto: PushRequest: illegal tag 0 (wire type 0)'],
  ['cut in an entry', '0a0412020a05', 'unexpected EOF'],
];
for (const [name, hex, error] of broken) {
  test(`refuses a broken push: ${name}`, () => {
    assert.deepEqual(decodePushRequest(Buffer.from(hex, 'hex'), parseLabels), { error });
  });
}

test('an error of the labels parser is the answer', () => {
  const bytes = encodePushRequest([streamOf(noLabels, [{ timestampNs: 1n, line: '', structuredMetadata: noLabels }])]);
  const result = decodePushRequest(bytes, (text) => ({ error: `no good: ${text}` }));
  assert.deepEqual(result, { error: "couldn't parse labels: no good: {}" });
});

test('streams without entries are left out, groups and unknown fields skipped', () => {
  const empty = encodePushRequest([streamOf(noLabels, [])]);
  const unknown = Buffer.from('a00601', 'hex');
  const group = Buffer.from('5b08015b12015a5c5c', 'hex');
  const stream = encodePushRequest([
    streamOf(noLabels, [{ timestampNs: 7n, line: 'x', structuredMetadata: noLabels }]),
  ]);
  const { streams } = decodePushRequest(Buffer.concat([empty, unknown, group, stream]), parseLabels);
  assert.deepEqual(streams!.map(plain), [
    { text: '{}', entries: [{ timestampNs: 7n, line: 'x', structuredMetadata: [] }] },
  ]);
});

test('more entries than a request may carry are refused before columns are made', () => {
  const entries = Buffer.alloc(2 * 4_000_001);
  for (let i = 0; i < entries.length; i += 2) entries[i] = 0x12;
  const length = Buffer.from([0x0a, 0, 0, 0, 0]);
  let rest = entries.length;
  for (let i = 1; i <= 4; i++) {
    length[i] = (rest & 0x7f) | (i < 4 ? 0x80 : 0);
    rest >>>= 7;
  }
  const result = decodePushRequest(Buffer.concat([length, entries]), parseLabels);
  assert.match(result.error!, /more than 4000000 entries/);
});

test('what is encoded decodes to the same (seeded)', () => {
  const seed = 20260204;
  const random = seededRandom(seed);
  for (let round = 0; round < 200; round++) {
    const streams = Array.from({ length: randomInt(random, 4) }, () => ({
      labels: createLabels({ a: randomText(random), b: String(round) }),
      entries: Array.from({ length: 1 + randomInt(random, 20) }, () => ({
        timestampNs: randomTime(random),
        line: randomText(random),
        structuredMetadata: Array.from({ length: randomInt(random, 3) }, (_, i) => ({
          name: `n${i}`,
          value: randomText(random),
        })),
      })),
    }));
    const packed = compressSnappy(encodePushRequest(streams.map((stream) => streamOf(stream.labels, stream.entries))));
    const result = decodePushRequest(decompressSnappy(packed, 1e9).bytes!, parseLabels);
    assert.deepEqual(
      result.streams!.map(plain),
      streams.map((stream) => ({
        text: printLabels(stream.labels),
        entries: stream.entries.map((entry) => ({ ...entry, line: Buffer.from(entry.line).toString('latin1') })),
      })),
      `seed ${seed}, round ${round}`,
    );
  }
});

test('cutting or changing bytes never throws (seeded)', () => {
  const seed = 7;
  const random = seededRandom(seed);
  const good = encodePushRequest([
    streamOf(createLabels({ a: 'b' }), [
      { timestampNs: 1795136400000000001n, line: 'x'.repeat(300), structuredMetadata: createLabels({ k: 'v' }) },
      { timestampNs: -5n, line: '', structuredMetadata: noLabels },
    ]),
  ]);
  for (let round = 0; round < 5000; round++) {
    const bytes = Buffer.from(good.subarray(0, 1 + randomInt(random, good.length)));
    for (let i = randomInt(random, 4); i > 0; i--) bytes[randomInt(random, bytes.length)] = randomInt(random, 256);
    const result = decodePushRequest(bytes, parseLabels);
    for (const stream of result.streams ?? []) plain(stream);
  }
});

function randomTime(random: Random): bigint {
  const near = [0n, 1n, -1n, 4_611_685_951_000_000_000n, 2n ** 63n - 1n, -(2n ** 63n), 999_999_999n, 1_000_000_000n];
  if (randomInt(random, 3) === 0) return near[randomInt(random, near.length)]!;
  return 1795136400000000000n + BigInt(Math.floor(random() * 1e15));
}

function randomText(random: Random): string {
  const pieces = ['', 'a', 'ünï', '🌍', '"', '\\', '\n', 'x'.repeat(42), 'y'.repeat(200), 'ß'.repeat(60)];
  return Array.from({ length: randomInt(random, 5) }, () => pieces[randomInt(random, pieces.length)]).join('');
}
