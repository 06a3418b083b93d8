import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomInt, seededRandom } from '../../world/random.ts';
import { FrameReader } from './frame-reader.ts';

const read = (text: string, max = 100) => {
  const reader = new FrameReader(max);
  const { messages, error } = reader.read(Buffer.from(text));
  return { messages: [...messages, ...reader.end()], error, tooLong: reader.tooLong };
};

test('to the newline', () => assert.deepEqual(read('<1>a\n<2>b\r\n<3>c').messages, ['<1>a', '<2>b', '<3>c']));
test('to a NUL', () =>
  assert.deepEqual(new FrameReader(100, { delimiters: [0] }).read(Buffer.from('<1>a\nb\0')).messages, ['<1>a\nb']));
test('counted', () => assert.deepEqual(read('5 <1>ab6 <2>a\nb').messages, ['<1>ab', '<2>a\nb']));
test('counted, with a newline behind', () => assert.deepEqual(read('4 <1>a\n4 <2>b\n').messages, ['<1>a', '<2>b']));
test('counted bytes, not characters', () => assert.deepEqual(read('5 <1>ü4 <2>b').messages, ['<1>ü', '<2>b']));
test('both in one stream', () => assert.deepEqual(read('4 <1>a<2>b\n4 <3>c').messages, ['<1>a', '<2>b', '<3>c']));
test('neither', () => assert.match(read('hello\n').error!, /neither/));
test('no length', () => assert.match(read('5x <1>a').error!, /no length/));
test('counted and too long', () => assert.match(read('101 <1>').error!, /longer than 100/));
test('too long, and the next one', () => {
  const { messages, tooLong } = read(`<1>${'x'.repeat(200)}\n<2>b\n`);
  assert.deepEqual(messages, ['<2>b']);
  assert.equal(tooLong, 1);
});
test('without frames of its own', () => {
  const reader = new FrameReader(100, { counted: false });
  assert.deepEqual(reader.read(Buffer.from('5 hello\nworld\n')).messages, ['5 hello', 'world']);
});

test('the same messages however the stream is cut', (context) => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);
  context.diagnostic(`SEED=${seed}`);
  const random = seededRandom(seed);
  for (let round = 0; round < 200; round++) {
    const messages = Array.from(
      { length: 1 + randomInt(random, 8) },
      (_, i) => `<${i}>${'äx'.repeat(randomInt(random, 20))}`,
    );
    const bytes = Buffer.from(
      messages.map((text) => (random() < 0.5 ? `${Buffer.byteLength(text)} ${text}` : `${text}\n`)).join(''),
    );
    const reader = new FrameReader(1000);
    const found: string[] = [];
    for (let at = 0; at < bytes.length; ) {
      const next = Math.min(bytes.length, at + 1 + randomInt(random, 12));
      found.push(...reader.read(bytes.subarray(at, next)).messages);
      at = next;
    }
    assert.deepEqual([...found, ...reader.end()], messages, `SEED=${seed}`);
  }
});
