import assert from 'node:assert/strict';
import test from 'node:test';
import { compileIpMatcher } from './ip-matcher.ts';

function finds(pattern: string, text: string, expected: boolean): void {
  test(`ip("${pattern}") ${expected ? 'is in' : 'is not in'} ${JSON.stringify(text)}`, () => {
    assert.equal(compileIpMatcher(pattern)?.findIn(Buffer.from(text)), expected);
  });
}
function refuses(pattern: string): void {
  test(`ip("${pattern}") is no pattern`, () => assert.equal(compileIpMatcher(pattern), undefined));
}

finds('10.0.0.1', 'from 10.0.0.1 to 10.0.0.2', true);
finds('10.0.0.1', 'from 10.0.0.10', false);
finds('10.0.0.0/24', 'glued10.0.0.5text', true);
finds('10.0.0.0/8', '010.000.000.006 padded', false);
finds('10.0.0.0/8', 'mapped ::ffff:10.0.0.9 seen', false);
finds('10.0.0.0/8', '10.0.0.300', false);
finds('0.0.0.0/0', 'version 1.2.3.4.5 has five parts', false);
finds('10.0.0.7/24', '10.0.0.200', true);
finds('10.0.0.200-10.0.2.0', 'x 10.0.1.7', true);
finds('10.0.0.200-10.0.2.0', 'x 10.0.2.1', false);
finds('2001:db8::/32', 'ipv6 [2001:db8:0:1::a]:443 denied', true);
finds('2001:db8::1-2001:db8::ff', 'addr=2001:db8::100 port', false);
finds('fe80::/10', 'fe80::aaaa:1', true);
finds('::1', 'loopback 127.0.0.1 and ::1', false);
finds('::1', 'loopback ::1 and more', true);
finds('::/0', '', false);
refuses('10.0.0.999');
refuses('10.0.0.9-10.0.0.1');
refuses('10.0.0.1/33');
refuses('10.0.0.1/08');
refuses('1::2::3');
refuses('1:2:3:4:5:6:7');
refuses('10.0.0.1-::1');
refuses('nowhere');
