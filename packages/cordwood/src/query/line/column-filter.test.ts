import assert from 'node:assert/strict';
import test from 'node:test';
import { createLabels } from '../../model/labels.ts';
import { parseQuery } from '../parse-query.ts';
import { createBatch, type StoredRow, withColumns } from '../test/memory-source.ts';
import { compileColumnPlan, judgeRows } from './column-plan.ts';
import { LabelColumns } from './label-column.ts';

const lines = [
  '{"level":"error","n":5,"took":"12ms","app":"inner"}',
  '{"level":"info","n":-1.5,"took":"soon","data":{"id":1}}',
  '{"level":"","n":"five"}',
  '{"other":true,"list":[1]}',
  '{"level":"err\\u006fr"}',
  'no json',
];

/** By line: - cannot pass, + passes, ? only the line can tell. */
function judges(pipeline: string, expected: string, metadata: readonly Record<string, string>[] = []): void {
  test(`${pipeline}: ${expected}`, () => {
    const rows = lines.map((line, i): StoredRow => {
      const stream = { id: 0, labels: createLabels({ app: 'web' }) };
      return {
        timestampNs: BigInt(i),
        line,
        stream,
        sequence: i,
        structuredMetadata: createLabels(metadata[i] ?? {}),
      };
    });
    const batch = withColumns(createBatch(rows), rows);
    const { expression } = parseQuery(`{app="web"} ${pipeline}`);
    assert.ok(expression?.kind === 'log');
    const plan = compileColumnPlan(expression.stages);
    const verdict = judgeRows(plan, batch, LabelColumns.of(batch, plan.parser));
    assert.equal(verdict === undefined ? 'nothing' : [...verdict].map((one) => '-+?'[one]).join(''), expected);
  });
}

// Labels of the stream alone
judges('| app="web"', '++++++');
judges('| app="db"', '------');
judges('| level="error"', '------');
judges('| level=""', '++++++');

// Fields of a line
judges('| json', 'nothing');
judges('| json | level="error"', '+---??');
judges('| json | level!="error"', '-+++??');
judges('| json | level=~"err.*|info"', '++--??');
judges('| json | level=""', '--++??');
judges('| json | level!=""', '++--??');
judges('| json | app="web"', '++++++');
judges('| json | app_extracted="inner"', '??????');
judges('| json | data_id=1', '-+--??');
judges('| json | list="[1]"', '---???');
judges('| json | __error__=""', '++++??');
judges('| json | __error__!=""', '----??');

// Numbers: what does not convert sets an error
judges('| json | n > 2', '+-?-??');
judges('| json | n == -1.5', '-+?-??');
judges('| json | took > 10ms', '+?--??');
judges('| json | nope > 2', '----??');

judges('| json | took > 10ms | __error__!=""', '-?--??');
judges('| json | took > 10ms or __error__!=""', '+?--??');
judges('| json | took > 10ms and __error__!=""', '-?--??');

// Joined
judges('| json | level="error" and n > 2', '+---??');
judges('| json | level="error" or n < 0', '++?-??');
judges('| json | level="info" or level="error" | n > 2', '+---??');
judges('| json | ip=ip("10.0.0.1")', '??????');
judges('| json | ip=ip("10.0.0.1") and level="info"', '-?--??');

// Metadata comes before the line
judges('| json | level="error"', '+----+', [{}, {}, {}, {}, { level: 'info' }, { level: 'error' }]);
judges('| trace="a"', '+-----', [{ trace: 'a' }, { trace: 'b' }]);

// Extractions: missing is empty, and an empty value is no number
judges('| json l="level" | l="error"', '+---??');
judges('| json l="level" | l=""', '--++??');
judges('| json x="data.id" | x=1', '?+????');
judges('| json x="list[0]" | x="1"', 'nothing');

// Stages that columns cannot follow end the plan
judges('| json | line_format "x" | level="error"', 'nothing');
judges('| json | level="error" | line_format "x"', '+---??');
judges('| logfmt | level="error"', 'nothing');
