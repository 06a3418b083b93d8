import assert from 'node:assert/strict';
import test from 'node:test';
import type { Batch } from '../../model/batch.ts';
import { BatchLines } from './batch-lines.ts';

/** A batch that gives lines only where they are asked for, and counts how often. */
function batchOf(texts: readonly string[], asked: string[]): Batch {
  return {
    rowCount: texts.length,
    findLiteral: () => new Uint8Array(texts.length),
    lines(only) {
      asked.push(only === undefined ? 'all' : only.join(''));
      const parts = texts.map((text, row) => (only?.[row] === 0 ? '' : text));
      const ends = Uint32Array.from(parts, (_part, row) => parts.slice(0, row + 1).join('').length);
      return { bytes: Buffer.from(parts.join('')), starts: ends.map((end, row) => end - parts[row]!.length), ends };
    },
  } as Partial<Batch> as Batch;
}

test('lines are asked for once, and again only for rows that are not there yet', () => {
  const asked: string[] = [];
  const lines = new BatchLines(batchOf(['one', 'two', 'three'], asked));
  const text = (rows: readonly number[], row: number) => {
    const { buffer, starts, ends } = lines.block(Uint8Array.from(rows));
    return buffer.toString('utf8', starts[row], ends[row]);
  };
  assert.equal(text([1, 1, 0], 1), 'two');
  assert.equal(text([0, 1, 0], 1), 'two');
  assert.equal(text([0, 0, 1], 2), 'three');
  assert.equal(text([1, 1, 1], 0), 'one');
  assert.deepEqual(asked, ['110', '111']);
});

test('columns are searched only while the lines are not there', () => {
  const lines = new BatchLines(batchOf(['one', 'two'], []));
  const literal = Buffer.from('x');
  assert.ok(lines.find(literal, false, Uint8Array.of(1, 1)) !== undefined);
  lines.block(Uint8Array.of(1, 0));
  assert.equal(lines.find(literal, false, Uint8Array.of(1, 0)), undefined);
  assert.ok(lines.find(literal, false, Uint8Array.of(1, 1)) !== undefined);
});
