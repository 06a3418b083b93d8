import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLabels } from '../model/labels.ts';
import { LabelSet } from './label-set.ts';

const set = (labels: Record<string, string>) => LabelSet.of(createLabels(labels));

test('labels stay sorted, whatever comes', () => {
  const labels = LabelSet.empty.with('m', '1').with('a', '2').with('z', '3').with('m', '4');
  assert.equal(labels.text(), '{a="2", m="4", z="3"}');
  assert.equal(labels.without('m').text(), '{a="2", z="3"}');
  assert.equal(labels.without('none'), labels);
  assert.deepEqual([labels.get('a'), labels.get('none'), labels.has('none')], ['2', '', false]);
});

test('the same change gives the same object', () => {
  const base = set({ a: '1' });
  assert.equal(base.with('b', '2'), base.with('b', '2'));
  assert.equal(base.without('a'), base.without('a'));
  assert.notEqual(base.with('b', '2'), base.with('b', '3'));
});

test('a label with a value per line neither breaks nor fills the memory', () => {
  const base = set({ a: '1' });
  for (let i = 0; i < 10_000; i++) assert.equal(base.with('id', `value-${i}`).get('id'), `value-${i}`);
  assert.equal(base.with('id', 'value-5').text(), '{a="1", id="value-5"}');
});

test('internal labels never leave', () => {
  assert.equal(set({ __tenant_id__: 't', a: '1' }).withoutInternal().text(), '{a="1"}');
  const plain = set({ a: '1' });
  assert.equal(plain.withoutInternal(), plain);
});
