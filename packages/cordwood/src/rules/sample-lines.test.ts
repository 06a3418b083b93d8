import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLabels } from '../model/labels.ts';
import { redactedLines, sampleQuery, usesLines } from './sample-lines.ts';

function asks(expression: string, labels: Record<string, string>, expected: string | undefined) {
  test(expression, () => {
    const found = sampleQuery(expression, createLabels(labels));
    assert.equal(found && `${found.query} from -${found.fromAgoMs / 1000}s to -${found.untilAgoMs / 1000}s`, expected);
  });
}

asks(
  'sum by (app) (rate({app=~"a|b"} |= "x" | json [5m])) > 1',
  { app: 'a' },
  '{app=~"a|b"} |= "x" | json | app="a" from -300s to -0s',
);
asks('sum(count_over_time({app="a"}[5m] offset 1m)) > 1', {}, '{app="a"} from -360s to -60s');
asks(
  'sum by (v) (sum_over_time({app="a"} | logfmt | unwrap n | __error__="" [1m])) > 1',
  { v: 'say "x"' },
  '{app="a"} | logfmt | v="say \\"x\\"" from -60s to -0s',
);
asks(
  'label_replace(sum by (app) (rate({app="a"}[5m])), "team", "$1", "app", "(.*)") > 1',
  { app: 'a', team: 'a' },
  '{app="a"} | app="a" from -300s to -0s',
);
asks('absent_over_time({app="a"}[5m])', { app: 'a' }, undefined);
asks('vector(1)', {}, undefined);

test('which annotations ask for lines', () => {
  assert.equal(usesLines({ a: 'x {{ $lines }}' }), true);
  assert.equal(usesLines({ a: '{{ if $exploreLink }}x{{ end }}' }), true);
  assert.equal(usesLines({ a: '$lines {{ $labels.lines }}' }), false);
});

test('lines are redacted, few and short', () => {
  assert.deepEqual(
    redactedLines([
      'mail to jane.doe@example.com and j%40x.org',
      'key ghp_0123456789abcdefghijABCDEFGHIJ012345 of card 4111 1111 1111 1111 order 12345',
      'x'.repeat(1000),
      'one too many',
    ]),
    ['mail to [REDACTED] and [REDACTED]', 'key [REDACTED] of card [REDACTED] order 12345', `${'x'.repeat(299)}…`],
  );
});
