import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CountedReceipt, joinReceipts, noReceipt } from './receipt.ts';

test('completes once, when everyone has let go; until then the lowest held offset counts', () => {
  let completed = 0;
  const receipt = new CountedReceipt(10, 50, () => completed++);
  receipt.hold(30);
  receipt.hold(20);
  receipt.hold(30);
  receipt.release(10);
  assert.equal(receipt.doneUpTo(), 20);
  receipt.release(20);
  assert.equal(receipt.doneUpTo(), 30);
  receipt.release(30);
  assert.deepEqual([receipt.isComplete, completed], [false, 0]);
  receipt.release(30);
  assert.deepEqual([receipt.isComplete, completed, receipt.doneUpTo()], [true, 1, 50]);
  assert.throws(() => receipt.release(30), /BUG/);
});

test('a joined receipt holds each of its parts, once per receipt', () => {
  const done: string[] = [];
  const a = new CountedReceipt(0, 9, () => done.push('a'));
  const b = new CountedReceipt(0, 9, () => done.push('b'));
  const { receipt, offset } = joinReceipts([
    { receipt: a, offset: 1 },
    { receipt: a, offset: 2 },
    { receipt: noReceipt, offset: 0 },
    { receipt: b, offset: 3 },
  ]);
  receipt.hold(offset);
  a.release(0);
  b.release(0);
  assert.deepEqual([a.doneUpTo(), b.doneUpTo(), done], [1, 3, []]);
  receipt.release(offset);
  assert.deepEqual(done, ['a', 'b']);
});
