import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCriEncoder, criTime } from './cri-log.ts';

/** The records of chunks, as `tag content`. */
function encoded(chunks: readonly string[], ended = true): string[] {
  const encoder = createCriEncoder('stdout', () => 'T');
  const records = chunks.flatMap((chunk) => encoder.push(Buffer.from(chunk, 'latin1')));
  if (ended) records.push(...encoder.end());
  return records.map((record) => {
    const text = record.toString('latin1');
    assert.match(text, /^T stdout [FP] [^\n]*\n$/);
    return text.slice('T stdout '.length, -1);
  });
}

test('lines, across chunks, empty ones, and the last without a newline', () => {
  assert.deepEqual(encoded(['a\nb\n']), ['F a', 'F b']);
  assert.deepEqual(encoded(['a', 'b', '\nc\n']), ['F ab', 'F c']);
  assert.deepEqual(encoded(['\n\n']), ['F ', 'F ']);
  assert.deepEqual(encoded(['a\nrest']), ['F a', 'F rest']);
  assert.deepEqual(encoded(['a\nrest'], false), ['F a']);
  assert.deepEqual(encoded([]), []);
});

test('a line above 16 KiB comes in parts', () => {
  const size = 16 * 1024;
  const lengths = (length: number) =>
    encoded([`${'x'.repeat(length)}\n`]).map((record) => `${record[0]}${record.length - 2}`);
  assert.deepEqual(lengths(size), [`F${size}`]);
  assert.deepEqual(lengths(size + 1), [`P${size}`, 'F1']);
  assert.deepEqual(lengths(2 * size + 5), [`P${size}`, `P${size}`, 'F5']);
});

test('property: parts joined are what was written, however it was cut', () => {
  let seed = 7;
  const random = (most: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return seed % most;
  };
  for (let run = 0; run < 50; run++) {
    const text = Array.from({ length: random(6) }, () => `${'ab'.repeat(random(15_000))}\n`).join('');
    const chunks: string[] = [];
    for (let at = 0; at < text.length; ) {
      const length = 1 + random(40_000);
      chunks.push(text.slice(at, at + length));
      at += length;
    }
    const joined = encoded(chunks)
      .map((record) => record.slice(2) + (record[0] === 'F' ? '\n' : ''))
      .join('');
    assert.ok(joined === text, `run ${run}`);
  }
});

test('times are RFC 3339 with nanoseconds and rise', () => {
  const times = Array.from({ length: 50 }, criTime);
  for (const time of times) assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?Z$/);
  assert.ok(Math.abs(Date.parse(times[0] as string) - Date.now()) < 1_000);
});
