import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomInt, seededRandom } from '../world/random.ts';
import { pageEntries } from './page-entries.ts';

/** Pages through entries at the given times and returns the lines in the order in which they came. */
async function linesOf(times: readonly number[], direction: 'forward' | 'backward', limit: number, batchSize: number) {
  const stored = times.map((time, index) => ({ time: BigInt(time), line: `line ${index}` }));
  const sorted = stored.toSorted((a, b) => Number(a.time - b.time));
  if (direction === 'backward') sorted.reverse();
  const lines: string[] = [];
  const pages = pageEntries(
    async (page) => {
      const hit = sorted.filter(({ time }) => time >= page.startNs && time < page.endNs).slice(0, page.limit);
      return [{ stream: { app: 'a' }, values: hit.map(({ time, line }) => [String(time), line] as const) }];
    },
    { startNs: 0n, endNs: 1000n },
    direction,
    limit,
    batchSize,
  );
  for await (const page of pages) lines.push(...page.map((entry) => entry.line));
  return { lines, expected: sorted.slice(0, limit).map((entry) => entry.line) };
}

test('pages lose and repeat nothing, whatever the runs of equal timestamps', async () => {
  const seed = 20261124;
  const random = seededRandom(seed);
  for (let round = 0; round < 300; round++) {
    const times = Array.from({ length: randomInt(random, 60) }, () => randomInt(random, 12));
    const limit = 1 + randomInt(random, 70);
    const batchSize = 1 + randomInt(random, 9);
    for (const direction of ['forward', 'backward'] as const) {
      const { lines, expected } = await linesOf(times, direction, limit, batchSize);
      assert.deepEqual(lines, expected, `seed ${seed}, round ${round}, ${direction}`);
    }
  }
});
