import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipPatternError } from './ip-pattern.ts';

for (const pattern of [
  '10.0.0.1',
  '10.0.0.0/8',
  '10.0.0.1-10.0.0.9',
  '::',
  '::1',
  '2001:db8::/32',
  '2001:db8::1-2001:db8::ffff',
  '::ffff:10.0.0.1',
  'fe80::1%eth0',
  '1:2:3:4:5:6:7:8',
])
  test(`accepted: ${pattern}`, () => assert.equal(ipPatternError(pattern), undefined));

for (const pattern of [
  '',
  'nowhere',
  '10.0.0',
  '10.0.0.256',
  '10.0.0.01',
  '10.0.0.0/33',
  '10.0.0.0/08',
  '10.0.0.9-10.0.0.1',
  '10.0.0.1-::1',
  '1:2:3:4:5:6:7',
  '1::2::3',
  ':::',
  '::12345',
  'fe80::1%',
])
  test(`refused: ${JSON.stringify(pattern)}`, () =>
    assert.equal(ipPatternError(pattern), `ip: invalid pattern: ${JSON.stringify(pattern)}`));
