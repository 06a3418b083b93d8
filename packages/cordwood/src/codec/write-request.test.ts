import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLabels } from '../model/labels.ts';
import { readWriteRequest } from '../rules/test/read-write-request.ts';
import { compressSnappy } from './snappy.ts';
import { encodeWriteRequest } from './write-request.ts';

test('samples, stale marks and values without a number', () => {
  const labels = createLabels({ __name__: 'a:b', app: 'ü' });
  const sample = { labels, timestampMs: 1_795_132_800_000, stale: false };
  const bytes = encodeWriteRequest([
    { ...sample, value: 1.5 },
    { ...sample, value: Number.POSITIVE_INFINITY },
    { ...sample, value: Number.NaN },
    { ...sample, value: Number.NaN, stale: true },
  ]);
  assert.deepEqual(
    readWriteRequest(compressSnappy(bytes)),
    ['1.5', 'Infinity', 'NaN', 'stale'].map((value) => `a:b{app="ü"} ${value} @1795132800000`),
  );
  assert.ok(
    Buffer.from(bytes).toString('hex').includes('020000000000f07f'),
    'the bits of the stale mark, little endian',
  );
});
