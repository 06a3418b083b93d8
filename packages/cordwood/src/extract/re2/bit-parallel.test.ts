import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomInt, seededRandom } from '../../world/random.ts';
import { compileRe2 } from '../re2.ts';
import { BitParallel } from './bit-parallel.ts';
import { compileByteProgram } from './byte-program.ts';
import { parsePattern } from './parse-pattern.ts';
import { simulate } from './simulation.ts';

test('bits, paths and states agree', () => {
  const seed = 3;
  const random = seededRandom(seed);
  const pick = (items: readonly string[]) => items[randomInt(random, items.length)]!;
  const pattern = (depth: number): string => {
    switch (randomInt(random, depth > 0 ? 8 : 2)) {
      case 0:
        return pick(['a', 'b', 'é', '.', '[ab]', '[^a]', '(?i:k)', '\\pL']);
      case 1:
        return pick(['', 'x', 'aab']);
      case 2:
      case 3:
        return pattern(depth - 1) + pattern(depth - 1);
      case 4:
        return `(?:${pattern(depth - 1)}|${pattern(depth - 1)})`;
      default:
        return `(?:${pattern(depth - 1)})${pick(['*', '+', '?', '{2}', '{1,3}', '{0,40}', '{33}', '{2,}'])}`;
    }
  };
  let compared = 0;
  for (let i = 0; i < 400; i++) {
    const source = pattern(4);
    const { re2 } = compileRe2(source);
    if (re2 === undefined) continue;
    const parsed = parsePattern(source);
    assert.ok(!('error' in parsed));
    const program = compileByteProgram(parsed.root, {});
    const bits = BitParallel.for(program);
    for (let n = 0; n < 4; n++) {
      let text = '';
      for (let length = randomInt(random, 60); length > 0; length--)
        text += pick(['a', 'b', 'é', 'k', 'x', '\u212a', '😀', '\n']);
      const bytes = Buffer.from(text);
      const where = `seed ${seed}, turn ${i}: ${JSON.stringify(source)} in ${JSON.stringify(text)}`;
      const expected: boolean = re2.testBytes(bytes);
      if (bits !== undefined) {
        assert.equal(bits.test(bytes, 0, bytes.length), expected, where);
        compared++;
      }
      const options = { anchored: false, first: true, wantSlots: false };
      assert.equal(simulate(program, bytes, 0, 0, bytes.length, options) !== undefined, expected, where);
    }
  }
  assert.ok(compared > 1_000, `${compared} compared`);
});

test('patterns with assertions are left to the others', () => {
  const parsed = parsePattern('a$');
  assert.ok(!('error' in parsed));
  assert.equal(BitParallel.for(compileByteProgram(parsed.root, {})), undefined);
});
