import assert from 'node:assert/strict';
import { test } from 'node:test';
import { releaseBytes } from './release-bytes.ts';
import { compressSnappy, decompressSnappy } from './snappy.ts';

test('memory of its own is given back, a part of a shared block stays', () => {
  const whole = Buffer.alloc(100_000, 'x');
  releaseBytes(whole);
  releaseBytes(whole);
  assert.equal(whole.length, 0);
  const { bytes } = decompressSnappy(compressSnappy(Buffer.alloc(50_000, 'abc')), 1e6);
  releaseBytes(bytes!);
  assert.equal(bytes!.length, 0);
  const block = Buffer.alloc(1000, 'y');
  const part = block.subarray(10, 20);
  releaseBytes(part);
  assert.equal(part.toString(), 'yyyyyyyyyy');
  const pooled = Buffer.from('small');
  releaseBytes(pooled);
  assert.equal(pooled.toString(), 'small');
});
