import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomInt, seededRandom } from '../world/random.ts';
import { MalformedBytes } from './byte-reader.ts';
import { decodeTexts, encodeTexts, TextColumnBuilder } from './text-column.ts';

function encode(values: readonly (string | undefined)[]): Uint8Array {
  const builder = new TextColumnBuilder(values.length);
  for (const [row, value] of values.entries()) if (value !== undefined) builder.set(row, value);
  return encodeTexts(builder);
}

function decode(bytes: Uint8Array, rowCount: number): (string | undefined)[] {
  const { codes, texts } = decodeTexts(bytes, rowCount);
  return [...codes].map((code) => (code === 0 ? undefined : texts[code - 1]));
}

function roundTrip(values: readonly (string | undefined)[]): void {
  assert.deepEqual(decode(encode(values), values.length), values);
}

test('texts come back', () => {
  roundTrip([]);
  roundTrip([undefined]);
  roundTrip(['']);
  roundTrip(['info', 'info', undefined, 'warn', '']);
  roundTrip(['grüße', '🌍', '\u0000', 'a'.repeat(300)]);
});

test('random columns of few and of many texts come back', () => {
  const random = seededRandom(17);
  for (let round = 0; round < 200; round++) {
    const variety = randomInt(random, 3) === 0 ? 3 : 1e9;
    const values = Array.from({ length: randomInt(random, 60) }, () =>
      random() < 0.2 ? undefined : `v${randomInt(random, variety)}`,
    );
    roundTrip(values);
  }
});

test('broken bytes are an error, never a crash', () => {
  const random = seededRandom(6);
  for (const bytes of [encode(['a', 'b', 'a', 'a']), encode(Array.from({ length: 40 }, (_, i) => `text ${i}`))]) {
    for (let round = 0; round < 500; round++) {
      const damaged = bytes.slice(0, randomInt(random, bytes.length + 1));
      if (damaged.length > 0) damaged[randomInt(random, damaged.length)] = randomInt(random, 256);
      try {
        decodeTexts(damaged, 40);
      } catch (error) {
        assert.ok(error instanceof MalformedBytes);
      }
    }
  }
});
