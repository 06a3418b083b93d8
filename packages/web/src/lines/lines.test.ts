import assert from 'node:assert/strict';
import { test } from 'node:test';
import { property } from '../../test/random.ts';
import type { AnsweredStream } from '../client/answers.ts';
import { levelOf, levelOfLabels } from './level.ts';
import { flattenFields, jsonExpressionOf, labelNameOf, parseLineFields } from './line-fields.ts';
import { compareNs, mergeRows, newestRows, rowIdentity, rowsOf } from './log-row.ts';
import { readableParts } from './readable-line.ts';
import { createRowHeights } from './row-window.ts';
import { visibleText } from './visible-text.ts';

test('levels in every usual spelling', () => {
  const f = (value: string | undefined, expected: string) => assert.equal(levelOf(value), expected);
  f('ERROR', 'error');
  f('Err', 'error');
  f('warning', 'warn');
  f('information', 'info');
  f('crit', 'critical');
  f('verbose?', 'unknown');
  f(undefined, 'unknown');
  f('constructor', 'unknown');
  assert.equal(levelOfLabels({ detected_level: 'unknown' }, { level: 'warn' }), 'warn');
  assert.equal(levelOfLabels({ detected_level: 'info' }, { level: 'error' }), 'info');
});

const stream = (labels: Record<string, string>, ...entries: [string, string][]): AnsweredStream => ({
  labels,
  entries: entries.map(([timestampNs, line]) => ({ timestampNs, line, structuredMetadata: {}, parsed: {} })),
});

test('rows of several streams come in one order', () => {
  const streams = [
    stream({ service_name: 'a' }, ['1000000003', 'a3'], ['1000000001', 'a1']),
    stream({ app: 'b' }, ['1000000002', 'b2'], ['999999999', 'b0']),
  ];
  assert.deepEqual(
    rowsOf(streams, 'newest').map((row) => row.line),
    ['a3', 'b2', 'a1', 'b0'],
  );
  const oldest = rowsOf(streams, 'oldest');
  assert.deepEqual(
    oldest.map((row) => `${row.service} ${row.timestampMs}`),
    ['b 999', 'a 1000', 'b 1000', 'a 1000'],
  );
});

test('nanoseconds compare as numbers', () => {
  property(500, (random) => {
    const [a, b] = [0, 0].map(() => String(BigInt(Math.floor(random.next() * 1e15)) * BigInt(random.pick([1, 1000]))));
    assert.equal(Math.sign(compareNs(a!, b!)), Number(BigInt(a!) > BigInt(b!)) - Number(BigInt(a!) < BigInt(b!)));
  });
});

test('merging overlapping answers keeps every entry once, and the ids of the first', () => {
  property(200, (random) => {
    const order = random.pick(['newest', 'oldest'] as const);
    const all = Array.from({ length: random.int(40) }, (_, i) =>
      stream({ app: `a${random.int(3)}` }, [String(1000 + random.int(10)), `line ${i}`]),
    );
    const first = rowsOf(
      all.filter(() => random.next() < 0.6),
      order,
    );
    const merged = mergeRows(first, rowsOf(all, order), order);
    assert.deepEqual(merged.map(rowIdentity).sort(), rowsOf(all, order).map(rowIdentity).sort());
    const ids = new Set(merged.map((row) => row.id));
    assert.ok(first.every((row) => ids.has(row.id)));
    const sign = order === 'newest' ? -1 : 1;
    for (let i = 1; i < merged.length; i++) {
      assert.ok(sign * compareNs(merged[i]!.timestampNs, merged[i - 1]!.timestampNs) >= 0);
    }
    assert.equal(newestRows(merged, 5, order).length, Math.min(5, merged.length));
  });
});

test('JSON lines become trees; numbers keep their digits', () => {
  const line = parseLineFields('{"a":{"b":[{"c":12345678901234567890}]},"n":1.50,"t":true,"z":null,"s":"x"}');
  assert.equal(line?.format, 'json');
  assert.deepEqual(
    flattenFields(line!.fields).map(
      (field) => `${jsonExpressionOf(field.path)} ${labelNameOf(field.path)} ${field.text}`,
    ),
    ['a.b[0].c a_b_0_c 12345678901234567890', 'n n 1.50', 't t true', 'z z null', 's s x'],
  );
});

test('logfmt lines become fields; prose does not', () => {
  const f = (line: string, expected: string | undefined) => {
    const fields = parseLineFields(line)?.fields;
    const text = fields?.map(({ name, value }) => `${name}=${'text' in value ? value.text : '?'}`).join('|');
    assert.equal(text, expected, line);
  };
  f('level=info msg="entry 1 posted" amount=2', 'level=info|msg=entry 1 posted|amount=2');
  f('a="say \\"hi\\"" b= c', 'a=say "hi"|b=');
  f('cut=off b="open', 'cut=off|b="open');
  f('GET /x?a=1 200', undefined);
  f('retrying with backoff=5 after failure', undefined);
  f('x=1 and then a lot of prose', undefined);
  f('[1,2,3]', undefined);
  f('{"broken":', undefined);
  f('', undefined);
});

test('labels and expressions of odd keys', () => {
  assert.equal(labelNameOf(['2xx', 'a-b', 'c d']), '_2xx_a_b_c_d');
  assert.equal(jsonExpressionOf(['a', 'x "y"', 0, 'z']), 'a["x \\"y\\""][0].z');
});

test('a readable line has the message first and no field twice', () => {
  const line = parseLineFields(
    '{"timestamp":"2026-11-20T00:01:45Z","level":"INFO","service":"permit","n":1,"message":"checked","data":{"list":["x"]}}',
  );
  const text = readableParts(line!, { service_name: 'permit' }).map((part) => `${part.kind[0]}:${part.text}`);
  assert.deepEqual(text, ['m:checked', 'k:n', 'v:1', 'k:data.list[0]', 'v:x']);
});

test('what happened comes before who said it', () => {
  const line = parseLineFields(
    '{"logger":"a.b","version":"1","trace_id":"7f","msg":"paid","data":{"amount":5,"version":2}}',
  );
  const keys = readableParts(line!, {})
    .filter((part) => part.kind !== 'value')
    .map((part) => part.text);
  assert.deepEqual(keys, ['paid', 'data.amount', 'data.version', 'logger', 'version', 'trace_id']);
});

test('a readable line loses no word', () => {
  const line = parseLineFields('level=info msg="batch sent" size=144B dry_run');
  const text = readableParts(line!, {}).map((part) => `${part.kind[0]}:${part.text}`);
  assert.deepEqual(text, ['m:batch sent', 'k:size', 'v:144B', 'w:dry_run']);
});

test('text that could deceive the reader becomes visible', () => {
  const f = (text: string, expected: string) => assert.equal(visibleText(text), expected);
  f('plain ünïcode 日本 🙂\ttab\nline', 'plain ünïcode 日本 🙂\ttab\nline');
  f('\u001b[31mred\u001b[0m', 'red');
  f('bell\u0007 nul\u0000 esc\u001b]0;x', 'bell␇ nul␀ esc␛]0;x');
  f('user\u202egnp.exe', 'user⟨U+202E⟩gnp.exe');
  f('zero\u200bwidth\r', 'zero⟨U+200B⟩width␍');
});

test('the window of rows holds exactly those that stand in the viewport', () => {
  property(300, (random) => {
    const heights = createRowHeights(() => 20);
    const ids = Array.from({ length: 1 + random.int(300) }, (_, i) => i * 3);
    for (const id of ids) if (random.next() < 0.3) heights.measure(id, 10 + random.int(200));
    const layout = heights.layout(ids);
    const viewTop = random.next() * layout.totalPx;
    const viewHeight = 50 + random.int(500);
    const { first, end, offsetPx } = layout.window(viewTop, viewHeight, 0);
    assert.equal(offsetPx, layout.offsetOf(first));
    assert.ok(layout.offsetOf(first) <= viewTop);
    assert.ok(layout.offsetOf(first + 1) >= viewTop);
    assert.ok(end === ids.length || layout.offsetOf(end) >= viewTop + viewHeight);
    assert.ok(end - 1 === first || layout.offsetOf(end - 1) <= viewTop + viewHeight);
  });
});

test('an empty list has an empty window', () => {
  const layout = createRowHeights(() => 20).layout([]);
  assert.deepEqual(layout.window(0, 500, 10), { first: 0, end: 0, offsetPx: 0, totalPx: 0 });
});
