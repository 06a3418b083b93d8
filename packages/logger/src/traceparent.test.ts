import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSpanId, createTraceId, isSpanId, isTraceId, parseTraceParent, printTraceParent } from './traceparent.ts';

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const span = '00f067aa0ba902b7';

function accepts(header: string, sampled: boolean) {
  assert.deepEqual(parseTraceParent(header), { traceId: trace, spanId: span, sampled });
}
function refuses(header: unknown) {
  assert.equal(parseTraceParent(header), undefined, String(header));
}

test('valid headers of W3C Trace Context', () => {
  accepts(`00-${trace}-${span}-01`, true);
  accepts(`00-${trace}-${span}-00`, false);
  accepts(`00-${trace}-${span}-03`, true);
  accepts(`cc-${trace}-${span}-01`, true);
  accepts(`cc-${trace}-${span}-01-what-the-future-brings`, true);
});

test('malformed headers start a new trace', () => {
  refuses(undefined);
  refuses(['a', 'b']);
  refuses('');
  refuses(`00-${trace}-${span}`);
  refuses(`00-${trace}-${span}-01-extra`);
  refuses(`cc-${trace}-${span}-01.extra`);
  refuses(`ff-${trace}-${span}-01`);
  refuses(`00-${trace.toUpperCase()}-${span}-01`);
  refuses(`00-${'0'.repeat(32)}-${span}-01`);
  refuses(`00-${trace}-${'0'.repeat(16)}-01`);
  refuses(`00-${trace}-${span}-0x`);
  refuses(`cc-${trace}-${span}-01-${'x'.repeat(300)}`);
});

test('what is printed parses back', () => {
  for (let i = 0; i < 100; i++) {
    const parent = { traceId: createTraceId(), spanId: createSpanId(), sampled: i % 2 === 0 };
    assert.ok(isTraceId(parent.traceId) && isSpanId(parent.spanId));
    assert.deepEqual(parseTraceParent(printTraceParent(parent)), parent);
  }
});
