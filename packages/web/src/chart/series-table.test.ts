import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBytes, formatCount, formatSample } from './format-number.ts';
import { alignSeries, seriesName, seriesRows } from './series-table.ts';

const series = (labels: Record<string, string>, ...points: [number, number][]) => ({ labels, points });

test('series share one axis; a gap breaks the line', () => {
  const { seconds, columns } = alignSeries(
    [series({ a: '1' }, [10, 1], [20, 2], [50, 5]), series({ a: '2' }, [20, 7])],
    10_000,
  );
  assert.deepEqual(seconds, [10, 20, 30, 50]);
  assert.deepEqual(columns, [
    [1, 2, null, 5],
    [null, 7, null, null],
  ]);
});

test('what no chart can draw is left out of it and kept in the table', () => {
  const odd = [series({}, [1, Number.NaN], [2, Number.POSITIVE_INFINITY], [3, 4])];
  assert.deepEqual(alignSeries(odd, 1000).columns, [[null, null, 4]]);
  const [row] = seriesRows(odd);
  assert.deepEqual([row!.last, row!.min, row!.max], [4, 4, Number.POSITIVE_INFINITY]);
  assert.equal(Number.isNaN(seriesRows([series({})])[0]!.mean), true);
});

test('names without noise', () => {
  assert.equal(seriesName({}), 'value');
  assert.equal(seriesName({ service_name: 'api' }), 'api');
  assert.equal(seriesName({ level: '' }), 'level=""');
  assert.equal(seriesName({ a: '1', b: '2' }), 'a=1 b=2');
});

test('figures', () => {
  assert.deepEqual([0, 9999, 12_345, 1_250_000].map(formatCount), ['0', '9,999', '12.3k', '1.3M']);
  const samples = [0.000012, 1 / 3, 42, 123456.7, 1e15, Number.NaN, Number.NEGATIVE_INFINITY].map(formatSample);
  assert.deepEqual(samples, ['1.200e-5', '0.33333', '42', '123,457', '1.000e+15', 'NaN', '-Inf']);
  assert.deepEqual([512, 1500, 2_345_678, 5e9].map(formatBytes), ['512 B', '1.5 KB', '2.3 MB', '5.0 GB']);
});
