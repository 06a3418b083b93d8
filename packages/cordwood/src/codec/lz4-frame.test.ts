import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomInt, seededRandom } from '../world/random.ts';
import { decompressLz4 } from './lz4-frame.ts';

/** 20 times "abcabcabcabcabcabcabcabcabc" and "xyz", as the reference implementation (`lz4 -9`) packs it. */
const reference = Buffer.from('BCJNGGRApw8AAAA/YWJjAwD//wZQYmN4eXoAAAAAvrs1sA==', 'base64');

const header = '04224d18604082';
const framed = (block: string, size = block.length / 2) => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(size);
  return Buffer.concat([Buffer.from(header, 'hex'), length, Buffer.from(block, 'hex'), Buffer.alloc(4)]);
};

const good: [name: string, input: Buffer, text: string][] = [
  ['the reference packer', reference, `${'abc'.repeat(180)}xyz`],
  // Literals "abc", a match of 4 + 15 + 12 bytes three back, literals "xyxyz".
  ['a match that overlaps itself', framed('3f61626303000c50787978797a'), `${'abc'.repeat(11)}axyxyz`],
  ['a stored block', framed('616263', 0x80000003), 'abc'],
  ['an empty frame', Buffer.from(`${header}00000000`, 'hex'), ''],
  ['frames in a row', Buffer.concat([framed('616263', 0x80000003), framed('646566', 0x80000003)]), 'abcdef'],
  [
    'a skippable frame first',
    Buffer.concat([Buffer.from('502a4d1802000000ffff', 'hex'), framed('616263', 0x80000003)]),
    'abc',
  ],
];
for (const [name, input, text] of good) {
  test(`unpacks ${name}`, () => assert.equal(decompressLz4(input, 10_000).bytes?.toString(), text));
}

const bad: [name: string, input: Buffer, error: RegExp][] = [
  ['no frame', Buffer.from('hello world'), /bad magic/],
  ['nothing at all', Buffer.alloc(0), /unexpected end/],
  ['a cut frame', reference.subarray(0, 20), /bad block size|unexpected end/],
  ['a match before the start', framed('1f6109000050787978797a'), /corrupt block/],
  ['a match at offset 0', framed('1f6100000050787978797a'), /corrupt block/],
  ['literals past the block', framed('f0ff'), /corrupt block/],
];
for (const [name, input, error] of bad) {
  test(`refuses ${name}`, () => assert.match(decompressLz4(input, 10_000).error ?? 'fine', error));
}

test('stops at the size limit', () => {
  const result = decompressLz4(reference, 100);
  assert.deepEqual(result, { error: 'decompressed message size too large than max (more than 100)', tooLarge: true });
});

test('cutting or changing bytes never throws (seeded)', () => {
  const random = seededRandom(5);
  for (let round = 0; round < 5000; round++) {
    const bytes = Buffer.from(reference.subarray(0, 1 + randomInt(random, reference.length)));
    for (let i = randomInt(random, 4); i > 0; i--) bytes[randomInt(random, bytes.length)] = randomInt(random, 256);
    decompressLz4(bytes, 100_000);
  }
});
