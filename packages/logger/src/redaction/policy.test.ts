import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passesMod97 } from './iban.ts';
import { passesLuhn } from './luhn.ts';
import { vendorKeyStarts, vendorKeys } from './patterns.ts';
import { createRedaction, parsePath, type RedactionOptions } from './policy.ts';

const standard = createRedaction();

function redacts(text: string, expected: string, options?: RedactionOptions) {
  const policy = options === undefined ? standard : createRedaction(options);
  assert.equal(policy.text(text), expected);
  assert.equal(policy.text(expected), expected, 'redacting twice changes nothing');
}
function keeps(text: string, options?: RedactionOptions) {
  redacts(text, text, options);
}

test('e-mail addresses', () => {
  redacts('mail bob@x.org now', 'mail [REDACTED_EMAIL] now');
  redacts('a@b.io,c@d.io', '[REDACTED_EMAIL],[REDACTED_EMAIL]');
  redacts('<ann.lee+news@mail.example.co.uk>', '<[REDACTED_EMAIL]>');
  redacts('to=bob%40x.org&x=1', 'to=[REDACTED_EMAIL]&x=1');
  redacts('ünï@exämple.org', '[REDACTED_EMAIL]');
  redacts('mailto:bob@x.org?subject=1', 'mailto:[REDACTED_EMAIL]?subject=1');
  redacts('"a\\nbob@x.org\\n"', '"a\\n[REDACTED_EMAIL]\\n"');
  redacts('"\\u003cbob@x.org\\u003e"', '"\\u003c[REDACTED_EMAIL]\\u003e"');
  keeps('not-a-mail@host');
  keeps('@decorator and a @ b');
  keeps('git@github:org/repo');
});

test('keys and tokens', () => {
  redacts('Authorization: Bearer abc.DEF-123_x', 'Authorization: Bearer [REDACTED_KEY]');
  redacts('authorization=Basic dXNlcjpwYXNz', 'authorization=Basic [REDACTED_KEY]');
  redacts('"Authorization\\":\\"Bearer abcdef123456\\"', '"Authorization\\":\\"Bearer [REDACTED_KEY]\\"');
  redacts('key sk_live_abcdefgh12345678, pk_test_0000000000', 'key [REDACTED_KEY], [REDACTED_KEY]');
  redacts('"\\nghp_0123456789abcdefghij0123456789abcdef"', '"\\n[REDACTED_KEY]"');
  redacts('id AKIAIOSFODNN7EXAMPLE!', 'id [REDACTED_KEY]!');
  redacts('cookie=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig-_x; path=/', 'cookie=[REDACTED_KEY]; path=/');
  redacts('postgres://app:p4ss@db:5432/x', 'postgres://[REDACTED_KEY]@db:5432/x');
  redacts('GET /v1?api_key=abc123def&x=1', 'GET /v1?api_key=[REDACTED_KEY]&x=1');
  redacts('password=hunter2 ok', 'password=[REDACTED_KEY] ok');
  redacts("{'password': 'hunter2'}", "{'password': '[REDACTED_KEY]'}");
  redacts('a -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nb', 'a [REDACTED_KEY]\nb');
  redacts('"-----BEGIN PRIVATE KEY-----\\nMIIEabc"', '"[REDACTED_KEY]"');
  keeps('Bearer authentication failed');
  keeps('token expired; token: expired');
  keeps('https://x.org:8080/@user');
  keeps('run task-scheduler-with-a-very-long-name');
  keeps('550e8400-e29b-41d4-a716-446655440000');
});

test('card numbers pass the Luhn check and look like one', () => {
  redacts('card 4111 1111 1111 1111 ok', 'card [REDACTED_CC] ok');
  redacts('pan=5500-0000-0000-0004', 'pan=[REDACTED_CC]');
  redacts('amex 378282246310005.', 'amex [REDACTED_CC].');
  redacts('3714 496353 98431', '[REDACTED_CC]');
  redacts('6011111111111117,30569309025904', '[REDACTED_CC],[REDACTED_CC]');
  redacts('"\\n4111111111111111"', '"\\n[REDACTED_CC]"');
  redacts('{"pan": 4111111111111111}', '{"pan": "[REDACTED_CC]"}');
  keeps('4111111111111112');
  keeps('0.4111111111111111');
  keeps('"span_id":"4111111111111111"');
  keeps('1790000000000000000');
  keeps('order 123456789012');
  keeps('deadbeef4111111111111111');
});

test('IBANs pass their check', () => {
  redacts('to DE89370400440532013000 x', 'to [REDACTED_IBAN] x');
  redacts('pay PT50 0002 0123 1234 5678 9015 4 today', 'pay [REDACTED_IBAN] today');
  redacts('GB82WEST12345698765432', '[REDACTED_IBAN]');
  keeps('DE89370400440532013001');
  keeps('XX89370400440532013000');
});

test('IP addresses only when asked for', () => {
  keeps('from 10.1.2.3');
  redacts('10.0.0.1:80 -> 2001:db8::1', '[REDACTED_IP]:80 -> [REDACTED_IP]', { ipAddresses: true });
  redacts('::1 fe80::1', '[REDACTED_IP] [REDACTED_IP]', { ipAddresses: true });
  keeps('at 12:34:56 v1.2.3 999.1.1.1', { ipAddresses: true });
});

test('custom patterns, chosen patterns', () => {
  redacts('emp E-12345 ok', 'emp [REDACTED_EMPLOYEE] ok', {
    custom: [{ name: 'employee', expression: '(E-[0-9]{5})', tag: '[REDACTED_EMPLOYEE]' }],
  });
  redacts('a=1 b=2', 'a=[REDACTED] b=[REDACTED]', {
    custom: [{ name: 'ab', expression: 'a=([0-9])|b=([0-9])', tag: '[REDACTED]' }],
  });
  redacts('x bob@x.org 4111111111111111', 'x [REDACTED_EMAIL] 4111111111111111', { patterns: ['email'] });
  keeps('bob@x.org', { patterns: [] });
  assert.throws(() => createRedaction({ custom: [{ name: 'bad', expression: '(', tag: '[REDACTED]' }] }), SyntaxError);
});

test('keys by name', () => {
  const tag = (key: string, options?: RedactionOptions) => createRedaction(options).keyTag(key);
  for (const key of [
    'password',
    'Password',
    'dbPassword',
    'user_password_hash',
    'apiKey',
    'X-API-Key',
    'accessToken',
    'client_secret',
    'Set-Cookie',
  ]) {
    assert.equal(tag(key), '[REDACTED_KEY]', key);
  }
  for (const key of ['max_tokens', 'token_count', 'secretary', 'keyboard', 'passport', 'author', 'tonnes'])
    assert.equal(tag(key), undefined, key);
  assert.equal(tag('email'), '[REDACTED_EMAIL]');
  assert.equal(tag('ssn', { keys: ['ssn'] }), '[REDACTED]');
  assert.equal(tag('tax_id', { keys: [{ keys: ['tax_*'], tag: '[REDACTED_TAX]' }] }), '[REDACTED_TAX]');
  assert.equal(tag('email', { allowKeys: ['email'] }), undefined);
  assert.equal(tag('password', { withoutDefaultKeys: true }), undefined);
});

test('paths', () => {
  assert.deepEqual(parsePath('data.a[*].b[0]["x.y"]'), ['data', 'a', '*', 'b', '0', 'x.y']);
  assert.throws(() => parsePath('a..b'), /is not understood/);
  assert.throws(() => createRedaction({ paths: ['a[b'] }), /is not understood/);
});

test('check digits', () => {
  for (const good of ['4111111111111111', '378282246310005', '0', '79927398713']) assert.ok(passesLuhn(good), good);
  for (const bad of ['4111111111111112', '', 'abc']) assert.ok(!passesLuhn(bad), bad);
  assert.ok(passesMod97('LC07HEMM000100010012001200013015') && !passesMod97('LC08HEMM000100010012001200013015'));
});

/**
 * The promise is 50 ms for 1 MB, and `npm run bench -- logger` measures it on a quiet machine. Here, where other tests run
 * at the same time, the bound only tells linear from quadratic: that would be minutes.
 */
test('time is linear in the length of hostile text', () => {
  const size = 1_000_000;
  const fill = (piece: string) => piece.repeat(Math.ceil(size / piece.length)).slice(0, size);
  const hostile = [
    'a',
    '@',
    'a@',
    'a.',
    '4',
    '4 ',
    '4111 ',
    'eyJ',
    '-eyJ',
    '=eyJaaaaaaaa.',
    'sk-',
    '_sk_live_',
    '://',
    'a:b@',
    '://a:',
    'Bearer ',
    'token=',
    'password',
    'password=',
    '-----BEGIN ',
    '-----BEGIN PRIVATE KEY-----',
    'DE89 ',
    'DE89370400440532013001 ',
    'AA11',
    '\\n',
    '\\u0041',
    '"',
    '1.',
    '1.1.1.',
    '::',
    'a:',
    'abcdef:',
    '%40',
    'a@b.',
    'authorization: ',
    'ünï@',
    'SG.aaaaaaaaaaaaaaaaaa',
  ];
  const policy = createRedaction({ ipAddresses: true });
  for (const piece of hostile) {
    const text = fill(piece);
    const start = process.cpuUsage().user;
    policy.text(text);
    const ms = (process.cpuUsage().user - start) / 1_000;
    assert.ok(ms < 1_000, `${JSON.stringify(piece)}: ${ms.toFixed(0)} ms`);
  }
});

test('every vendor key begins with something that the quick look knows', () => {
  const [generic, ...others] = vendorKeys;
  assert.match(generic as string, /_\(\?:live\|test\|prod\)_/);
  for (const source of others) {
    // All beginnings of three characters that the expression allows.
    const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.';
    const starts = [...alphabet]
      .flatMap((a) => [...alphabet].flatMap((b) => [...alphabet].map((c) => a + b + c)))
      .filter((start) => possibleStart(source, start));
    assert.ok(starts.length > 0, source);
    for (const start of starts)
      assert.ok((vendorKeyStarts as readonly string[]).includes(start), `${source}: ${start}`);
  }
});

/** Whether a key of this expression may begin so: literal heads and classes are read off the source. */
function possibleStart(source: string, start: string): boolean {
  const units = source.match(/\(\?:[^)]*\)|\[[^\]]*\](?:\{[^}]*\})?|[A-Za-z0-9_.-]/g) ?? [];
  const expand = (index: number, text: string): string[] => {
    if (text.length >= 3 || index >= units.length) return [text.slice(0, 3)];
    const unit = units[index] as string;
    if (unit.startsWith('(?:'))
      return unit
        .slice(3, -1)
        .split('|')
        .flatMap((choice) => expand(index + 1, text + choice));
    if (unit.startsWith('[')) {
      const set = new RegExp(`^${/^\[[^\]]*\]/.exec(unit)?.[0]}$`, 'u');
      const next = start[text.length] as string;
      if (!set.test(next)) return [];
      return expand(/\{(?!1\})/.test(unit) ? index : index + 1, text + next);
    }
    return expand(index + 1, text + unit);
  };
  return expand(0, '').includes(start);
}
