import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../world/random.ts';
import { parseGoFloat, parseGoInt, printGoFloat } from './go-number.ts';

function reads(text: string, value: number): void {
  test(`${JSON.stringify(text)} is ${value}`, () => assert.deepEqual(parseGoFloat(text), { value }));
}
function refuses(text: string, reason: string, quoted = JSON.stringify(text)): void {
  test(`${quoted} is no number`, () => {
    assert.deepEqual(parseGoFloat(text), { error: `strconv.ParseFloat: parsing ${quoted}: ${reason}` });
  });
}

reads('0', 0);
reads('-2.25', -2.25);
reads('+7', 7);
reads('.5', 0.5);
reads('5.', 5);
reads('1E-2', 0.01);
reads('1e308', 1e308);
reads('-0', -0);
reads('007', 7);
reads('9007199254740993', 9007199254740992);
reads('1_000', 1000);
reads('1_0.2_5', 10.25);
reads('NaN', Number.NaN);
reads('nan', Number.NaN);
reads('Inf', Number.POSITIVE_INFINITY);
reads('-inf', Number.NEGATIVE_INFINITY);
reads('+Infinity', Number.POSITIVE_INFINITY);
reads('1e-400', 0);
reads('0x1p-2', 0.25);
reads('-0X1.8p1', -3);
reads('0x_1p0', 1);
reads('0x10000000000000801p0', 2 ** 64 + 4096);
reads('0x1p-1074', 5e-324);
refuses('', 'invalid syntax');
refuses(' 3', 'invalid syntax');
refuses('3 ', 'invalid syntax');
refuses('.', 'invalid syntax');
refuses('1e', 'invalid syntax');
refuses('1,5', 'invalid syntax');
refuses('0x1F', 'invalid syntax');
refuses('0b11', 'invalid syntax');
refuses('_1', 'invalid syntax');
refuses('1__0', 'invalid syntax');
refuses('1_', 'invalid syntax');
refuses('1_.5', 'invalid syntax');
refuses('+nan', 'invalid syntax');
refuses('٣', 'invalid syntax');
refuses('1e309', 'value out of range');
refuses('0x1p1024', 'value out of range');
refuses('a"b\n', 'invalid syntax', String.raw`"a\"b\n"`);

function prints(value: number, text: string): void {
  test(`${value} prints ${text}`, () => assert.equal(printGoFloat(value), text));
}
prints(200, '200');
prints(1e21, '1000000000000000000000');
prints(1.5e-7, '0.00000015');
prints(1.25e25, '12500000000000000000000000');
prints(-0, '-0');
prints(Number.NaN, 'NaN');
prints(Number.NEGATIVE_INFINITY, '-Inf');
prints(2.02, '2.02');

test('a printed number reads back as itself', () => {
  const seed = 20261124;
  const random = seededRandom(seed);
  const view = new DataView(new ArrayBuffer(8));
  for (let i = 0; i < 20_000; i++) {
    view.setUint32(0, random() * 2 ** 32);
    view.setUint32(4, random() * 2 ** 32);
    const value = view.getFloat64(0);
    if (!Number.isFinite(value)) continue;
    const text = printGoFloat(value);
    assert.doesNotMatch(text, /e/i);
    assert.deepEqual(parseGoFloat(text), { value }, `seed ${seed}, turn ${i}`);
  }
});

test('integers of 64 bits', () => {
  assert.deepEqual(parseGoInt('-9223372036854775808'), { value: -(2n ** 63n) });
  assert.deepEqual(parseGoInt('+12'), { value: 12n });
  assert.deepEqual(parseGoInt('9223372036854775808'), {
    error: 'strconv.ParseInt: parsing "9223372036854775808": value out of range',
  });
  assert.deepEqual(parseGoInt('1.5'), { error: 'strconv.ParseInt: parsing "1.5": invalid syntax' });
});
