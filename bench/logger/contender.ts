import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contenders } from './contenders.ts';
import { context, deep, message, scenarios, secretValue } from './scenarios.ts';

// One logger in a process of its own: node --expose-gc contender.ts NAME. Shows first that it really writes the fields, then
// prints nanoseconds and bytes of heap a call, by scenario, as JSON.

const roundMs = 30;
const rounds = 9;
const heapCalls = 2_000;

const create = contenders[process.argv[2] ?? ''];
assert.ok(create, `one of: ${Object.keys(contenders).join(', ')}`);

const directory = mkdtempSync(join(tmpdir(), 'bench-logger-'));
const checked = create(join(directory, 'log'));
const lines = () => readFileSync(join(directory, 'log'), 'utf8').trimEnd().split('\n');
for (const scenario of scenarios) {
  const call = checked.calls[scenario];
  if (call === undefined) continue;
  if (scenario === 'context') checked.inContext(call);
  else call();
  checked.flush();
  const last = lines().at(-1) as string;
  JSON.parse(last);
  assert.ok(last.includes(message), `${scenario}: ${last}`);
  if (scenario === 'deep object') assert.ok(last.includes(deep.items[1]?.sku as string), last);
  if (scenario === 'child') assert.ok(last.includes('calculator'), last);
  if (scenario === 'context') assert.ok(last.includes(context.request_id), last);
  if (scenario === 'redaction') assert.ok(!last.includes(secretValue) && last.includes('u-1'), last);
}
rmSync(directory, { recursive: true });

const measured = create('/dev/null');
const results: Record<string, { ns: number; bytes: number }> = {};
const collect = (globalThis as { gc?: () => void }).gc as () => void;
for (const scenario of scenarios) {
  const call = measured.calls[scenario];
  if (call === undefined) continue;
  const run = () => {
    const many = (count: number) => {
      for (let i = 0; i < count; i++) call();
    };
    // Processor time of this thread: what other programs do at the same time does not count.
    const timed = (count: number) => {
      const start = process.threadCpuUsage();
      many(count);
      const used = process.threadCpuUsage(start);
      return (used.user + used.system) * 1_000;
    };
    // Enough calls that the clock, which may tick in milliseconds, has something to measure.
    let count = 500;
    for (let usedNs = timed(count); usedNs < (roundMs * 1e6) / 2; usedNs = timed(count)) count *= 2;
    many(count);
    const times = Array.from({ length: rounds }, () => timed(count) / count);
    measured.flush();
    collect();
    const before = process.memoryUsage().heapUsed;
    many(heapCalls);
    const bytes = (process.memoryUsage().heapUsed - before) / heapCalls;
    times.sort((a, b) => a - b);
    results[scenario] = { ns: times[rounds >> 1] as number, bytes };
  };
  if (scenario === 'context') measured.inContext(run);
  else run();
  // The queues of those who write later.
  await new Promise((resolve) => setImmediate(resolve));
}
process.stdout.write(JSON.stringify(results));
process.exit(0);
