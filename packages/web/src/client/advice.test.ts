import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { adviceOn } from './advice.ts';
import { ApiFailure, type ApiFailureKind } from './api-failure.ts';

const advice = (status: number, message: string, kind: ApiFailureKind = 'status') =>
  adviceOn(new ApiFailure(kind, status, 'p', message));

test('every failure says what to do next', () => {
  const f = (status: number, message: string, remedies: string[], kind?: ApiFailureKind) => {
    const { title, next, remedies: found } = advice(status, message, kind);
    assert.ok(title.length > 5 && next.length > 5, message);
    assert.deepEqual(found, remedies, message);
  };
  f(0, 'fetch failed', ['retry'], 'network');
  f(0, 'no answer within 120 seconds', ['narrowRange', 'retry'], 'timeout');
  f(200, 'data should be a list', ['retry'], 'shape');
  f(401, 'no org id', ['pickTenant']);
  f(400, "tenant ID 'a/b' contains unsupported character '/'", ['pickTenant']);
  f(400, "pipeline error: 'JSONParserErr' for series: '{}'.", ['skipErrors']);
  f(400, 'max entries limit per query exceeded, limit > max_entries_limit_per_query (9000 > 5000)', ['lowerLimit']);
  f(400, 'the query time range exceeds the limit (query length: 800h, limit: 721h)', ['narrowRange']);
  f(400, 'maximum number of series (500) reached for a single query', []);
  f(400, 'parse error : something', []);
  f(404, 'not found', ['retry']);
  f(429, 'too many outstanding requests', ['retry', 'narrowRange']);
  f(504, 'request timed out', ['narrowRange', 'retry']);
  f(500, 'Ingester is shutting down', ['retry']);
});

test('no text that Loki answers goes without advice or loses its words', () => {
  const cases = readFileSync(join(import.meta.dirname, 'fixtures/recorded-answers.jsonl'), 'utf8')
    .trim()
    .split('\n');
  let refused = 0;
  for (const line of cases) {
    const { status, response } = JSON.parse(line) as { status: number; response: unknown };
    if (status < 400 || typeof response !== 'string') continue;
    refused++;
    const { title, detail, next } = advice(status, response);
    assert.ok(title !== '' && next !== '');
    assert.ok(detail === response || status === 401, response);
  }
  assert.ok(refused > 20);
});
