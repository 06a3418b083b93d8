import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foundBy } from './test/found-by.ts';
import { valueInLabel } from './value-in-label.ts';

test('the value in a label, not in an annotation', () => {
  const rule = (label: string) =>
    `[{ alert: A, expr: vector(1), labels: { l: '${label}' }, annotations: { s: '{{ $value }}' } }]`;
  assert.deepEqual(foundBy(valueInLabel, rule('{{ $value | humanize }}')), [
    'label l holds $value: each value makes another alert',
  ]);
  assert.equal(foundBy(valueInLabel, rule('{{ .Value }}')).length, 1);
  assert.deepEqual(foundBy(valueInLabel, rule('{{ $labels.value }}')), []);
  assert.deepEqual(foundBy(valueInLabel, rule('$value')), []);
});
