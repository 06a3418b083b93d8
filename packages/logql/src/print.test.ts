import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from './parse.ts';
import { printPretty } from './pretty.ts';
import { print } from './print.ts';

function printed(query: string, expected: string): void {
  test(query, () => {
    const { expression, error } = parse(query);
    assert.equal(error?.message, undefined);
    assert.equal(print(expression!), expected);
    assert.equal(print(parse(expected).expression!), expected, 'and printed again');
  });
}

describe('the canonical text', () => {
  printed('{a="b"} | x=~"5.." and y=~"ab.*" and z!~"5.."', '{a="b"} | ( ( x=~`5..` , y=~"ab.*" ) , z!~"5.." )');
  printed('{a="b"} | x=~"`.."', '{a="b"} | x=~"`.."');
  printed('{a="b"} | drop x=~"5.."', '{a="b"} | drop x=~"5.."');
  printed('{a="b"} | x = 5 and y > 1.50 and z < 1e-7', '{a="b"} | ( ( x==5 , y>1.5 ) , z<0.0000001 )');
  printed('{a="b"} | x > 90s', '{a="b"} | x>1m30s');
  printed('{a="b"} | x > 5432B', '{a="b"} | x>5432B');
  printed('{a="b"} | x > 5000B', '{a="b"} | x>5.0kB');
  printed('{a="b"} != "x" or ip("::1")', '{a="b"} != "x" != ip("::1")');
  printed('{a="b"} | json a', '{a="b"} | json a="a"');
  printed('rate({a="b"}[90m] offset -5m)', 'rate({a="b"}[1h30m] offset -5m0s)');
  printed('sum by (a, b) (vector(1))', 'sum by (a,b)(vector(1.000000))');
  printed('sum without () (vector(1e-9))', 'sum without ()(vector(0.000000001))');
  printed('vector(1) * on (a) vector(2)', '(vector(1.000000) * on (a)  vector(2.000000))');
  printed(
    'vector(1) * ignoring () group_left () (vector(2) + vector(3))',
    '(vector(1.000000) * ignoring () group_left () (vector(2.000000) + vector(3.000000)))',
  );
  printed('vector(1) > bool -0.5e-5', '(vector(1.000000) > bool -5e-06)');
  printed(
    'label_replace(vector(1), "a\\"", "$1", "b", "\\\\d")',
    'label_replace(vector(1.000000),"a\\"","$1","b","\\\\d")',
  );
  printed(
    'variants(vector(1), vector(2)) of ({a="b"}[1m])',
    'variants(vector(1.000000), vector(2.000000)) of ({a="b"}[1m])',
  );
});

test('parentheses that a split operation needs are kept', () => {
  const long = (name: string) => `sum by (job, environment) (rate({app="${name}", environment="production"}[5m]))`;
  const { expression } = parse(`(${long('a')} + ${long('b')}) * ${long('c')}`);
  assert.equal(
    printPretty(expression!),
    `  (
      sum by (job,environment)(rate({app="a", environment="production"}[5m]))
    +
      sum by (job,environment)(rate({app="b", environment="production"}[5m]))
  )
*
  sum by (job,environment)(rate({app="c", environment="production"}[5m]))`,
  );
});
