/** The loss trial of issue 5 at full length: LINES, FILES, KILLS, OUTAGES, FULL_DISKS, RATE and SEED change it. */
import { runLossTrial } from '../packages/cordwood/src/agent/test/loss-trial.ts';

const number = (name: string, fallback: number) => Number(process.env[name] ?? fallback);
const options = {
  seed: number('SEED', 1),
  lines: number('LINES', 2_000_000),
  files: number('FILES', 40),
  kills: number('KILLS', 30),
  outages: number('OUTAGES', 20),
  fullDisks: number('FULL_DISKS', 10),
  rotateAfter: number('ROTATE_AFTER', 5000),
  linesPerSecond: number('RATE', 10_000),
};
const result = await runLossTrial({ ...options, log: (message) => console.log(message) });
console.log(
  JSON.stringify({ ...options, ...result, missing: result.missing.length, first: result.missing.slice(0, 5) }),
);
process.exitCode = result.missing.length === 0 ? 0 : 1;
