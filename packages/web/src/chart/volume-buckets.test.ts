import assert from 'node:assert/strict';
import { test } from 'node:test';
import { property } from '../../test/random.ts';
import { volumeOf, volumePoints } from './volume-buckets.ts';

const series = (labels: Record<string, string>, ...points: [number, number][]) => ({ labels, points });

test('spellings of one level are one layer, the most severe at the bottom', () => {
  const volume = volumeOf(
    [
      series({ detected_level: 'info' }, [10, 4], [20, 5]),
      series({ level: 'WARN' }, [10, 1]),
      series({ detected_level: 'warning' }, [20, 2]),
      series({ detected_level: 'error', level: 'info' }, [20, 3]),
      series({}, [10, 7]),
    ],
    { startMs: 0, endMs: 20_000 },
    10_000,
  );
  assert.deepEqual(volume.startsMs, [0, 10_000]);
  assert.deepEqual(
    volume.layers.map((layer) => [layer.level, layer.values, layer.counts]),
    [
      ['error', ['error'], [0, 3]],
      ['warn', ['WARN', 'warning'], [1, 2]],
      ['info', ['info'], [4, 5]],
      ['unknown', ['unknown'], [7, 0]],
    ],
  );
  assert.equal(volume.total, 22);
});

test('the windows of the points cover the range, and each bar has its instant', () => {
  property(500, (random) => {
    const stepMs = random.pick([1000, 5000, 60_000, 3_600_000]);
    const startMs = random.int(1e9);
    const range = { startMs, endMs: startMs + 1 + random.int(stepMs * 50) };
    const points = volumePoints(range, stepMs);
    assert.equal(points.startMs % stepMs, 0);
    assert.ok(points.startMs - stepMs <= range.startMs && range.startMs < points.startMs);
    assert.ok(points.endMs >= range.endMs && points.endMs - stepMs < range.endMs);
    const every: [number, number][] = [];
    for (let at = points.startMs; at <= points.endMs; at += stepMs) every.push([at / 1000, 1]);
    const volume = volumeOf([series({ level: 'info' }, ...every)], range, stepMs);
    assert.equal(volume.total, every.length);
    assert.ok(volume.startsMs.at(-1)! < range.endMs);
  });
});

test('points outside the range and non-numbers are left out', () => {
  const volume = volumeOf([series({}, [-20, 1], [10, Number.NaN], [999, 1])], { startMs: 0, endMs: 10_000 }, 10_000);
  assert.equal(volume.total, 0);
});
