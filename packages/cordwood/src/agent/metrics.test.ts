import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MetricRegistry, renderMetrics } from './metrics.ts';

test('components share a metric: one HELP and TYPE, their own labels', () => {
  const [a, b] = [new MetricRegistry({ component_id: 'a' }), new MetricRegistry({ component_id: 'b' })];
  a.counter('x_total', 'Help with \\ and\nnewline').add(2, { path: 'C:\\"q"\n' });
  b.counter('x_total', 'Help').add(1);
  b.gauge('g', 'A gauge').set(Number.POSITIVE_INFINITY);
  a.histogram('h', 'A histogram', [1, 2]).observe(1.5);
  assert.equal(
    renderMetrics([a, b]),
    `# HELP g A gauge
# TYPE g gauge
g{component_id="b"} +Inf
# HELP h A histogram
# TYPE h histogram
h_bucket{component_id="a",le="1"} 0
h_bucket{component_id="a",le="2"} 1
h_bucket{component_id="a",le="+Inf"} 1
h_sum{component_id="a"} 1.5
h_count{component_id="a"} 1
# HELP x_total Help with \\\\ and\\nnewline
# TYPE x_total counter
x_total{component_id="a",path="C:\\\\\\"q\\"\\n"} 2
x_total{component_id="b"} 1
`,
  );
});

test('one name with two types does not break the page', () => {
  const registries = [new MetricRegistry({ c: '1' }), new MetricRegistry({ c: '2' })];
  registries[0]!.counter('m', '').add(1);
  registries[1]!.gauge('m', '').set(5);
  assert.equal(renderMetrics(registries), '# HELP m \n# TYPE m counter\nm{c="1"} 1\n');
});
