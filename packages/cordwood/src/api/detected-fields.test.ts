import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FieldType, typeOf } from './detected-fields.ts';

const types: [value: string, type: FieldType][] = [
  ['1', 'int'],
  ['-17', 'int'],
  ['9223372036854775807', 'int'],
  ['9223372036854775808', 'float'],
  ['1.5', 'float'],
  ['1e9', 'float'],
  ['NaN', 'float'],
  ['true', 'boolean'],
  ['F', 'boolean'],
  ['TrUe', 'string'],
  ['1h30m', 'duration'],
  ['15ms', 'duration'],
  ['10MB', 'bytes'],
  ['1.5 KiB', 'bytes'],
  ['', 'string'],
  ['GET', 'string'],
];
for (const [value, type] of types) {
  test(`'${value}' is ${type}`, () => assert.equal(typeOf(value), type));
}
