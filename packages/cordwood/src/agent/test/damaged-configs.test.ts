/** Whatever is in a file or a line: a check says what is wrong, the formatter settles after one turn, a pipeline goes on. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Random, randomInt, seededRandom } from '../../world/random.ts';
import { SimulatedClock } from '../../world/simulated-clock.ts';
import { checkFiles } from '../check.ts';
import { formatFile } from '../format-file.ts';
import { traceLine } from '../trace.ts';
import type { StageCase } from './run-case.ts';

const fixtures = join(import.meta.dirname, 'fixtures', 'stages');
const environment = { variable: () => undefined, hostname: 'h', os: 'linux', arch: 'amd64', version: '1' };
const cases = readdirSync(fixtures)
  .filter((name) => name.endsWith('.jsonl'))
  .flatMap((name) => readFileSync(join(fixtures, name), 'utf8').trim().split('\n'))
  .map((line) => JSON.parse(line) as StageCase)
  .filter(({ alloy }) => alloy.includes('loki.process "case"'));
const configOf = ({ alloy }: StageCase) =>
  `${alloy.replaceAll('loki.write.capture.receiver', 'loki.echo.e.receiver')}\nloki.echo "e" { }\n`;

const inText = ['{', '}', '"', '`', '[', ']', '(', '=', ',', '\n', '//', '/*', 'null', '1e999', 'sys.env("X")', '\\', '\0', 'ü', '1/0', 'rule']; // biome-ignore format: one line
const inLines = ['{', '}', '"', '\\', '\0', '\ud800', 'ü', '\n', 'null', '1e999', ' P ', '%', '{"a":{"b":1}}', '9223372036854775808']; // biome-ignore format: one line

/** Pieces are left out, doubled, and put in. */
function damage(text: string, pieces: readonly string[], random: Random): string {
  let out = text;
  for (let i = 1 + randomInt(random, 4); i > 0; i--) {
    const start = randomInt(random, out.length + 1);
    const end = Math.min(out.length, start + randomInt(random, 20));
    const kind = randomInt(random, 3);
    const middle =
      kind === 0 ? '' : kind === 1 ? pieces[randomInt(random, pieces.length)]! : out.slice(start, end).repeat(2);
    out = out.slice(0, start) + middle + out.slice(kind === 1 ? start : end);
  }
  return out;
}

test('damaged configurations are checked and formatted, never a crash', (context) => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);
  context.diagnostic(`SEED=${seed}`);
  const random = seededRandom(seed);
  for (let i = 0; i < 3000; i++) {
    const text = damage(configOf(cases[randomInt(random, cases.length)]!), inText, random);
    const file = { name: 'c.alloy', text };
    const where = `SEED=${seed}: ${JSON.stringify(text)}`;
    assert.doesNotThrow(() => checkFiles({ files: [file], environment }), where);
    const formatted = formatFile(file);
    if (formatted.text === undefined) continue;
    assert.equal(formatFile({ name: 'c.alloy', text: formatted.text }).text, formatted.text, where);
  }
});

test('damaged lines go through every recorded pipeline, never a crash', async (context) => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);
  context.diagnostic(`SEED=${seed}`);
  const random = seededRandom(seed);
  for (let i = 0; i < 1500; i++) {
    const stageCase = cases[randomInt(random, cases.length)]!;
    const input = stageCase.input[randomInt(random, stageCase.input.length)];
    if (typeof input !== 'string') continue;
    const line = damage(input, inLines, random);
    const traced = traceLine({
      files: [{ name: 'c.alloy', text: configOf(stageCase) }],
      environment,
      clock: new SimulatedClock(1_700_000_000_000_000_000n),
      line,
      labels: {},
      component: 'loki.process.case',
    });
    await assert.doesNotReject(traced, `SEED=${seed}: ${stageCase.id} ${JSON.stringify(line)}`);
  }
});
