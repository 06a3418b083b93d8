import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLabels } from '../model/labels.ts';
import { Extracted } from './extracted.ts';
import { LabelSet } from './label-set.ts';

const set = (labels: Record<string, string>) => LabelSet.of(createLabels(labels));
const lazy = (values: Record<string, string>) => ({ names: Object.keys(values), get: (name: string) => values[name] });

test('labels are there, own values win, deleted ones are gone', () => {
  const extracted = new Extracted(set({ a: 'label', b: 'label' }));
  extracted.set('a', null);
  extracted.delete('b');
  extracted.set('c', 1);
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((name) => [extracted.has(name), extracted.get(name)]),
    [
      [true, null],
      [false, undefined],
      [true, 1],
      [false, undefined],
    ],
  );
  assert.deepEqual(extracted.names(), ['a', 'c']);
});

test('seeding again: labels overwrite, what came from labels that are gone stays', () => {
  const extracted = new Extracted(set({ a: '1', gone: 'x' }));
  extracted.set('a', 'own');
  extracted.set('z', 'own');
  extracted.seed(set({ a: '2', n: '3' }));
  assert.deepEqual(
    extracted.names().map((name) => [name, extracted.get(name)]),
    [
      ['a', '2'],
      ['gone', 'x'],
      ['n', '3'],
      ['z', 'own'],
    ],
  );
});

test('lazy fields replace what had their names, and survive the next ones', () => {
  const extracted = new Extracted(set({ stream: 'label' }));
  extracted.set('time', 'own');
  extracted.setLazy(lazy({ stream: 'a', time: 'b' }));
  assert.deepEqual([extracted.get('stream'), extracted.get('time')], ['a', 'b']);
  extracted.setLazy(lazy({ time: 'c' }));
  assert.deepEqual([extracted.get('stream'), extracted.get('time')], ['a', 'c']);
});

test('a copy is independent', () => {
  const extracted = new Extracted(set({ a: '1' }));
  const other = extracted.copy();
  other.set('a', '2');
  assert.deepEqual([extracted.get('a'), other.get('a')], ['1', '2']);
});
