import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withVariables } from './dashboard-queries.ts';

const becomes = (expr: string, expected: string, values: Record<string, string> = {}) =>
  test(`${expr} becomes ${expected}`, () => assert.equal(withVariables(expr, values), expected));

becomes('rate({a="b"}[$__auto])', 'rate({a="b"}[1m])');
becomes('rate(x[$__rate_interval])', 'rate(x[5m])');
becomes('{a=~"$service"}', '{a=~".+"}', { service: '.+' });
becomes('{a=~"${service:regex}"}', '{a=~"x|y"}', { service: 'x|y' });
becomes('{a="$unknown"}', '{a="$unknown"}');
becomes('{a=~"b$"}', '{a=~"b$"}');
