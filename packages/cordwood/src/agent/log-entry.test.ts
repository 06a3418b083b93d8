import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomInt, seededRandom } from '../world/random.ts';
import { LabelSet } from './label-set.ts';
import { Chunk, decodeLine, encodeLine, entrySizeBytes, LogEntry } from './log-entry.ts';
import { noReceipt } from './receipt.ts';

test('any bytes come through text unchanged', () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);
  const random = seededRandom(seed);
  const pieces = [
    Buffer.from('a'),
    Buffer.from('é'),
    Buffer.from('😀'),
    Buffer.from('\ufffd'),
    Buffer.of(0xff),
    Buffer.of(0xc3),
    Buffer.of(0xed, 0xa0, 0x80),
    Buffer.of(0xf0, 0x9f),
  ];
  for (let i = 0; i < 3000; i++) {
    const bytes = Buffer.concat(
      Array.from({ length: randomInt(random, 8) }, () => pieces[randomInt(random, pieces.length)]!),
    );
    assert.deepEqual(encodeLine(decodeLine(bytes, 0, bytes.length)), bytes, `SEED=${seed} ${bytes.toString('hex')}`);
  }
});

test('a character whose second half looks like an escaped byte is no escape', () => {
  const text = '\u{10480}\u{1f480}';
  assert.deepEqual(encodeLine(text), Buffer.from(text));
});

test('a line of a chunk is a view until it is changed', () => {
  const chunk = new Chunk(Buffer.from('one\ntwö\n'));
  const entry = LogEntry.ofChunk(LabelSet.empty, 1, 2, noReceipt, chunk, 4, 8);
  assert.equal(entry.text, 'twö');
  assert.equal(entry.lineBytes(), 4);
  assert.equal(entrySizeBytes(entry), 4);
  assert.equal(entry.timestampNs, 1_000_000_002n);
  entry.setText('three');
  assert.equal(entry.chunk, undefined);
  assert.equal(entry.bytes().toString(), 'three');
  entry.setTimestampNs(-1n);
  assert.deepEqual([entry.seconds, entry.nanos, entry.timestampNs], [-1, 999_999_999, -1n]);
});
