import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isKnownMetric, metricsOf } from './known-metrics.ts';

const finds = (promql: string, ...names: string[]) =>
  test(`${promql}: ${names.join(', ') || 'none'}`, () => assert.deepEqual(metricsOf(promql), names));

finds('up', 'up');
finds('sum by (job) (rate(a_total{b="c_total"}[5m]))', 'a_total');
finds('a / on (x) group_left (y) b_count', 'a', 'b_count');
finds('histogram_quantile(0.99, sum by (le) (rate(a_bucket[1m])))', 'a_bucket');
finds('time() - max(a > 0) or vector(0)', 'a');
finds('100 * a offset 5m > 1e3', 'a');
finds('count(a == 0)', 'a');
finds('level:a:rate5m{x=~"y|z"}', 'level:a:rate5m');
finds('1 + 2');

test('histograms are known by their series, not by their name', () => {
  assert.ok(isKnownMetric('loki_request_duration_seconds_bucket'));
  assert.ok(!isKnownMetric('loki_request_duration_seconds'));
  assert.ok(isKnownMetric('go_goroutines'));
  assert.ok(!isKnownMetric('loki_distributor_ingester_append_failures_total'), 'no code emits it any more');
});
