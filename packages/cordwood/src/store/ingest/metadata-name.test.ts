import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sanitizeMetadataName } from './metadata-name.ts';

function name(given: string, expected: string): void {
  assert.deepEqual(sanitizeMetadataName(given), { name: expected });
}
function refused(given: string, error: string): void {
  assert.deepEqual(sanitizeMetadataName(given), { error });
}

test('names', () => {
  name('plain', 'plain');
  name('dotted.name', 'dotted_name');
  name('dash-name', 'dash_name');
  name('double__under', 'double_under');
  name('1digit', 'key_1digit');
  name('sp ace', 'sp_ace');
  name('_lead', '_lead');
  name('__lead', '_lead');
  name('__dunder__', '__dunder__');
  name('__two__parts__', '__two_parts__');
  name('trail_', 'trail_');
  name('trail___', 'trail_');
  name('UPPER', 'UPPER');
  name('naïve', 'na_ve');
});

test('names that leave nothing', () => {
  refused('', 'label name is empty');
  refused('_', 'normalization for label name "_" resulted in invalid name "_"');
  refused('!!!', 'normalization for label name "!!!" resulted in invalid name "_"');
  refused('日本', 'normalization for label name "日本" resulted in invalid name "_"');
  refused('____', 'normalization for label name "____" resulted in invalid name "____"');
  refused('__é__', 'normalization for label name "__é__" resulted in invalid name "_____"');
});
