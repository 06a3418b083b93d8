import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createDelivery, type DeliveryOptions, type PostOutcome } from './delivery.ts';
import { openSpill, type Spill } from './spill.ts';

const delivered: PostOutcome = { kind: 'delivered' };
const down: PostOutcome = { kind: 'retry', reason: '503 down' };

/** A delivery whose server and clock the test moves. */
function setUp(options: Partial<DeliveryOptions> = {}) {
  let nowMs = 0;
  let server: (lines: readonly string[]) => PostOutcome = () => delivered;
  const timers: { atMs: number; callback: () => void }[] = [];
  const posts: string[][] = [];
  const reports: string[] = [];
  const counts = { delivered: 0, lost: 0, length: 0 };
  const delivery = createDelivery({
    async post(lines) {
      posts.push([...lines]);
      return server(lines);
    },
    now: () => nowMs,
    later: (callback, delayMs) => timers.push({ atMs: nowMs + delayMs, callback }),
    random: () => 1,
    settled: (lines, length, ok) => {
      counts[ok ? 'delivered' : 'lost'] += lines;
      counts.length += length;
    },
    report: (message) => reports.push(message),
    ...options,
  });
  const settle = async () => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    delivery,
    posts,
    reports,
    counts,
    settle,
    server: (answer: (lines: readonly string[]) => PostOutcome) => {
      server = answer;
    },
    async advance(ms: number) {
      const end = nowMs + ms;
      for (;;) {
        await settle();
        const next = timers.filter((timer) => timer.atMs <= end).sort((a, b) => a.atMs - b.atMs)[0];
        if (next === undefined) break;
        timers.splice(timers.indexOf(next), 1);
        nowMs = Math.max(nowMs, next.atMs);
        next.callback();
      }
      nowMs = end;
      await settle();
    },
  };
}

function folder(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'spill-'));
  context.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

test('lines wait for each other, then go in order', async () => {
  const { delivery, posts, counts, advance } = setUp();
  delivery.accept(['a']);
  delivery.accept(['b', 'c']);
  await advance(499);
  assert.deepEqual(posts, []);
  await advance(1);
  assert.deepEqual(posts, [['a', 'b', 'c']]);
  assert.deepEqual(counts, { delivered: 3, lost: 0, length: 6 });
});

test('a full batch goes at once; batches are bounded by lines and length', async () => {
  const { delivery, posts, settle } = setUp({ batchLengthMax: 20, batchLinesMax: 3 });
  delivery.accept(Array.from({ length: 10 }, (_, i) => `line ${i}`));
  await settle();
  assert.deepEqual(
    posts.map((post) => post.length),
    [3, 3, 3, 1],
  );
  assert.deepEqual(
    posts.flat(),
    Array.from({ length: 10 }, (_, i) => `line ${i}`),
  );
});

test('a server that is away is asked again, less and less often, and nothing is lost', async () => {
  const { delivery, posts, reports, counts, server, advance } = setUp();
  server(() => down);
  delivery.accept(['a']);
  await advance(500);
  assert.equal(posts.length, 1);
  await advance(500);
  assert.equal(posts.length, 2);
  await advance(1_000);
  assert.equal(posts.length, 3);
  await advance(60_000);
  assert.ok(posts.length < 12, String(posts.length));
  delivery.accept(['b']);
  server(() => delivered);
  await advance(31_000);
  assert.deepEqual(posts.slice(-2), [['a'], ['b']]);
  assert.deepEqual([counts.delivered, counts.lost], [2, 0]);
  assert.equal(reports.length, 2);
});

test('Retry-After is obeyed; a refusal is final and does not stop the others', async () => {
  const { delivery, posts, reports, counts, server, advance } = setUp();
  server(() => ({ kind: 'retry', reason: '429', afterMs: 20_000 }));
  delivery.accept(['a']);
  await advance(500);
  await advance(19_000);
  assert.equal(posts.length, 1);
  server((lines) => (lines.includes('a') ? { kind: 'refused', reason: '400 bad' } : delivered));
  await advance(2_000);
  delivery.accept(['b']);
  await advance(1_000);
  assert.deepEqual([counts.delivered, counts.lost], [1, 1]);
  assert.ok(reports.includes('1 lines were refused: 400 bad'), reports.join());
});

test('memory is bounded: the oldest go, counted', async () => {
  const { delivery, counts, server, advance } = setUp({ memoryLengthMax: 100, batchLengthMax: 20 });
  server(() => down);
  for (let i = 0; i < 50; i++) {
    delivery.accept([`line ${String(i).padStart(3, '0')}`]);
    await advance(1);
  }
  assert.ok(counts.lost > 30 && counts.lost < 50, String(counts.lost));
  server(() => delivered);
  await advance(60_000);
  assert.equal(counts.delivered + counts.lost, 50);
});

test('the end: what can be delivered is, the rest is kept on disk and delivered by the next process', async (context) => {
  const directory = folder(context);
  const first = setUp({ spill: openSpill(directory, 1e6) });
  first.server(() => down);
  first.delivery.accept(['a', 'b']);
  const flushed = first.delivery.flush(2_000);
  await first.advance(3_000);
  await flushed;
  assert.deepEqual(first.counts, { delivered: 2, lost: 0, length: 4 });
  assert.equal(readdirSync(directory).length, 1);

  const second = setUp({ spill: openSpill(directory, 1e6) });
  second.delivery.accept(['c']);
  await second.advance(1_000);
  assert.deepEqual(second.posts, [['c'], ['a', 'b']]);
  assert.deepEqual(readdirSync(directory), []);
});

test('without a spill the rest is lost at the end, and counted', async () => {
  const { delivery, counts, server, advance } = setUp();
  server(() => down);
  delivery.accept(['a']);
  const flushed = delivery.flush(1_000);
  await advance(2_000);
  await flushed;
  assert.equal(counts.lost, 1);
  await delivery.flush(1_000);
});

test('memory that overflows moves to disk and comes back', async (context) => {
  const { delivery, posts, counts, server, advance } = setUp({
    spill: openSpill(folder(context), 1e6),
    memoryLengthMax: 60,
    batchLengthMax: 20,
  });
  server(() => down);
  for (let i = 0; i < 30; i++) {
    delivery.accept([`line ${i}`]);
    await advance(1);
  }
  server(() => delivered);
  await advance(120_000);
  delivery.accept(['last']);
  await advance(60_000);
  assert.equal(counts.lost, 0);
  const seen = new Set(posts.flat());
  for (let i = 0; i < 30; i++) assert.ok(seen.has(`line ${i}`), String(i));
});

test('a server that fails while the disk is sent keeps the file', async (context) => {
  const spill = openSpill(folder(context), 1e6);
  spill.keep(['old']);
  const { delivery, posts, server, advance } = setUp({ spill });
  server((lines) => (lines.includes('old') && posts.length < 3 ? down : delivered));
  delivery.accept(['a']);
  await advance(1_000);
  delivery.accept(['b']);
  await advance(5_000);
  assert.deepEqual(posts, [['a'], ['old'], ['b'], ['old']]);
});

test('a disk that refuses loses the lines, counted and said', async () => {
  const broken: Spill = {
    keep() {
      throw new Error('disk full');
    },
    claim: () => undefined,
    droppedLines: () => 0,
  };
  const { delivery, counts, reports, server, advance } = setUp({ spill: broken });
  server(() => down);
  delivery.accept(['a']);
  const flushed = delivery.flush(100);
  await advance(1_000);
  await flushed;
  assert.deepEqual([counts.lost, reports.some((report) => report.includes('disk full'))], [1, true]);
});

test('a spill is bounded: the oldest file goes', (context) => {
  const spill = openSpill(folder(context), 25);
  spill.keep(['0123456789']);
  spill.keep(['1123456789']);
  spill.keep(['2123456789']);
  assert.equal(spill.droppedLines(), 1);
  assert.deepEqual(spill.claim()?.lines, ['1123456789']);
});

test('claims of processes that are gone are released, those of living ones are not', (context) => {
  const directory = folder(context);
  openSpill(directory, 1e6).keep(['x']);
  const [name] = readdirSync(directory) as [string];
  renameSync(join(directory, name), join(directory, `${name}.claimed-${process.ppid}`));
  assert.equal(openSpill(directory, 1e6).claim(), undefined);
  renameSync(join(directory, `${name}.claimed-${process.ppid}`), join(directory, `${name}.claimed-999999999`));
  assert.deepEqual(openSpill(directory, 1e6).claim()?.lines, ['x']);
  writeFileSync(join(directory, 'half-written.jsonl.tmp'), 'x');
  assert.equal(openSpill(directory, 1e6).claim(), undefined);
});
