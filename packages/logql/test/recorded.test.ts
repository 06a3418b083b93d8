import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse, printPretty } from '../src/index.ts';
import { readFixture } from './fixture.ts';
import { templateError } from './template-error.ts';

describe('queries recorded with Loki 3.7.6', () => {
  for (const { id, query, error } of readFixture<{ id: string; query: string; error: string | null }>(
    'recorded-queries.jsonl',
  ))
    test(id, () => assert.equal(parse(query, { templateError }).error?.message ?? null, error));
});

describe('format_query recorded with Loki 3.7.6', () => {
  type Case = { id: string; query: string; text?: string; error?: string };
  for (const { id, query, text, error } of readFixture<Case>('recorded-format-query.jsonl'))
    test(id, () => {
      const result = parse(query, { checkStages: false });
      assert.equal(result.error?.message, error);
      if (result.expression) assert.equal(printPretty(result.expression), text);
    });
});
