import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

// npm run fuzz -- [INPUTS] [SEED]: the fuzz tests of the LogQL parser and of the API with many more inputs than `npm test` gives
// them. Nine of ten inputs are mutated queries, the others mutated requests to every route of a real API over a real store.

const inputs = Number(process.argv[2] ?? 1_000_000);
const seed = process.argv[3] ?? String(Math.floor(Math.random() * 2 ** 31));
if (!Number.isSafeInteger(inputs) || inputs < 10 || !/^\d+$/.test(seed)) {
  process.stderr.write('Usage: npm run fuzz -- [INPUTS] [SEED]\n');
  process.exit(2);
}
const requests = Math.floor(inputs / 10);
process.stdout.write(`SEED=${seed}: ${inputs - requests} queries, ${requests} requests\n`);
const { status } = spawnSync(
  process.execPath,
  [
    '--test',
    '--test-timeout=36000000',
    join(import.meta.dirname, '../packages/logql/test/fuzz.test.ts'),
    join(import.meta.dirname, '../packages/cordwood/src/api/mutated-requests.test.ts'),
  ],
  {
    stdio: 'inherit',
    env: { ...process.env, SEED: seed, FUZZ_INPUTS: String(inputs - requests), FUZZ_REQUESTS: String(requests) },
  },
);
process.exit(status ?? 1);
