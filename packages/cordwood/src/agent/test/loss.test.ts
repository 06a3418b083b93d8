import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runLossTrial } from './loss-trial.ts';

test('kill -9, server outages and full disks during rotation: no line is lost', async (context) => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);
  const result = await runLossTrial({
    seed,
    lines: 9000,
    files: 6,
    kills: 3,
    outages: 2,
    fullDisks: 1,
    rotateAfter: 250,
    linesPerSecond: 1500,
    log: () => {},
  });
  context.diagnostic(
    `SEED=${seed}: ${result.rotations} rotations, ${result.duplicates} duplicates in ${result.seconds.toFixed(1)} s`,
  );
  assert.deepEqual(result.missing.slice(0, 20), [], `SEED=${seed}: ${result.missing.length} lines are missing`);
});
