import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { decompress } from './decompress.ts';

const text = Buffer.from('a line of text, '.repeat(1000));
const packed = { gzip: gzipSync(text), deflate: deflateRawSync(text), zstd: zstdCompressSync(text) } as const;

for (const encoding of ['gzip', 'deflate', 'zstd'] as const) {
  test(`${encoding}: whole, up to the limit and not above`, async () => {
    assert.deepEqual(await decompress(packed[encoding], encoding, text.length), text);
    await assert.rejects(decompress(packed[encoding], encoding, text.length - 1), {
      status: 400,
      message: `decompressed message size too large than max (more than ${text.length - 1})`,
    });
  });
  test(`${encoding}: every cut and every flipped byte is an answer, never a crash`, async () => {
    const bytes = packed[encoding];
    for (let at = 0; at < bytes.length; at++) {
      await assert.rejects(decompress(bytes.subarray(0, at), encoding, text.length), { status: 400 });
      const flipped = Buffer.from(bytes);
      flipped[at]! ^= 0xff;
      await decompress(flipped, encoding, text.length).catch((error) => assert.equal(error.status, 400));
    }
  });
}

test('the texts are those of Go', async () => {
  await assert.rejects(decompress(Buffer.alloc(0), 'gzip', 10), { message: 'EOF' });
  await assert.rejects(decompress(Buffer.from('x'), 'gzip', 10), { message: 'unexpected EOF' });
  await assert.rejects(decompress(Buffer.from('not compressed at all'), 'gzip', 10), {
    message: 'gzip: invalid header',
  });
});
