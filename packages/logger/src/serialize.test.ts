import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRedaction } from './redaction/policy.ts';
import { createSerializer } from './serialize.ts';

const plain = createSerializer(undefined);
const redacting = createSerializer(createRedaction({ paths: ['customer.name', 'items[*].note', 'matrix[1]'] }));

/** The value as it stands in a line, parsed back. */
function becomes(value: unknown, expected: unknown) {
  assert.deepEqual(JSON.parse(plain.value(value) as string), expected);
}

function redacted(value: unknown, expected: unknown) {
  const policy = createRedaction({ paths: ['customer.name', 'items[*].note', 'matrix[1]'] });
  assert.deepEqual(JSON.parse(createSerializer(policy).value(value, policy.paths) as string), expected);
}

test('values of JSON are as JSON.stringify has them', () => {
  const texts = ['', 'a', 'a"b', 'a\\b', 'line\nbreak', '\u0000', 'é', '😀', '\ud800 lone', '\u2028', 'x'.repeat(300)];
  for (const value of [
    ...texts,
    0,
    -0,
    1.5,
    1e21,
    1e-7,
    true,
    false,
    null,
    [],
    {},
    [1, [2, { a: ['b'] }]],
    { a: { b: null } },
  ]) {
    assert.equal(plain.value(value), JSON.stringify(value));
  }
});

test('values that JSON has no word for', () => {
  becomes(Number.NaN, 'NaN');
  becomes(Number.NEGATIVE_INFINITY, '-Infinity');
  becomes(123n, '123');
  becomes(Symbol('s'), 'Symbol(s)');
  becomes(function named() {}, '[Function named]');
  becomes([undefined], [null]);
  becomes({ a: undefined, b: 1 }, { b: 1 });
  becomes(new Date(0), '1970-01-01T00:00:00.000Z');
  becomes(new Date(Number.NaN), 'Invalid Date');
  becomes(
    new Map<unknown, unknown>([
      ['a', 1],
      [2, { b: 3 }],
    ]),
    { a: 1, 2: { b: 3 } },
  );
  becomes(new Set([1, 'x']), [1, 'x']);
  becomes(new URL('https://x.org/a?b=1'), 'https://x.org/a?b=1');
  becomes(new URLSearchParams('a=1&b=2'), { a: '1', b: '2' });
  becomes(new Headers({ accept: 'x' }), { accept: 'x' });
  becomes(/a+/g, '/a+/g');
  becomes(Object('text'), 'text');
  becomes(Object.create(null, { a: { value: 1, enumerable: true } }), { a: 1 });
  becomes({ toJSON: () => ({ a: 1 }) }, { a: 1 });
  becomes(
    new (class Money {
      amount = 5;
    })(),
    { amount: 5 },
  );
});

test('the content of binary data is never written', () => {
  becomes(Buffer.from('secret'), '[Buffer of 6 bytes]');
  becomes(new Uint8Array(4), '[Uint8Array of 4 bytes]');
  becomes(new ArrayBuffer(8), '[ArrayBuffer of 8 bytes]');
  becomes(new DataView(new ArrayBuffer(2)), '[DataView of 2 bytes]');
});

test('what throws, circles or is too deep becomes a mark', () => {
  becomes(
    {
      get a() {
        throw new Error('no');
      },
      b: 1,
    },
    { a: '[Throws: no]', b: 1 },
  );
  becomes(
    {
      toJSON() {
        throw new Error('no');
      },
    },
    '[Unreadable: no]',
  );
  becomes(
    new Proxy(
      {},
      {
        ownKeys() {
          throw new Error('trap');
        },
      },
    ),
    '[Unreadable: trap]',
  );
  const circle: Record<string, unknown> = { a: 1 };
  circle['self'] = circle;
  circle['list'] = [circle];
  becomes(circle, { a: 1, self: '[Circular]', list: ['[Circular]'] });
  const shared = { x: 1 };
  becomes([shared, shared], [{ x: 1 }, { x: 1 }]);
  let deep: unknown = 'end';
  for (let i = 0; i < 50; i++) deep = { deep };
  assert.match(plain.value(deep) as string, /"\[Too deep\]"/);
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  assert.match(plain.value({ revoked: revoked.proxy }) as string, /Unreadable/);
});

test('sizes are bounded and say so', () => {
  assert.match(plain.value('x'.repeat(40_000)) as string, /…\[7232 more characters\]"$/);
  assert.match(plain.value(Array.from({ length: 1_005 }, () => 1)) as string, /"\[5 more\]"\]$/);
  assert.match(
    plain.value(Object.fromEntries(Array.from({ length: 1_005 }, (_, i) => [`k${i}`, 1]))) as string,
    /"\[5 more\]"\}$/,
  );
  assert.match(plain.value(new Map(Array.from({ length: 1_005 }, (_, i) => [i, 1]))) as string, /"\[5 more\]"\}$/);
});

test('errors keep type, message, stack, own fields and causes', () => {
  const failure = Object.assign(new TypeError('outer', { cause: new Error('inner', { cause: 'text' }) }), {
    code: 'E1',
    http: { status: 500 },
  });
  const parsed = JSON.parse(plain.error(failure));
  assert.equal(parsed.type, 'TypeError');
  assert.equal(parsed.message, 'outer');
  assert.match(parsed.stack, /^TypeError: outer\n/);
  assert.equal(parsed.code, 'E1');
  assert.deepEqual(parsed.http, { status: 500 });
  assert.equal(parsed.cause.message, 'inner');
  assert.deepEqual(parsed.cause.cause, { type: 'string', message: 'text' });
  const many = JSON.parse(plain.error(new AggregateError([new Error('a'), 'b'], 'several')));
  assert.deepEqual(
    many.errors.map((one: { message: string }) => one.message),
    ['a', 'b'],
  );
  assert.deepEqual(JSON.parse(plain.error(undefined)), { type: 'undefined', message: 'undefined' });
  const circular = new Error('c');
  circular.cause = circular;
  assert.equal(JSON.parse(plain.error(circular)).cause.message, '[Circular]');
  let chain = new Error('0');
  for (let i = 1; i < 30; i++) chain = new Error(String(i), { cause: chain });
  assert.equal(plain.error(chain).match(/"cause"/g)?.length, 8);
});

test('redaction by key is deep, in lists and maps, and ignores case', () => {
  redacted(
    { Password: 'x', a: [{ API_KEY: 'k' }], m: new Map([['client-secret', 's']]) },
    {
      Password: '[REDACTED_KEY]',
      a: [{ API_KEY: '[REDACTED_KEY]' }],
      m: { 'client-secret': '[REDACTED_KEY]' },
    },
  );
  redacted(
    { token: { inner: 'x' }, password: null, cvv: 123, secret: true },
    {
      token: '[REDACTED_KEY]',
      password: null,
      cvv: '[REDACTED_CC]',
      secret: true,
    },
  );
});

test('redaction by path', () => {
  redacted(
    { customer: { name: 'Ann', city: 'Ulm' }, name: 'kept' },
    { customer: { name: '[REDACTED]', city: 'Ulm' }, name: 'kept' },
  );
  redacted(
    { items: [{ note: 'x', n: 1 }, { note: 'y' }] },
    { items: [{ note: '[REDACTED]', n: 1 }, { note: '[REDACTED]' }] },
  );
  redacted({ matrix: [1, 2, 3] }, { matrix: [1, '[REDACTED]', 3] });
});

test('redaction by value, also in keys, numbers, errors and cut texts', () => {
  redacted(
    { 'bob@x.org': 1, n: 4111111111111111, s: 4111111111111112 },
    {
      '[REDACTED_EMAIL]': 1,
      n: '[REDACTED_CC]',
      s: 4111111111111112,
    },
  );
  const failure = new Error('mail bob@x.org', { cause: new Error('Bearer abcdef1234567') });
  const text = redacting.error(failure);
  assert.ok(!text.includes('bob@x.org') && !text.includes('abcdef1234567'));
  assert.ok(!redacting.string(`${'x'.repeat(32_760)} 4111111111111111`).includes('4111'));
});
