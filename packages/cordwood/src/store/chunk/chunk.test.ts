import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Batch } from '../../model/batch.ts';
import { WorldError } from '../../model/failure.ts';
import { createLabels, labelsObject, printLabels } from '../../model/labels.ts';
import { writeSynced } from '../../world/disk.ts';
import { type Random, randomInt, seededRandom } from '../../world/random.ts';
import { SimulatedDisk } from '../../world/simulated-disk.ts';
import { Head } from '../head/head.ts';
import { HeadTable } from '../head/head-table.ts';
import { SlabPool } from '../head/slab-pool.ts';
import { StreamRegistry } from '../rows/stream-registry.ts';
import { TableBatch } from '../rows/table-batch.ts';
import { ChunkReader, ChunkTable } from './chunk-reader.ts';
import { encodeChunk } from './chunk-writer.ts';

interface Row {
  readonly offset: number;
  readonly line: string;
  readonly stream?: string;
  readonly metadata?: Record<string, string>;
}

const day = 20_781;

/** Rows as a batch of a head; they must ascend in time. */
function headBatch(rows: readonly Row[]): TableBatch {
  const registry = new StreamRegistry();
  const head = new Head(1, 0, new SlabPool(0));
  const days = head.day(day);
  for (const [i, { offset, line, stream = 's', metadata = {} }] of rows.entries()) {
    const bytes = Buffer.from(line);
    const room = head.reserve(bytes.length);
    room.bytes.set(bytes, room.offset);
    head.take(bytes.length);
    const ref = registry.refOf(createLabels({ app: stream }));
    head.append(days, ref, offset, i + 1, room.slab, room.offset, bytes.length, createLabels(metadata));
  }
  return new TableBatch(new HeadTable(days, rows.length), allRows(rows.length));
}

const allRows = (count: number) => Uint32Array.from({ length: count }, (_, row) => row);

async function writeChunk(rows: readonly Row[]): Promise<{ disk: SimulatedDisk; path: string; bytes: Uint8Array }> {
  const chunk = await encodeChunk('tenant', headBatch(rows));
  const disk = new SimulatedDisk({ seed: 1 });
  await disk.createDirectory('/c');
  await writeSynced(disk, '/c/1.chunk', chunk.parts);
  assert.equal(await disk.size('/c/1.chunk'), chunk.sizeBytes);
  return { disk, path: '/c/1.chunk', bytes: disk.bytesOf('/c/1.chunk') };
}

async function openTable(rows: readonly Row[]): Promise<ChunkTable> {
  const { disk, path } = await writeChunk(rows);
  return new ChunkTable(await ChunkReader.open(disk, path, 'tenant', new StreamRegistry()));
}

function readRows(batch: Batch, only?: Uint8Array): { line: string; stream: string; metadata: unknown; ns: bigint }[] {
  const { bytes, starts, ends } = batch.lines(only);
  return Array.from({ length: batch.rowCount }, (_, row) => ({
    line: Buffer.from(bytes.subarray(starts[row], ends[row])).toString(),
    stream: printLabels(batch.streams[batch.streamIndexes[row]!]!.labels),
    metadata: labelsObject(batch.structuredMetadata(row)),
    ns: batch.timestampsNs[row]!,
  }));
}

async function roundTrip(rows: readonly Row[]): Promise<ChunkTable> {
  const table = await openTable(rows);
  const expected = readRows(headBatch(rows));
  assert.deepEqual(readRows(new TableBatch(table, allRows(rows.length))), expected);
  const picked = allRows(rows.length).filter((row) => row % 3 === 1);
  assert.deepEqual(
    readRows(new TableBatch(table, picked)),
    expected.filter((_, row) => row % 3 === 1),
  );
  return table;
}

const lines = (texts: readonly string[]): Row[] => texts.map((line, i) => ({ offset: i * 1_000_000, line }));

test('lines come back byte for byte, whatever their spelling', async () => {
  const odd = [
    '{"a":1,"b":"x"}',
    '{"a":2,"b":"y"}',
    '{ "a" : 2 , "b" : "y" }',
    '{"b":"y","a":2}',
    '{"a":2.0,"b":"y\\"z\\\\"}',
    '{"a":1e5,"b":""}',
    '{"a":-0,"b":null}',
    '{"a":01,"b":"octal"}',
    '{"a":1,"a":2}',
    '{"a":{"b":{"c":[1,{"d":"]"},"x"]}},"e":{}}',
    '{"a":{}}',
    '{}',
    '{',
    '{"a"',
    '{"a":1}}',
    '{"a":1} ',
    ' {"a":1}',
    '{"a":1}\n',
    '{"a":tru}',
    '{"a":true,"b":false}',
    '{"a":"\t"}',
    '{"a":"\u0000"}',
    '{"a":"ü€🌍"}',
    '{"\\u0061":"escaped key"}',
    '{"a":"\\u0061\\n"}',
    '{"a":[1,2,3]}',
    '{"a":[]}',
    '{"a":[}',
    '',
    'plain text',
    'level=info msg="logfmt"',
    `{"a":"${'x'.repeat(100_000)}"}`,
    `{${Array.from({ length: 300 }, (_, i) => `"k${i}":${i}`).join()}}`,
    `${'{"a":'.repeat(50)}1${'}'.repeat(50)}`,
  ];
  await roundTrip(lines(odd));
  // Enough of each that shapes with few lines are kept whole beside those with many.
  await roundTrip(
    lines(
      Array.from({ length: 40 }, (_, i) => odd.slice(0, i % 5 === 0 ? 34 : 6))
        .flat()
        .filter((line) => line.length < 1000),
    ),
  );
});

test('one row, one empty line, many streams, metadata', async () => {
  await roundTrip([{ offset: 0, line: '' }]);
  await roundTrip([{ offset: 86_399_999_999_999, line: 'x' }]);
  await roundTrip(
    Array.from({ length: 100 }, (_, i) => ({
      offset: i * 7,
      line: `{"i":${i}}`,
      stream: `s${i % 7}`,
      metadata: i % 3 === 0 ? {} : i % 3 === 1 ? { level: 'info' } : { level: 'warn', trace: `t${i}` },
    })),
  );
});

/** Lines as services write them, with rare fields, retries, broken tails. */
function randomLine(random: Random, i: number): string {
  const pick = <Item>(items: readonly Item[]): Item => items[randomInt(random, items.length)]!;
  const hex = (digits: number) => Array.from({ length: digits }, () => randomInt(random, 16).toString(16)).join('');
  const fields: string[] = [
    `"ts":"${new Date(1_795_478_400_000 + i * 37).toISOString()}"`,
    `"level":${pick(['"INFO"', '"WARN"', '"ERROR"', '"DEBUG"'])}`,
    `"msg":"${pick(['done', 'failed: timeout', 'say \\"hi\\"', `row ${randomInt(random, 1000)}`, ''])}"`,
    `"ms":${pick([randomInt(random, 1000), randomInt(random, 1000) / 10, 'null'])}`,
    `"trace_id":"${hex(32)}"`,
    `"data":{"supplier":"S-${randomInt(random, 50)}","kg":${randomInt(random, 10_000) / 100},"tags":["a","b${randomInt(random, 3)}"]}`,
  ];
  if (random() < 0.2) fields.push(`"user":"u${randomInt(random, 20)}@example.org"`);
  if (random() < 0.05) fields.push(`"ok":${random() < 0.5}`);
  if (random() < 0.02) fields.reverse();
  let line = `{${fields.join(random() < 0.01 ? ', ' : ',')}}`;
  if (random() < 0.02) line = line.slice(0, randomInt(random, line.length));
  if (random() < 0.05) line = `level=${pick(['info', 'error'])} msg="plain ${i}"`;
  return line;
}

function randomLines(random: Random, count: number): Row[] {
  return Array.from({ length: count }, (_, i) => ({
    offset: i * 1_000_003,
    line: randomLine(random, i),
    stream: `s${randomInt(random, 3)}`,
  }));
}

test('random lines come back, and searching is looking at every line', async () => {
  const seed = 31;
  const random = seededRandom(seed);
  for (let round = 0; round < 40; round++) {
    const rows = randomLines(random, 1 + randomInt(random, 400));
    const table = await roundTrip(rows);
    const bytes = rows.map((row) => Buffer.from(row.line));
    let answered = 0;
    for (let search = 0; search < 60; search++) {
      const from = bytes[randomInt(random, rows.length)]!;
      const start = randomInt(random, from.length + 1);
      const ignoreCase = random() < 0.2;
      let literal = from.subarray(start, start + 1 + randomInt(random, 30));
      if (ignoreCase) literal = Buffer.from(literal.toString('latin1').toLowerCase(), 'latin1');
      const found = table.findLiteral(literal, ignoreCase);
      if (found === undefined) continue;
      answered++;
      const expected = bytes.map((line) => {
        const text = ignoreCase ? Buffer.from(line.toString('latin1').toLowerCase(), 'latin1') : line;
        return text.includes(literal) ? 1 : 0;
      });
      assert.deepEqual([...found], expected, `seed ${seed} round ${round}: ${literal} ${ignoreCase}`);
      assert.equal(table.mayContain(literal), ignoreCase ? table.mayContain(literal) : expected.includes(1));
    }
    if (rows.length > 20) assert.ok(answered > 20);
  }
});

test('fields are what reading the line gives, or unknown', async () => {
  const random = seededRandom(77);
  for (let round = 0; round < 20; round++) {
    const rows = randomLines(random, 300);
    const table = await openTable(rows);
    const known = new Map<string, number>();
    for (const path of [...table.jsonPaths(), ['absent'], ['data'], ['data', 'absent'], ['level', 'below']]) {
      const field = table.jsonField(path)!;
      for (const [row, { line }] of rows.entries()) {
        if (field.state[row] === 2) continue;
        known.set(path.join('.'), (known.get(path.join('.')) ?? 0) + 1);
        let value: unknown = JSON.parse(line);
        for (const key of path) {
          const holder: unknown = value;
          value = typeof holder === 'object' && holder !== null ? (holder as Record<string, unknown>)[key] : undefined;
        }
        if (field.state[row] === 0) {
          assert.equal(value, undefined, `${path} in ${line}`);
          continue;
        }
        const text = field.value(row);
        assert.equal(text, typeof value === 'string' ? value : String(value), `${path} in ${line}`);
        if (field.dictionary !== undefined) assert.equal(field.dictionary.texts[field.dictionary.codes[row]!], text);
        if (field.number !== undefined) assert.equal(field.number(row), value);
      }
    }
    assert.ok(known.get('level')! > 200, 'most levels are known');
    assert.ok(known.get('trace_id')! > 200);
    assert.ok(known.get('absent')! > 200);
  }
});

test('fields of ambiguous lines are unknown', async () => {
  const states = async (line: string, path: readonly string[]) => {
    const table = await openTable(lines([line, line]));
    return table.jsonField(path)?.state[0];
  };
  assert.equal(await states('{"a":1,"a":2}', ['a']), 2);
  assert.equal(await states('{"a":1,"a":2,"b":3}', ['b']), 2);
  assert.equal(await states('{"a":{"b":1},"a":{"c":2}}', ['a', 'c']), 2);
  assert.equal(await states('{"a":{"b":1},"a":2}', ['a']), 2);
  assert.equal(await states('{"a\\u0062":1,"c":2}', ['c']), 2);
  assert.equal(await states('{"a":{"b":1}}', ['a']), 2);
  assert.equal(await states('{"a":{"b":1}}', ['a', 'b']), 1);
  assert.equal(await states('{"a":{"b":1}}', ['a', 'b', 'c']), 0);
  assert.equal(await states('{"a":[1]}', ['a']), 2);
  assert.equal(await states('{"a":[1]}', ['a', '0']), 2);
  assert.equal(await states('{"a":null}', ['a']), 2);
  assert.equal(await states('{"a":"x\\ny"}', ['a']), 2);
  assert.equal(await states('{"b":1,"e":{}}', ['e']), 2);
  assert.equal(await states('{"a":"x"}', ['a']), 1);
  assert.equal(await states('{"a":"x"}', ['b']), 0);
  assert.equal(await states('plain', ['a']), undefined);
});

test('only the wanted lines are put together', async () => {
  const table = await openTable(lines(Array.from({ length: 50 }, (_, i) => `{"i":${i}}`)));
  const only = new Uint8Array(50);
  only[3] = only[40] = 1;
  const rows = readRows(new TableBatch(table, allRows(50)), only);
  assert.deepEqual(
    rows.map((row) => row.line).filter((line) => line !== ''),
    ['{"i":3}', '{"i":40}'],
  );
});

test('JSON lines take a fraction of their bytes', async () => {
  const random = seededRandom(3);
  const rows = randomLines(random, 5000);
  const { bytes } = await writeChunk(rows);
  const raw = rows.reduce((sum, row) => sum + row.line.length, 0);
  assert.ok(raw / bytes.length > 5, `ratio ${(raw / bytes.length).toFixed(2)}`);
});

test('every damaged byte of a chunk is found, or does not matter', async () => {
  const random = seededRandom(15);
  const rows = randomLines(random, 60);
  const { disk, path, bytes } = await writeChunk(rows);
  const expected = readRows(headBatch(rows));
  let errors = 0;
  for (let round = 0; round < 600; round++) {
    const damaged = Uint8Array.from(bytes);
    if (round % 3 === 0) disk.overwrite(path, damaged.subarray(0, randomInt(random, damaged.length)));
    else {
      damaged[randomInt(random, damaged.length)]! ^= 1 << randomInt(random, 8);
      disk.overwrite(path, damaged);
    }
    try {
      const table = new ChunkTable(await ChunkReader.open(disk, path, 'tenant', new StreamRegistry()));
      assert.deepEqual(readRows(new TableBatch(table, allRows(rows.length))), expected);
    } catch (error) {
      assert.ok(error instanceof WorldError, String(error));
      assert.ok(['CORRUPT', 'FORMAT_VERSION', 'DISK_READ'].includes(error.code));
      errors++;
    }
  }
  assert.ok(errors > 550, `${errors} of 600 noticed`);
});

test("a chunk in another tenant's folder is refused", async () => {
  const { disk, path } = await writeChunk([{ offset: 0, line: 'x' }]);
  await assert.rejects(
    ChunkReader.open(disk, path, 'other', new StreamRegistry()),
    (error) => error instanceof WorldError && error.code === 'CORRUPT',
  );
});
