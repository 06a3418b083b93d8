import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Block, blockName, decodeBody, parse, schema, type Variant, variantBlocks } from '@cordwood/alloy';
import { randomInt, seededRandom } from '../world/random.ts';
import { SimulatedClock } from '../world/simulated-clock.ts';
import { fusibleRun } from './fused-replace.ts';
import { LabelSet } from './label-set.ts';
import { Chunk, LogEntry } from './log-entry.ts';
import { MetricRegistry } from './metrics.ts';
import { Pipeline } from './pipeline.ts';
import { PipelineEntry } from './pipeline-entry.ts';
import { noReceipt } from './receipt.ts';
import { stageDefinitions, stageSchemas } from './stages/registry.ts';

const body = schema({ blocks: { stage: variantBlocks(stageSchemas) } });

function stagesOf(text: string): readonly Variant[] {
  const file = { name: 'x.alloy', text };
  const parsed = parse(file);
  assert.deepEqual(parsed.diagnostics, []);
  const decoded = decodeBody(parsed.file.body, body, { file, resolve: () => undefined }, { start: 0, end: 0 });
  assert.deepEqual(decoded.diagnostics, []);
  return decoded.arguments!.stage;
}

/** The lines after the stages; watched, every stage runs by itself. */
async function run(stages: readonly Variant[], lines: readonly string[], watched: boolean): Promise<string[]> {
  const pipeline = new Pipeline(
    stages,
    stageDefinitions(),
    {
      clock: new SimulatedClock(0n),
      random: seededRandom(1),
      log: () => {},
      metrics: new MetricRegistry(),
      environment: { variable: () => undefined, hostname: '', os: '', arch: '', version: '' },
      dropped: () => {},
      releaseAfter: () => {},
    },
    () => {},
    watched ? () => {} : undefined,
  );
  const bytes = Buffer.from(lines.join('\n'));
  const chunk = new Chunk(bytes);
  const entries: PipelineEntry[] = [];
  let start = 0;
  for (const line of lines) {
    const end = start + Buffer.byteLength(line);
    entries.push(new PipelineEntry(LogEntry.ofChunk(LabelSet.empty, 0, 0, noReceipt, chunk, start, end)));
    start = end + 1;
  }
  return (await pipeline.run(entries)).map((entry) => entry.text);
}

/** The replace stages of GreenLang's policy, as text. */
function greenlangPolicy(): string {
  const path = join(import.meta.dirname, '../../../../greenlang/config.alloy');
  const parsed = parse({ name: path, text: readFileSync(path, 'utf8') });
  const find = (blocks: readonly Block[]): string[] =>
    blocks.flatMap((block) => {
      if (blockName(block) === 'stage.replace') return [parsed.file.source.text.slice(block.start, block.end)];
      return find(block.body.filter((statement) => statement.kind === 'block'));
    });
  return find(parsed.file.body.filter((statement) => statement.kind === 'block')).join('\n');
}

const parts = [
  'jane.doe@example.com', 'é@ü.de', '4111 1111 1111 1111', '4111111111111112', '"password":"hunter2"', 'Bearer abcdef1234567890abcdef12',
  '\\"token\\":\\"abcd1234efgh5678\\"', 'eyJhbGciOiJIUzI1.eyJzdWIiOiIx.abc', 'sk-aaaaaaaaaaaaaaaaaaaaaaaa', 'https://u:pw1@host/', 'DE89 3704 0044 0532 0130 00',
  '10.0.0.1', '::1', 'plain words', '{"level":"INFO","n":1}', ' ', '\t', 'key=value', 'naïve ☃', '-----BEGIN PRIVATE KEY-----abc',
]; // biome-ignore format: a list of parts

test('fused, the redaction of GreenLang does to random lines what its stages do one by one', async () => {
  const stages = stagesOf(greenlangPolicy());
  assert.ok(fusibleRun(stages, 0)!.length >= 15, 'the policy is fused');
  const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);
  const random = seededRandom(seed);
  const lines = Array.from({ length: 1500 }, () =>
    Array.from({ length: randomInt(random, 6) }, () => parts[randomInt(random, parts.length)]).join(
      [' ', '', '"', ':'][randomInt(random, 4)],
    ),
  );
  assert.deepEqual(await run(stages, lines, false), await run(stages, lines, true), `SEED=${seed}`);
});

test('a stage sees what the one before it made of the line', async () => {
  const stages = stagesOf(
    'stage.replace {\n expression = "(a+)"\n replace = "b"\n}\nstage.replace {\n expression = "(b+)"\n replace = "c"\n}',
  );
  assert.deepEqual(await run(stages, ['xaax', 'bbx', 'x'], false), ['xcx', 'cx', 'x']);
});

for (const [name, text, length] of [
  [
    'a source other than the line',
    'stage.replace {\n expression = "(a)"\n source = "s"\n}\nstage.replace {\n expression = "(b)"\n}',
    undefined,
  ],
  [
    'a quotation that could swallow the next',
    'stage.replace {\n expression = `(\\Qa)`\n}\nstage.replace {\n expression = "(b)"\n}',
    undefined,
  ],
  [
    'another stage between',
    'stage.replace {\n expression = "(a)"\n}\nstage.decolorize { }\nstage.replace {\n expression = "(b)"\n}',
    undefined,
  ],
  [
    'two, then another stage',
    'stage.replace {\n expression = "(a)"\n}\nstage.replace {\n expression = "(?i)(b)|c"\n}\nstage.decolorize { }',
    2,
  ],
] as const) {
  test(`fusing: ${name}`, () => {
    const usable = text.includes('\\Q') ? text.replace('(\\Qa)', 'x\\Qa') : text;
    assert.equal(fusibleRun(stagesOf(usable), 0)?.length, length);
  });
}
