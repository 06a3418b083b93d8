import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lostMetrics, renamedMetrics } from './metric-names.ts';
import { renameMetrics } from './rename-metrics.ts';

function renames(text: string, expected: string): void {
  test(`renames ${text}`, () => {
    const renamed = renameMetrics(text, 'rules.yaml');
    assert.equal(renamed.text, expected);
    assert.deepEqual(renamed.diagnostics, []);
  });
}

renames('rate(promtail_sent_entries_total[5m])', 'rate(loki_write_sent_entries_total[5m])');
renames('promtail_request_duration_seconds_bucket{le="1"}', 'loki_write_request_duration_seconds_bucket{le="1"}');
renames('promtail_request_duration_seconds_count', 'loki_write_request_duration_seconds_count');
renames('{"expr": "sum(promtail_files_active_total)"}', '{"expr": "sum(loki_source_file_files_active_total)"}');
renames(
  'logentry_dropped_lines_total{reason="line_too_long"}',
  'loki_process_dropped_lines_total{reason="line_too_long"}',
);
renames('promtail_custom_gateway_request_duration_ms_bucket', 'promtail_custom_gateway_request_duration_ms_bucket');
renames('# my_promtail_read_lines_total is another metric', '# my_promtail_read_lines_total is another metric');

test('a metric that Alloy does not have is an error with its place and what to do', () => {
  const { text, diagnostics } = renameMetrics('a:\n  expr: promtail_stream_lag_seconds > 60\n', 'rules.yaml');
  assert.match(text, /promtail_stream_lag_seconds/);
  assert.deepEqual(
    diagnostics.map(({ severity, line, column, length }) => ({ severity, line, column, length })),
    [{ severity: 'error', line: 2, column: 9, length: 27 }],
  );
  assert.match(diagnostics[0]!.hint!, /propagation_latency/);
});

test('a misspelt metric has a suggestion', () => {
  const { diagnostics } = renameMetrics('promtail_sent_entrys_total', 'x');
  assert.equal(diagnostics[0]!.hint, 'did you mean promtail_sent_entries_total?');
});

for (const text of ['up{job="promtail"}', '"up{job=\\"promtail\\"}"', 'up{job=~"loki/promtail.*"}']) {
  test(`${text} selects Promtail by its job`, () => {
    assert.deepEqual(
      renameMetrics(text, 'x').diagnostics.map(({ severity }) => severity),
      ['warning'],
    );
  });
}

test('no metric is both renamed and lost', () => {
  assert.deepEqual(
    Object.keys(lostMetrics).filter((name) => name in renamedMetrics),
    [],
  );
});
