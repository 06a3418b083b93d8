import assert from 'node:assert/strict';
import test from 'node:test';
import { createLabels, labelsObject } from '../model/labels.ts';
import { parseQuery } from './parse-query.ts';
import { compileTail } from './tail.ts';
import { createBatch } from './test/memory-source.ts';

const rows: readonly [labels: Record<string, string>, line: string][] = [
  [{ app: 'web' }, 'level=info msg=one'],
  [{ app: 'db' }, 'level=error msg=two'],
  [{ app: 'web' }, 'level=error msg=three'],
  [{ app: 'web' }, 'not logfmt "'],
];

function batch() {
  const streams = new Map<string, { id: number; labels: ReturnType<typeof createLabels> }>();
  return createBatch(
    rows.map(([labels, line], i) => {
      const key = JSON.stringify(labels);
      const stream = streams.get(key) ?? { id: streams.size, labels: createLabels(labels) };
      streams.set(key, stream);
      const structuredMetadata = createLabels({ trace: `t${i}` });
      return { timestampNs: BigInt(i), line, structuredMetadata, stream, sequence: i };
    }),
  );
}

function tails(query: string, expected: readonly string[], options: { categorizeLabels?: boolean } = {}): void {
  test(`${query} ${options.categorizeLabels ? 'with categorised labels ' : ''}tails ${expected.length} lines`, () => {
    const { expression } = parseQuery(query);
    assert.ok(expression?.kind === 'log');
    const lines = compileTail(
      expression,
      options,
    )(batch()).flatMap((stream) =>
      stream.entries.map((entry) => `${JSON.stringify(labelsObject(stream.labels))} ${entry.line}`),
    );
    assert.deepEqual(lines.sort(), [...expected].sort());
  });
}

tails('{app="db"}', ['{"app":"db","trace":"t1"} level=error msg=two']);
tails('{app="db"}', ['{"app":"db"} level=error msg=two'], { categorizeLabels: true });
tails('{app="none"}', []);
tails('{app=~".+"} |= "info"', ['{"app":"web","trace":"t0"} level=info msg=one']);
tails('{app="web"} | logfmt | level="error" | keep level', ['{"level":"error"} level=error msg=three']);
tails('{app="web"} | trace="t2" | line_format "{{.trace}}"', ['{"app":"web","trace":"t2"} t2']);

test('a tail keeps nothing of one batch for the next', () => {
  const { expression } = parseQuery('{app="web"} |= "one"');
  assert.ok(expression?.kind === 'log');
  const tail = compileTail(expression);
  for (let i = 0; i < 3; i++) assert.equal(tail(batch()).flatMap((stream) => stream.entries).length, 1);
});
