import assert from 'node:assert/strict';
import test from 'node:test';
import { createLabels } from '../../model/labels.ts';
import { streamPredicate } from '../../model/predicate.ts';
import type { Tenant } from '../../model/tenant.ts';
import { createMemorySource } from '../test/memory-source.ts';
import { PatternCounts } from './pattern-counts.ts';

const tenant = 'a' as Tenant;

async function patternsOf(lines: readonly string[], stepSeconds = 60): Promise<string[]> {
  const source = createMemorySource();
  const labels = createLabels({ app: 'x' });
  const structuredMetadata = createLabels({ detected_level: 'info' });
  source.push(
    tenant,
    labels,
    lines.map((line, i) => ({ line, timestampNs: BigInt(i) * 1_000_000_000n, structuredMetadata })),
  );
  const counts = new PatternCounts({ stepNs: BigInt(stepSeconds) * 1_000_000_000n, messageFields: ['msg', 'message'] });
  const range = { startNs: 0n, endNs: 10n ** 18n };
  const predicate = streamPredicate(() => true);
  for await (const batch of source.select({ tenant, range, predicate, order: 'any', direction: 'forward' })) {
    counts.add(batch);
  }
  return counts
    .finish()
    .map(
      ({ pattern, level, samples }) => `${level} ${pattern} ${samples.map((one) => `${one.timestampMs}:${one.count}`)}`,
    );
}

function repeat(count: number, line: (i: number) => string): string[] {
  return Array.from({ length: count }, (_, i) => line(i));
}

function finds(name: string, lines: readonly string[], expected: readonly string[]): void {
  test(name, async () => assert.deepEqual(await patternsOf(lines), expected));
}

finds(
  'numbers become wildcards',
  repeat(70, (i) => `user ${i} signed in from ${i * 7} terminals`),
  ['info user <_> signed in from <_> terminals 0:60,60000:10'],
);
finds(
  'fewer than 30 lines make no pattern',
  repeat(29, (i) => `user ${i} signed in from here`),
  [],
);
finds(
  'fewer than four tokens make no pattern',
  repeat(40, (i) => `user ${i} left`),
  [],
);
finds(
  'words that differ become wildcards',
  repeat(40, (i) => `request for ${['ada', 'bob', 'eve'][i % 3]} was served quickly`),
  ['info request for <_> was served quickly 0:40'],
);
finds(
  'two kinds of lines are two patterns, the more frequent first',
  [...repeat(31, (i) => `job ${i} started on node n${i}`), ...repeat(35, (i) => `disk usage at ${i} percent now`)],
  ['info disk usage at <_> percent now 0:29,60000:6', 'info job <_> started on node <_> 0:31'],
);
finds(
  'the message of a JSON line is mined and stands between wildcards',
  repeat(30, (i) => `{"level":"info","msg":"cache ${i} was filled","n":${i}}`),
  ['info <_>cache <_> was filled<_> 0:30'],
);
finds(
  'signs are tokens of their own',
  repeat(30, (i) => `took=${i}ms status=200 path="/a/${i}"`),
  ['info took=<_> status=<_> path="<_>" 0:30'],
);
