import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseByteSize, printByteSize } from './byte-size.ts';

for (const [text, bytes] of [
  ['5B', 5],
  ['5KB', 5000],
  ['5kB', 5000],
  ['5KiB', 5120],
  ['1.5MB', 1_500_000],
  ['2GiB', 2 ** 31],
  ['3P', 3e15],
  ['1ki', 1024],
  ['0.0001kB', 0],
  ['5XB', undefined],
  ['1.1.1MB', undefined],
  ['99999EB', undefined],
] as const)
  test(`read: ${text}`, () => assert.equal(parseByteSize(text), bytes));

for (const [bytes, text] of [
  [0, '0B'],
  [9, '9B'],
  [10, '10B'],
  [5000, '5.0kB'],
  [5432, '5.4kB'],
  [20_000_000, '20MB'],
  [1_500_000_000, '1.5GB'],
] as const)
  test(`printed: ${text}`, () => assert.equal(printByteSize(bytes), text));
