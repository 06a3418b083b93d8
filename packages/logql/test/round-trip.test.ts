import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Expression, parse, print, printPretty } from '../src/index.ts';
import { comparable } from './comparable.ts';
import { readFixture } from './fixture.ts';
import { createRandom, seedFromEnvironment } from './random.ts';
import { randomExpression } from './random-expression.ts';

function expectSame(text: string, expression: Expression, note: string): void {
  const result = parse(text);
  assert.equal(result.error?.message, undefined, `${note}: ${text}`);
  assert.deepEqual(comparable(result.expression), comparable(expression), `${note}: ${text}`);
}

test('every recorded query means the same after printing', () => {
  for (const { id, query } of readFixture<{ id: string; query: string }>('recorded-queries.jsonl')) {
    const { expression } = parse(query);
    if (!expression) continue;
    expectSame(print(expression), expression, id);
    expectSame(printPretty(expression), expression, id);
  }
});

test('5000 generated trees are what their text is parsed to, on one line and split', () => {
  const seed = seedFromEnvironment();
  const random = createRandom(seed);
  for (let round = 0; round < 5000; round++) {
    const expression = randomExpression(random);
    const text = print(expression);
    expectSame(text, expression, `SEED=${seed} round ${round}`);
    expectSame(printPretty(expression), expression, `SEED=${seed} round ${round} pretty`);
    assert.equal(print(parse(text).expression!), text, `SEED=${seed} round ${round} printed again`);
  }
});
