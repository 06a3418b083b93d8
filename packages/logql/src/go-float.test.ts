import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseGoFloat, printFixedFloat, printFloat, printPlainFloat } from './go-float.ts';

/** [value, %v, 'f' -1, %f] */
for (const [value, general, plain, fixed] of [
  [0, '0', '0', '0.000000'],
  [1, '1', '1', '1.000000'],
  [-2.5, '-2.5', '-2.5', '-2.500000'],
  [1e-5, '1e-05', '0.00001', '0.000010'],
  [0.0001, '0.0001', '0.0001', '0.000100'],
  [1e20, '100000000000000000000', '100000000000000000000', '100000000000000000000.000000'],
  [1.5e21, '1.5e+21', '1500000000000000000000', '1500000000000000000000.000000'],
  [1e300, '1e+300', `1${'0'.repeat(300)}`, `${BigInt(1e300)}.000000`],
  [123456.789, '123456.789', '123456.789', '123456.789000'],
  [Number.NaN, 'NaN', 'NaN', 'NaN'],
  [Number.POSITIVE_INFINITY, '+Inf', '+Inf', '+Inf'],
  [Number.NEGATIVE_INFINITY, '-Inf', '-Inf', '-Inf'],
] as const)
  test(`printed: ${value}`, () =>
    assert.deepEqual([printFloat(value), printPlainFloat(value), printFixedFloat(value)], [general, plain, fixed]));

for (const [text, expected] of [
  ['1', 1],
  ['1.', 1],
  ['.5', 0.5],
  ['1e3', 1000],
  ['0x1p4', 16],
  ['0x1.8p1', 3],
  ['0x10', 'strconv.ParseFloat: parsing "0x10": invalid syntax'],
  ['1_000', 'strconv.ParseFloat: parsing "1_000": invalid syntax'],
  ['1e400', 'strconv.ParseFloat: parsing "1e400": value out of range'],
] as const)
  test(`read: ${text}`, () => {
    const result = parseGoFloat(text);
    assert.equal(result.value ?? result.error, expected);
  });
