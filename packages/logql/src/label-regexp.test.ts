import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SimplifiedRegexp, simplifyLabelRegexp, staysRegexp } from './label-regexp.ts';

function print(simplified: SimplifiedRegexp | undefined): string {
  if (simplified === undefined) return 'regexp';
  switch (simplified.kind) {
    case 'any':
      return simplified.of.map(print).join(' or ');
    case 'contains':
    case 'equals':
      return `${simplified.kind}${simplified.ignoreCase ? ' (any case)' : ''} ${simplified.text}`;
    default:
      return simplified.kind;
  }
}

function becomes(pattern: string, expected: string): void {
  test(`=~ "${pattern}" is ${expected}`, () => assert.equal(print(simplifyLabelRegexp(pattern)), expected));
}

becomes('foo', 'equals foo');
becomes('(foo)', 'equals foo');
becomes('(?i)Error', 'equals (any case) error');
becomes('(?i)http2', 'equals (any case) http2');
becomes('foo|bar', 'equals foo or equals bar');
becomes('foo|(bar|buzz)', 'equals foo or contains bar or contains buzz');
becomes('foo|(baz|quux)', 'equals foo or equals baz or equals quux');
becomes('error|err', 'contains error or contains err');
becomes('warn|warning', 'contains warn or contains warning');
becomes('foo.*', 'contains foo');
becomes('.*foo', 'contains foo');
becomes('.*foo.*', 'contains foo');
becomes('foo(a1|b2)', 'contains fooa1 or contains foob2');
becomes('foo(a|b)', 'regexp');
becomes('.*', 'always');
becomes('.*?', 'always');
becomes('.+', 'notEmpty');
becomes('', 'always');
becomes('^foo.*', 'regexp');
becomes('foo.*bar', 'regexp');
becomes('foo.+', 'regexp');
becomes('a|b', 'regexp');
becomes('[ab]', 'regexp');
becomes('[a]bc', 'equals abc');
becomes('foo(bar)', 'regexp');
becomes('(push|poller)[.]go:\\d', 'regexp');
becomes('G.*|PU.', 'regexp');
becomes('4..|5..', 'regexp');
becomes('(', 'regexp');
becomes('[Aa]', 'equals (any case) a');
becomes('[Aa]bc', 'regexp');
// Go makes a class of alternatives of one character, and leaves it one.
becomes('[a]|[Aa]', 'regexp');
becomes('(?i:a)|A', 'regexp');
becomes('\\d+', 'regexp');
becomes('bar|baz', 'regexp');

test('what is replaced is not printed as a regular expression', () => {
  assert.equal(staysRegexp('foo.*'), false);
  assert.equal(staysRegexp('5..'), true);
});
