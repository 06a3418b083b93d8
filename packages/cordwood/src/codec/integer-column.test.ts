import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomInt, seededRandom } from '../world/random.ts';
import { MalformedBytes } from './byte-reader.ts';
import { decodeIntegers, decodeUint32s, encodeIntegers } from './integer-column.ts';

function roundTrip(values: readonly number[], maxBytes?: number): void {
  const bytes = encodeIntegers(Float64Array.from(values), values.length);
  assert.deepEqual([...decodeIntegers(bytes, values.length)], values);
  if (maxBytes !== undefined) assert.ok(bytes.length <= maxBytes, `${bytes.length} bytes instead of ${maxBytes}`);
}

test('integers come back', () => {
  roundTrip([]);
  roundTrip([0]);
  roundTrip([-5, -5, -5], 3);
  roundTrip([1, 2, 3, 4, 5]);
  roundTrip([5, 4, 3, 2, 1]);
  roundTrip([0, 255], 8);
  roundTrip([0, 256, 0, 256]);
  roundTrip([1000, 3000, 2000], 9);
  roundTrip([2 ** 51, -(2 ** 51), 0]);
  roundTrip([0, 86_399_999_999_999]);
  roundTrip([0xffffffff, 0, 0x100000000]);
});

test('equal steps cost one byte a value at most, before compression', () => {
  const values = Array.from({ length: 1000 }, (_, i) => 1_000_000_007 + i * 1_000_000);
  roundTrip(values, 1012);
});

test('random columns come back', () => {
  const seed = 4711;
  const random = seededRandom(seed);
  for (let round = 0; round < 300; round++) {
    const bits = randomInt(random, 51) + 1;
    const count = randomInt(random, 50);
    const signed = random() < 0.5;
    const sorted = random() < 0.5;
    let values = Array.from({ length: count }, () => Math.floor(random() * 2 ** bits) - (signed ? 2 ** (bits - 1) : 0));
    if (sorted) values = values.sort((a, b) => a - b);
    roundTrip(values);
    if (!signed && bits <= 32) {
      const column = Uint32Array.from(values);
      assert.deepEqual(decodeUint32s(encodeIntegers(column, count), count), column, `seed ${seed} round ${round}`);
    }
  }
});

test('broken bytes are an error, never a crash', () => {
  const random = seededRandom(5);
  const bytes = encodeIntegers(Float64Array.from([1, 500, 3, 70_000]), 4);
  for (let round = 0; round < 500; round++) {
    const damaged = bytes.slice(0, randomInt(random, bytes.length + 1));
    if (damaged.length > 0) damaged[randomInt(random, damaged.length)] = randomInt(random, 256);
    try {
      decodeIntegers(damaged, 4);
    } catch (error) {
      assert.ok(error instanceof MalformedBytes);
    }
  }
});
