import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileRe2 } from './re2.ts';
import { compileRegexpReader } from './regexp-fields.ts';

function captures(pattern: string, line: string, fields: readonly string[]): void {
  test(`${pattern} on ${line}`, () => {
    const found: string[] = [];
    compileRegexpReader(compileRe2(pattern).re2!)(line, (name, value) => found.push(`${name}=${value}`) > 0);
    assert.deepEqual(found, fields);
  });
}

captures('^(?P<ip>\\S+) \\S+ (?P<user>\\S+)', '::1 - ann [x]', ['ip=::1', 'user=ann']);
captures('step (?P<step>\\d+)', 'OK step 12 done', ['step=12']);
captures('zzz(?P<z>\\d+)', 'none', []);
captures('(?P<word>done|failed)?(?P<rest>$)', 'line', ['word=', 'rest=']);
captures('(step) (?<n>\\d+) (done|failed)', 'step 1 failed', ['n=1']);
captures('(?i)(?P<found>fatal|warn)', '[WARN] x', ['found=WARN']);
captures('(?P<1a>.)', '192', ['_1a=1']);
