import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteWriter } from '../codec/byte-writer.ts';
import { checksum } from '../codec/checksum.ts';
import { decodeManifest, encodeManifest, type Manifest } from './manifest.ts';

const chunk = { day: 20_000, minOffset: 5, maxOffset: 9, rowCount: 3, lineBytes: 70, fileBytes: 300, level: 0 };
const manifest: Manifest = {
  tenant: 'a|b/..',
  sealedSequence: 40,
  nextChunkId: 9,
  chunks: [
    { id: 3, ...chunk, minSequence: 1, maxSequence: 20 },
    { id: 8, ...chunk, level: 2, minSequence: 21, maxSequence: 40 },
  ],
};

test('a manifest reads as it was written', () => {
  assert.deepEqual(decodeManifest(encodeManifest(manifest), 'm'), manifest);
});

test('version 1 is read: its chunks count as written together', () => {
  const writer = new ByteWriter(200);
  writer.raw(Uint8Array.of(...Buffer.from('CWMANIF'), 1));
  writer.text(manifest.tenant);
  writer.varint(40);
  writer.varint(9);
  writer.varint(1);
  writer.varint(3);
  writer.int64(BigInt(chunk.day));
  for (const value of [5, 9, 3, 70, 300, 0]) writer.varint(value);
  writer.uint32(checksum(writer.bytes()));
  assert.deepEqual(decodeManifest(writer.bytes(), 'm'), {
    ...manifest,
    chunks: [{ id: 3, ...chunk, minSequence: 0, maxSequence: 40 }],
  });
});

test('every changed or missing byte is noticed', () => {
  const bytes = encodeManifest(manifest);
  for (let at = 0; at < bytes.length; at++) {
    const damaged = bytes.slice();
    damaged[at]! ^= 0x10;
    assert.throws(() => decodeManifest(damaged, 'm'), { name: 'WorldError' }, `byte ${at}`);
    assert.throws(() => decodeManifest(bytes.subarray(0, at), 'm'), { code: 'CORRUPT' }, `cut at ${at}`);
  }
  const newer = bytes.slice();
  newer[7] = 200;
  assert.throws(() => decodeManifest(newer, 'm'), { code: 'FORMAT_VERSION' });
});
