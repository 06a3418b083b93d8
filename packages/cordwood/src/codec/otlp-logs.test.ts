import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, randomInt, seededRandom } from '../world/random.ts';
import {
  decodeOtlpLogs,
  decodeOtlpLogsJson,
  encodeOtlpLogs,
  type OtlpAttribute,
  type OtlpLogRecord,
  type OtlpLogs,
  type OtlpValue,
  otlpDepthMax,
} from './otlp-logs.ts';

const emptyRecord: OtlpLogRecord = {
  timeNs: 0n,
  observedTimeNs: 0n,
  severityNumber: 0,
  severityText: '',
  body: { kind: 'empty' },
  attributes: [],
  droppedAttributesCount: 0,
  flags: 0,
  traceId: '',
  spanId: '',
  eventName: '',
};

function onlyRecord(record: Partial<OtlpLogRecord>): OtlpLogs {
  const scope = { name: '', version: '', attributes: [], droppedAttributesCount: 0 };
  return {
    resourceLogs: [
      {
        attributes: [],
        droppedAttributesCount: 0,
        scopeLogs: [{ ...scope, records: [{ ...emptyRecord, ...record }] }],
      },
    ],
  };
}

const recordJson = (text: string) => `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${text}]}]}]}`;

/** A request that Grafana Loki 3.7.6 took. */
test('decodes a recorded protobuf request', () => {
  const bytes = Buffer.from(
    'CrEBCiEKHwoMc2VydmljZS5uYW1lEg8KDXByb3RvLXNlcnZpY2USiwEKEgoLcHJvdG8uc2NvcGUSAzIuMBJ1CQAAfVZDm+kYEBEaBUVSUk9SKg8KDWZyb20gcHJvdG9idWYyEgoFcmF0aW8SCSEAAAAAAADoPzILCgVjb3VudBICGAwyCgoEZmxhZxICEAFKEFuO//eYA4ED0mm2M4E/xgxSCO7hm37DwbF0WfQBfVZDm+kY',
    'base64',
  );
  assert.deepEqual(decodeOtlpLogs(bytes).logs, {
    resourceLogs: [
      {
        attributes: [{ key: 'service.name', value: { kind: 'string', value: 'proto-service' } }],
        droppedAttributesCount: 0,
        scopeLogs: [
          {
            name: 'proto.scope',
            version: '2.0',
            attributes: [],
            droppedAttributesCount: 0,
            records: [
              {
                ...emptyRecord,
                timeNs: 1795136640000000000n,
                observedTimeNs: 1795136640000000500n,
                severityNumber: 17,
                severityText: 'ERROR',
                body: { kind: 'string', value: 'from protobuf' },
                attributes: [
                  { key: 'ratio', value: { kind: 'double', value: 0.75 } },
                  { key: 'count', value: { kind: 'int', value: 12n } },
                  { key: 'flag', value: { kind: 'bool', value: true } },
                ],
                traceId: '5b8efff798038103d269b633813fc60c',
                spanId: 'eee19b7ec3c1b174',
              },
            ],
          },
        ],
      },
    ],
  });
});

const jsonRecords: [name: string, text: string, record: Partial<OtlpLogRecord>][] = [
  [
    'times as strings',
    '{"timeUnixNano":"1795136400000000011","observedTimeUnixNano":"5"}',
    { timeNs: 1795136400000000011n, observedTimeNs: 5n },
  ],
  ['times as numbers keep every digit', '{"timeUnixNano":1795136400000000011}', { timeNs: 1795136400000000011n }],
  ['times as numbers with spaces', '{"timeUnixNano" : 1795136400000000011 }', { timeNs: 1795136400000000011n }],
  ['proto field names', '{"time_unix_nano":"7","severity_text":"x"}', { timeNs: 7n, severityText: 'x' }],
  ['null is absent', '{"body":null,"traceId":null,"attributes":null}', {}],
  ['severity by name', '{"severityNumber":"SEVERITY_NUMBER_WARN3"}', { severityNumber: 15 }],
  ['severity by number', '{"severityNumber":9}', { severityNumber: 9 }],
  [
    'ids',
    '{"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"eee19b7ec3c1b174"}',
    { traceId: '5b8efff798038103d269b633813fc60c', spanId: 'eee19b7ec3c1b174' },
  ],
  ['ids of zeros are not set', '{"traceId":"00000000000000000000000000000000"}', {}],
  ['big int as number', '{"body":{"intValue":9007199254740993}}', { body: { kind: 'int', value: 9007199254740993n } }],
  ['int as string', '{"body":{"intValue":"-3"}}', { body: { kind: 'int', value: -3n } }],
  ['doubles', '{"body":{"doubleValue":"Infinity"}}', { body: { kind: 'double', value: Number.POSITIVE_INFINITY } }],
  ['bytes', '{"body":{"bytesValue":"AQID"}}', { body: { kind: 'bytes', value: Buffer.from([1, 2, 3]) } }],
  ['empty value', '{"body":{}}', {}],
  ['unknown keys', '{"flags":3,"new":{"a":[1]}}', { flags: 3 }],
  ['__proto__ is no field', '{"__proto__":{"severityText":"x"}}', {}],
  [
    'nested',
    '{"body":{"kvlistValue":{"values":[{"key":"a","value":{"arrayValue":{"values":[{"boolValue":false},{}]}}}]}}}',
    {
      body: {
        kind: 'map',
        entries: [{ key: 'a', value: { kind: 'array', values: [{ kind: 'bool', value: false }, { kind: 'empty' }] } }],
      },
    },
  ],
];
for (const [name, text, record] of jsonRecords) {
  test(`decodes JSON: ${name}`, () => {
    assert.deepEqual(decodeOtlpLogsJson(recordJson(text)), { logs: onlyRecord(record) });
  });
}

const brokenJson: [name: string, text: string, error: RegExp][] = [
  ['cut', '{"resourceLogs":[', /JSON/],
  ['a list', '[]', /expected an object, found a list/],
  ['null', 'null', /expected an object/],
  ['records not a list', '{"resourceLogs":{}}', /resourceLogs: expected a list/],
  ['short trace id', recordJson('{"traceId":"abcd"}'), /traceId: expected 32 hexadecimal digits/],
  ['time as text', recordJson('{"timeUnixNano":"yesterday"}'), /timeUnixNano: expected an integer/],
  ['time as fraction', recordJson('{"timeUnixNano":1.5}'), /timeUnixNano: expected an integer/],
  ['body as text', recordJson('{"body":"text"}'), /body: expected an object/],
  [
    'deep',
    recordJson(`{"body":${'{"arrayValue":{"values":['.repeat(otlpDepthMax + 2)}${']}}'.repeat(otlpDepthMax + 2)}}`),
    /nested deeper/,
  ],
];
for (const [name, text, error] of brokenJson) {
  test(`refuses JSON: ${name}`, () => assert.match(decodeOtlpLogsJson(text).error!, error));
}

const brokenBytes: [name: string, hex: string, error: RegExp][] = [
  ['garbage', '67617262616765', /illegal wireType 7|unexpected EOF/],
  ['cut', '0a05', /unexpected EOF/],
  ['trace id of 3 bytes', '0a0912071205' + '4a03' + '010203', /invalid length for TraceId/],
];
for (const [name, hex, error] of brokenBytes) {
  test(`refuses protobuf: ${name}`, () => assert.match(decodeOtlpLogs(Buffer.from(hex, 'hex')).error ?? 'fine', error));
}

test('refuses protobuf that nests too deep', () => {
  let value: OtlpValue = { kind: 'empty' };
  for (let i = 0; i < otlpDepthMax + 2; i++) value = { kind: 'array', values: [value] };
  assert.match(decodeOtlpLogs(encodeOtlpLogs(onlyRecord({ body: value }))).error!, /nested deeper/);
});

test('what is encoded decodes to the same (seeded)', () => {
  const seed = 42;
  const random = seededRandom(seed);
  for (let round = 0; round < 300; round++) {
    const logs = randomLogs(random);
    assert.deepEqual(decodeOtlpLogs(encodeOtlpLogs(logs)).logs, logs, `seed ${seed}, round ${round}`);
  }
});

test('cutting or changing bytes never throws (seeded)', () => {
  const seed = 43;
  const random = seededRandom(seed);
  for (let round = 0; round < 5000; round++) {
    const good = encodeOtlpLogs(randomLogs(random));
    const bytes = Buffer.from(good.subarray(0, randomInt(random, good.length + 1)));
    for (let i = randomInt(random, 4); i > 0 && bytes.length > 0; i--)
      bytes[randomInt(random, bytes.length)] = randomInt(random, 256);
    decodeOtlpLogs(bytes);
    decodeOtlpLogsJson(bytes.toString('latin1'));
  }
});

function randomLogs(random: Random): OtlpLogs {
  const some = <T>(limit: number, make: () => T): T[] => Array.from({ length: randomInt(random, limit) }, make);
  return {
    resourceLogs: some(3, () => ({
      attributes: some(4, () => randomAttribute(random, 0)),
      droppedAttributesCount: randomInt(random, 3),
      scopeLogs: some(3, () => ({
        name: randomText(random),
        version: randomText(random),
        attributes: some(3, () => randomAttribute(random, 0)),
        droppedAttributesCount: randomInt(random, 3),
        records: some(4, () => ({
          timeNs: BigInt(Math.floor(random() * 1e18)),
          observedTimeNs: 2n ** 64n - 1n - BigInt(randomInt(random, 9)),
          severityNumber: randomInt(random, 30),
          severityText: randomText(random),
          body: randomValue(random, 0),
          attributes: some(4, () => randomAttribute(random, 0)),
          droppedAttributesCount: randomInt(random, 300),
          flags: randomInt(random, 2 ** 32),
          traceId: randomInt(random, 2) === 0 ? '' : `${'ab'.repeat(15)}01`,
          spanId: randomInt(random, 2) === 0 ? '' : `${'cd'.repeat(7)}01`,
          eventName: randomText(random),
        })),
      })),
    })),
  };
}

function randomAttribute(random: Random, depth: number): OtlpAttribute {
  return { key: randomText(random), value: randomValue(random, depth) };
}

function randomValue(random: Random, depth: number): OtlpValue {
  switch (randomInt(random, depth > 3 ? 6 : 8)) {
    case 0:
      return { kind: 'empty' };
    case 1:
      return { kind: 'string', value: randomText(random) };
    case 2:
      return { kind: 'bool', value: randomInt(random, 2) === 0 };
    case 3:
      return { kind: 'int', value: BigInt.asIntN(64, BigInt(Math.floor((random() - 0.5) * 2 ** 64))) };
    case 4:
      return { kind: 'double', value: (random() - 0.5) * 1e300 };
    case 5:
      return { kind: 'bytes', value: Buffer.from(randomText(random)) };
    case 6:
      return {
        kind: 'array',
        values: Array.from({ length: randomInt(random, 3) }, () => randomValue(random, depth + 1)),
      };
    default:
      return {
        kind: 'map',
        entries: Array.from({ length: randomInt(random, 3) }, () => randomAttribute(random, depth + 1)),
      };
  }
}

function randomText(random: Random): string {
  const pieces = ['', 'a', 'ünï', '🌍', 'x'.repeat(42), 'ß'.repeat(60)];
  return Array.from({ length: randomInt(random, 4) }, () => pieces[randomInt(random, pieces.length)]).join('');
}
