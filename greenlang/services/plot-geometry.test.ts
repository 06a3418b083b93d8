import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crossesItself, hectares, type Point } from './plot-geometry.ts';

const square: Point[] = [
  [0, 0],
  [0.001, 0],
  [0.001, 0.001],
  [0, 0.001],
];

test('area and order of corners', () => {
  assert.ok(Math.abs(hectares(square) - (111.32 * 111.32) / 10_000) < 0.001);
  assert.equal(hectares(square.slice(0, 2)), 0);
  assert.equal(crossesItself(square), false);
  assert.equal(crossesItself([square[0], square[2], square[1], square[3]] as Point[]), true);
  assert.equal(crossesItself(square.slice(0, 3)), false);
});
