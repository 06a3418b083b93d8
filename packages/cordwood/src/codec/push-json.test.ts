import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PushStream } from '../model/entry.ts';
import { createLabels, printLabels } from '../model/labels.ts';
import { type Random, randomInt, seededRandom } from '../world/random.ts';
import { decodeLegacyPushJson, decodePushJson } from './push-json.ts';
import type { LabelsParser } from './push-request.ts';

const refuse: LabelsParser = (text) => ({ error: `refused ${text}` });
const one: LabelsParser = (text) => ({ labels: createLabels({ text }) });

type Shown = [labels: string, ...rows: unknown[][]];

function show(stream: PushStream): Shown {
  const { entries } = stream;
  const rows = Array.from({ length: entries.rowCount }, (_, row) => {
    const line = Buffer.from(entries.bytes.subarray(entries.lineStarts[row]!, entries.lineEnds[row]!)).toString('utf8');
    const metadata = entries.structuredMetadata?.[row] ?? [];
    return [entries.timestampsNs[row], line, ...(metadata.length > 0 ? [printLabels(metadata)] : [])];
  });
  return [printLabels(stream.labels), ...rows];
}

const good: [name: string, body: string, streams: Shown[]][] = [
  [
    'plain',
    '{"streams":[{"stream":{"a":"b"},"values":[["1795136400000000001","x"]]}]}',
    [['{a="b"}', [1795136400000000001n, 'x']]],
  ],
  ['spaces', ' { "streams" : [ { "stream" : { } , "values" : [ [ "1" , "x" ] ] } ] } ', [['{}', [1n, 'x']]]],
  [
    'metadata on some rows',
    '{"streams":[{"values":[["1","a"],["2","b",{"k":"v","j":"\\u00e9"}],["3","c"]]}]}',
    [['{}', [1n, 'a'], [2n, 'b', '{k="v", j="é"}'], [3n, 'c']]],
  ],
  [
    'escapes',
    String.raw`{"streams":[{"values":[["1","a\"b\\c\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83c\udf0d!"]]}]}`,
    [['{}', [1n, 'a"b\\c/\b\f\n\r\tAé€🌍!']]],
  ],
  [
    'half a surrogate pair',
    String.raw`{"streams":[{"values":[["1","\ud83cx\udf0d"]]}]}`,
    [['{}', [1n, '\ufffdx\ufffd']]],
  ],
  ['raw line break in a string', '{"streams":[{"values":[["1","a\nb"]]}]}', [['{}', [1n, 'a\nb']]]],
  [
    'odd label values',
    '{"streams":[{"stream":{"n":5,"o":{"a":"b\\n"},"z":null},"values":[["1","x"]]}]}',
    [['{n="5", o="{\\"a\\":\\"b\\\\n\\"}", z="null"}', [1n, 'x']]],
  ],
  [
    'label twice: the last wins',
    '{"streams":[{"stream":{"a":"1","a":"2"},"values":[["1","x"]]}]}',
    [['{a="2"}', [1n, 'x']]],
  ],
  ['short and long values', '{"streams":[{"values":[["1"],["2","x",{},"more",[1]]]}]}', [['{}', [1n, ''], [2n, 'x']]]],
  ['unknown keys', '{"a":{"b":[1,true,"\\"",null]},"streams":[{"more":{},"values":[["1","x"]]}]}', [['{}', [1n, 'x']]]],
  ['text behind the object', '{"streams":[{"values":[["1","x"]]}]} trailing', [['{}', [1n, 'x']]]],
  ['streams without entries are left out', '{"streams":[{"stream":{"a":"b"}},{"stream":{"a":"b"},"values":[]}]}', []],
  ['no streams', '{}', []],
  ['null', 'null', []],
  ['streams null', '{"streams":null}', []],
];
for (const [name, body, streams] of good) {
  test(`reads JSON: ${name}`, () => {
    const result = decodePushJson(Buffer.from(body), refuse);
    assert.equal(result.error, undefined);
    assert.deepEqual(result.streams!.map(show), streams);
  });
}

const times: [text: string, timestampNs: bigint | undefined][] = [
  ['-5', -5n],
  ['+7', 7n],
  ['0', 0n],
  ['1795136400', 1795136400n],
  ['9223372036854775807', 9223372036854775807n],
  ['4611685951999999999', 4611685951999999999n],
  ['9999999999999999999', undefined],
  ['1.5', undefined],
  ['', undefined],
  ['179513640000000000x', undefined],
];
for (const [text, timestampNs] of times) {
  test(`reads the time ${JSON.stringify(text)}`, () => {
    const result = decodePushJson(Buffer.from(`{"streams":[{"values":[["${text}",""]]}]}`), refuse);
    assert.equal(result.streams?.[0]?.entries.timestampsNs[0], timestampNs);
    if (timestampNs === undefined) assert.match(result.error!, /timestamp/);
  });
}

const bad: [name: string, body: string, error: RegExp][] = [
  ['nothing', '', /^EOF$/],
  ['spaces', '  ', /^EOF$/],
  ['a list', '[]', /expected an object, found "\["/],
  ['streams an object', '{"streams":{}}', /expected a list/],
  ['cut', '{"streams":[{"values":[["1","x"]]}', /expected "," or "]", found the end/],
  ['cut in a string', '{"streams":[{"values":[["1","x', /without its closing quote/],
  ['cut in an escape', '{"streams":[{"values":[["1","x\\', /escape/],
  ['time as number', '{"streams":[{"values":[[1,"x"]]}]}', /expected a string, found "1"/],
  ['line as number', '{"streams":[{"values":[["1",5]]}]}', /expected a string/],
  ['metadata number', '{"streams":[{"values":[["1","x",{"n":5}]]}]}', /expected a string/],
  ['metadata list', '{"streams":[{"values":[["1","x",["a"]]]}]}', /expected an object/],
  ['labels as text', '{"streams":[{"stream":"{}"}]}', /expected an object/],
  ['bad escape', '{"streams":[{"values":[["1","\\x"]]}]}', /escape/],
  ['bad \\u', '{"streams":[{"values":[["1","\\u12g4"]]}]}', /hexadecimal/],
  [
    'name that needs the parser',
    '{"streams":[{"stream":{"a-b":"x","A":"y"},"values":[["1","x"]]}]}',
    /^couldn't parse labels: refused \{A="y", a-b="x"\}$/,
  ],
  ['deep', `{"x":${'['.repeat(2000)}`, /nested deeper/],
];
for (const [name, body, error] of bad) {
  test(`refuses JSON: ${name}`, () => assert.match(decodePushJson(Buffer.from(body), refuse).error!, error));
}

test('reads legacy JSON', () => {
  const body =
    '{"streams":[{"labels":"{job=\\"legacy\\"}","entries":[{"ts":"T1","line":"old\\tformat"},{"line":"x","ts":"T2"}]}]}';
  const result = decodeLegacyPushJson(Buffer.from(body), one, (text) => BigInt(text.slice(1)));
  assert.deepEqual(result.streams!.map(show), [['{text="{job=\\"legacy\\"}"}', [1n, 'old\tformat'], [2n, 'x']]]);
});

test('legacy JSON with the new shape carries nothing', () => {
  const body = '{"streams":[{"stream":{"a":"b"},"values":[["1","x"]]}]}';
  assert.deepEqual(
    decodeLegacyPushJson(Buffer.from(body), one, () => 0n),
    { streams: [], received: 1 },
  );
});

test('legacy JSON with a bad time is refused', () => {
  const body = '{"streams":[{"labels":"{}","entries":[{"ts":"soon","line":""}]}]}';
  assert.match(decodeLegacyPushJson(Buffer.from(body), one, () => undefined).error!, /"soon" is not an RFC 3339 time/);
});

test('reads what JSON.stringify writes (seeded)', () => {
  const seed = 99;
  const random = seededRandom(seed);
  for (let round = 0; round < 300; round++) {
    const streams = Array.from({ length: randomInt(random, 4) }, () => ({
      stream: { l: randomText(random) },
      values: Array.from({ length: 1 + randomInt(random, 40) }, (_, i) => [
        String(i),
        randomText(random),
        { m: randomText(random) },
      ]),
    }));
    const result = decodePushJson(Buffer.from(JSON.stringify({ streams })), refuse);
    const expected = streams.map((stream) => [
      printLabels(createLabels(stream.stream)),
      ...stream.values.map(([time, line, metadata]) => [
        BigInt(time as string),
        line,
        printLabels(createLabels(metadata as { m: string })),
      ]),
    ]);
    assert.deepEqual(result.streams!.map(show), expected, `seed ${seed}, round ${round}`);
  }
});

test('cutting or changing bytes never throws (seeded)', () => {
  const random = seededRandom(100);
  const text = String.raw`{"streams":[{"stream":{"a":"b","n":{"x":[1]}},"values":[["1795136400000000001","x\u00e9\n",{"k":"v"}],["2"]]}],"x":[{}]}`;
  for (let round = 0; round < 10_000; round++) {
    const bytes = Buffer.from(text.slice(0, 1 + randomInt(random, text.length)));
    for (let i = randomInt(random, 4); i > 0; i--) bytes[randomInt(random, bytes.length)] = randomInt(random, 256);
    for (const stream of decodePushJson(bytes, one).streams ?? []) show(stream);
  }
});

function randomText(random: Random): string {
  const pieces = ['', 'a', 'ünï', '🌍', '"', '\\', '\n', '\u0001', '\u2028', 'x'.repeat(42), '{"a":"b"}'];
  return Array.from({ length: randomInt(random, 5) }, () => pieces[randomInt(random, pieces.length)]).join('');
}
