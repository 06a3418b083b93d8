import assert from 'node:assert/strict';
import test from 'node:test';
import { createLabels, printLabels } from '../model/labels.ts';
import { detectedLabels } from './detected-labels.ts';
import { aggregateVolumes, type VolumeRequest } from './volume.ts';

const span = { start: 0, end: 0 };
const streams = [
  [{ job: 'web', host: 'a', room: '1' }, 10],
  [{ job: 'web', host: 'b' }, 20],
  [{ job: 'db', host: 'a', room: 'x' }, 5],
] as const;
const volumes = streams.map(([labels, bytes], id) => ({ stream: { id, labels: createLabels(labels) }, bytes }));

function gives(
  name: string,
  request: Partial<VolumeRequest> & { names?: readonly string[] },
  expected: readonly string[],
): void {
  test(`volume ${name}`, () => {
    const matchers = (request.names ?? []).map(
      (one) => ({ kind: 'matcher', span, name: one, operator: '=~', value: '.+' }) as const,
    );
    const whole = { matchers, targetLabels: [], aggregateBy: 'series', limit: 100, seriesMax: 0, ...request } as const;
    assert.deepEqual(
      aggregateVolumes(volumes, whole).map(({ labels, bytes }) => `${printLabels(labels)} ${bytes}`),
      expected,
    );
  });
}

gives('by the labels of the matchers, largest first', { names: ['job'] }, ['{job="web"} 30', '{job="db"} 5']);
gives('by target labels; streams without one are left out', { names: ['job'], targetLabels: ['room'] }, [
  '{room="1"} 10',
  '{room="x"} 5',
]);
gives('without matchers by all labels', {}, [
  '{host="b", job="web"} 20',
  '{host="a", job="web", room="1"} 10',
  '{host="a", job="db", room="x"} 5',
]);
gives('by names of labels', { aggregateBy: 'labels' }, ['{host=""} 35', '{job=""} 35', '{room=""} 15']);
gives('cut at the limit', { names: ['host'], limit: 1 }, ['{host="b"} 20']);

test('volume refuses too many series', () => {
  const request = { matchers: [], targetLabels: [], aggregateBy: 'series', limit: 1, seriesMax: 2 } as const;
  assert.throws(() => aggregateVolumes(volumes, request), {
    message: 'the query hit the max number of series limit (limit: 2 series)',
  });
});

test('detected labels leave out numbers and UUIDs', () => {
  const refs = [
    { id: 1, labels: createLabels({ job: 'a', version: '1.0', id: '123e4567-e89b-12d3-a456-426614174000', pod: '7' }) },
    { id: 2, labels: createLabels({ job: 'b', version: '2', mixed: '3' }) },
    { id: 3, labels: createLabels({ job: 'b', mixed: 'x' }) },
  ];
  assert.deepEqual(detectedLabels(refs), [
    { label: 'job', cardinality: 2 },
    { label: 'mixed', cardinality: 2 },
    { label: 'pod', cardinality: 1 },
  ]);
});
