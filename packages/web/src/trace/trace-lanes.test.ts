import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LokiClient, RangeQuery } from '../client/loki-client.ts';
import { rowsOf } from '../lines/log-row.ts';
import { findTrace, traceRowsMax } from './find-trace.ts';
import { traceLanes } from './trace-lanes.ts';

const entry = (timestampNs: string, line: string, structuredMetadata = {}) => ({
  timestampNs,
  line,
  structuredMetadata,
  parsed: {},
});

test('a lane a service, in the order in which they first speak', () => {
  const rows = rowsOf(
    [
      { labels: { service_name: 'b' }, entries: [entry('1000000150', 'two', { detected_level: 'error' })] },
      { labels: { service_name: 'a' }, entries: [entry('1000000100', 'one'), entry('1000000200', 'three')] },
    ],
    'oldest',
  );
  assert.deepEqual(traceLanes(rows), {
    lanes: [
      {
        service: 'a',
        points: [
          { at: 0, level: 'unknown', index: 0 },
          { at: 1, level: 'unknown', index: 2 },
        ],
      },
      { service: 'b', points: [{ at: 0.5, level: 'error', index: 1 }] },
    ],
    durationNs: 100n,
    errorCount: 1,
  });
  assert.deepEqual(traceLanes([]).lanes, []);
});

test('an error stands over what else happened in its instant', () => {
  const entries = [entry('1', 'e', { detected_level: 'error' }), entry('1', 'i', { detected_level: 'info' })];
  const { lanes } = traceLanes(rowsOf([{ labels: { app: 'a' }, entries }], 'oldest'));
  assert.deepEqual(
    lanes[0]!.points.map((point) => point.level),
    ['info', 'error'],
  );
});

test('lines and metadata are searched, and a line found by both shows once', async () => {
  const asked: RangeQuery[] = [];
  const client = {
    queryRange: async (_tenant: unknown, request: RangeQuery) => {
      asked.push(request);
      const both = entry('1000000002', 'id-1 in both', { trace_id: 'id-1' });
      const own = request.query.includes('|=')
        ? entry('1000000001', 'id-1 in the line')
        : entry('1000000003', 'metadata only', { trace_id: 'id-1' });
      return {
        kind: 'streams',
        streams: [{ labels: { app: 'a' }, entries: [own, both] }],
        statistics: undefined,
        warnings: [],
      };
    },
  } as unknown as LokiClient;
  const found = await findTrace(client, 't', 'id-1', { startMs: 0, endMs: 5000 }, new AbortController().signal);
  assert.deepEqual(
    found.rows.map((row) => row.line),
    ['id-1 in the line', 'id-1 in both', 'metadata only'],
  );
  assert.equal(found.cut, false);
  assert.deepEqual(
    asked.map((request) => [request.direction, request.limit]),
    [
      ['forward', traceRowsMax],
      ['forward', traceRowsMax],
    ],
  );
});
