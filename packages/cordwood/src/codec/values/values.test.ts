import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, randomInt, seededRandom } from '../../world/random.ts';
import { ByteReader, MalformedBytes } from '../byte-reader.ts';
import { decodeValues, type EncodedValues, encodeValues } from './registry.ts';
import { satisfies, type ValueColumn, type ValueCondition, type ValueList, type ValueTimes } from './value-column.ts';

const day = 20_781;

function listOf(texts: readonly string[], offsets?: readonly number[]): ValueList {
  const bytes = Buffer.from(`<${texts.join('|')}>`);
  const starts = new Uint32Array(texts.length);
  const ends = new Uint32Array(texts.length);
  let at = 1;
  for (const [i, text] of texts.entries()) {
    starts[i] = at;
    ends[i] = at + Buffer.byteLength(text);
    at = ends[i]! + 1;
  }
  const times: ValueTimes = { day, offsets: Float64Array.from(offsets ?? texts.map((_, i) => i * 1e9 + 123)) };
  return { bytes, starts, ends, count: texts.length, times };
}

function decode({ header, data }: Pick<EncodedValues, 'header' | 'data'>, { count, times }: ValueList): ValueColumn {
  return decodeValues(new ByteReader(header), { count, data: () => new ByteReader(data), times: () => times });
}

/** Encodes, decodes, and compares every way of reading with the texts. */
function roundTrip(texts: readonly string[], codec?: string, offsets?: readonly number[]): void {
  const list = listOf(texts, offsets);
  const encoded = encodeValues(list);
  const column = decode(encoded, list);
  const out = new Uint8Array(10_000);
  for (const [i, text] of texts.entries()) {
    const end = column.write(i, out, 7);
    assert.equal(Buffer.from(out.subarray(7, end)).toString(), text, `${encoded.codec.name}: ${text}`);
    assert.equal(column.text(i), text);
    if (column.dictionary !== undefined) assert.equal(column.dictionary.texts[column.dictionary.codes[i]!], text);
    if (column.number !== undefined) assert.equal(column.number(i), Number(text));
  }
  if (codec !== undefined) assert.equal(encoded.codec.name, codec, texts.slice(0, 3).join());
}

/** 40 values, enough for a codec that needs variety. */
const many = (make: (i: number) => string) => Array.from({ length: 40 }, (_, i) => make(i));
const spread = (i: number) => (i * 2_654_435_761) % 4_294_967_296;

test('each kind of column finds its codec and comes back', () => {
  roundTrip(['a'], 'constant');
  roundTrip(['', '', ''], 'constant');
  roundTrip(
    many((i) => ['INFO', 'WARN', 'ERROR'][i % 3]!),
    'few values',
  );
  roundTrip(
    many((i) => String(spread(i))),
    'number',
  );
  roundTrip(
    many((i) => String(-spread(i))),
    'number',
  );
  roundTrip(
    many((i) => String(spread(i) / 1000)),
    'number',
  );
  roundTrip(
    many((i) => (spread(i) / 1000).toFixed(3)),
    'number',
  );
  roundTrip(
    many((i) => `S-${i}`),
    'number',
  );
  roundTrip(
    many((i) => `${i * 3}ms`),
    'number',
  );
  roundTrip(
    many((i) => `took ${i / 4} s`),
    'number',
  );
  roundTrip(
    many((i) => String(i).padStart(6, '0')),
    'number',
  );
  roundTrip(
    many((i) => `x-${String(i).padStart(6, '0')}.tar`),
    'number',
  );
  roundTrip(
    many((i) => String(999_999_999_999_999 - i)),
    'number',
  );
  roundTrip(
    many((i) => `req-${spread(i).toString(16).padStart(8, '0')}c2`),
    'hex pattern',
  );
  roundTrip(
    many(
      (i) =>
        `${spread(i).toString(16).padStart(8, '0')}-${spread(i + 9)
          .toString(16)
          .padStart(8, '0')}a`,
    ),
    'hex pattern',
  );
  roundTrip(
    many((i) => `A${spread(i).toString(16).toUpperCase().padStart(8, '0')}F`),
    'hex pattern',
  );
  roundTrip(
    many((i) => new Date(Date.UTC(2026, 10, 24) + i * 977).toISOString()),
    'timestamp',
  );
  roundTrip(
    many((i) => `2026-11-24 01:02:${String(i).padStart(2, '0')}`),
    'timestamp',
  );
  roundTrip(
    many((i) => `2026-11-24T01:02:${String(i).padStart(2, '0')},123456789+01:00`),
    'timestamp',
  );
  roundTrip(
    many((i) => `user ${spread(i)} from ${spread(i + 1)}`),
    'text',
  );
  roundTrip(
    many((i) => `${'ü'.repeat(i)}${spread(i)}`),
    'text',
  );
  roundTrip(
    many((i) => `${spread(i % 20)} ${spread(i % 20)}`),
    'many values',
  );
});

test('spellings that a typed codec would not give back stay texts', () => {
  const odd = (value: string, like: (i: number) => string) => roundTrip([...many(like), value]);
  for (const value of [
    '1.0',
    '1.',
    '.5',
    '+1',
    '-0',
    '0.10',
    '1e3',
    '00',
    '',
    '-',
    '1-',
    '9999999999999999',
    '0x1',
    '１',
    '- 1',
  ]) {
    odd(value, (i) => String(spread(i)));
    odd(value, (i) => String(spread(i) / 100));
    odd(value, (i) => `S-${spread(i)}`);
  }
  for (const value of ['0', '00000', '0000007', '-00007', '00.007'])
    odd(value, (i) => String(spread(i) % 1e6).padStart(6, '0'));
  for (const value of ['req-000000000C', 'req-00000000000', 'req-00000000g0', 'reQ-0000000000', '']) {
    odd(value, (i) => `req-${spread(i).toString(16).padStart(8, '0')}c2`);
  }
  for (const value of [
    '2026-02-30T00:00:00.000Z',
    '2026-11-24T24:00:00.000Z',
    '2026-11-24T00:60:00.000Z',
    '2026-11-24T00:00:60.000Z',
    '2026-11-24T00:00:00.00Z',
    '2026-11-24T00:00:00.000z',
    '2026-11-24t00:00:00.000Z',
    '2026-1a-24T00:00:00.000Z',
    '0000-01-01T00:00:00.000Z',
    '9999-12-31T23:59:59.999Z',
    '1969-12-31T23:59:59.999Z',
    '2026-11-24T00-00-00.000Z',
  ]) {
    odd(value, (i) => new Date(Date.UTC(2026, 10, 24) + i * 977).toISOString());
  }
});

test('timestamps relative to their entries', () => {
  const start = Date.UTC(2026, 10, 24);
  assert.equal(start / 86_400_000, day);
  const offsets = many((i) => String(i)).map((_, i) => i * 1_234_567_891);
  const texts = offsets.map((offset) => new Date(start + Math.floor(offset / 1e6)).toISOString());
  const { data, codec } = encodeValues(listOf(texts, offsets));
  assert.equal(codec.name, 'timestamp');
  assert.ok(data.length < 5, 'equal to the entry costs nothing');
  roundTrip(texts, 'timestamp', offsets);
});

const makers: ((random: Random) => string)[] = [
  (random) => String(randomInt(random, 10)),
  (random) => String(randomInt(random, 1e9) - 5e8),
  (random) => String((randomInt(random, 1e6) - 5e5) / 10 ** randomInt(random, 6)),
  (random) => (random() * 1000).toFixed(2),
  (random) =>
    randomInt(random, 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  (random) => `id-${randomInt(random, 2 ** 32).toString(16)}`,
  (random) => new Date(randomInt(random, 2 ** 31) * 1000 + randomInt(random, 1000)).toISOString(),
  (random) => ['a', 'b', '', 'null', 'true'][randomInt(random, 5)]!,
  (random) => String.fromCodePoint(...Array.from({ length: randomInt(random, 12) }, () => 32 + randomInt(random, 300))),
  (random) => `S-${randomInt(random, 5000)}`,
  (random) => '0'.repeat(randomInt(random, 4)) + randomInt(random, 100),
];

test('random columns, of one kind or mixed, come back', () => {
  const seed = 99;
  const random = seededRandom(seed);
  for (let round = 0; round < 1500; round++) {
    const main = makers[randomInt(random, makers.length)]!;
    const mixes = random() < 0.3;
    const texts = Array.from({ length: 1 + randomInt(random, 60) }, () => {
      const maker = mixes && random() < 0.1 ? makers[randomInt(random, makers.length)]! : main;
      return maker(random);
    });
    try {
      roundTrip(
        texts,
        undefined,
        texts.map(() => randomInt(random, 86_400) * 1e9 + randomInt(random, 1e9)),
      );
    } catch (error) {
      throw new Error(`seed ${seed}, round ${round}: ${JSON.stringify(texts)}`, { cause: error });
    }
  }
});

test('searching a column is looking at every value', () => {
  const random = seededRandom(123);
  for (let round = 0; round < 1500; round++) {
    const maker = makers[randomInt(random, makers.length)]!;
    const texts = Array.from({ length: 1 + randomInt(random, 60) }, () => maker(random));
    const list = listOf(texts);
    const column = decode(encodeValues(list), list);
    const some = Buffer.from(texts[randomInt(random, texts.length)]!);
    const from = randomInt(random, some.length + 1);
    const ignoreCase = random() < 0.3;
    let literal = random() < 0.1 ? Buffer.from(maker(random)) : some.subarray(from, from + randomInt(random, 8));
    if (ignoreCase) literal = Buffer.from(Buffer.from(literal).toString('latin1').toLowerCase(), 'latin1');
    const kind = (['contains', 'startsWith', 'endsWith', 'equals'] as const)[randomInt(random, 4)]!;
    const condition: ValueCondition = { kind, literal, ignoreCase };
    const found = column.search(condition) ?? new Uint8Array(texts.length);
    const expected = texts.map((text) => (satisfies(condition, Buffer.from(text), 0, Buffer.byteLength(text)) ? 1 : 0));
    assert.deepEqual([...found], expected, `${kind} ${literal} ${ignoreCase} in ${JSON.stringify(texts)}`);
  }
});

test('satisfies', () => {
  const is = (kind: ValueCondition['kind'], literal: string, text: string, expected: boolean, ignoreCase = false) =>
    assert.equal(
      satisfies({ kind, literal: Buffer.from(literal), ignoreCase }, Buffer.from(`__${text}__`), 2, 2 + text.length),
      expected,
    );
  is('contains', 'b', 'abc', true);
  is('contains', '', '', true);
  is('contains', 'abcd', 'abc', false);
  is('contains', '_a', 'abc', false);
  is('startsWith', 'ab', 'abc', true);
  is('startsWith', 'bc', 'abc', false);
  is('endsWith', 'bc', 'abc', true);
  is('endsWith', 'c_', 'abc', false);
  is('equals', 'abc', 'abc', true);
  is('equals', 'ab', 'abc', false);
  is('equals', 'abc', 'aBC', false);
  is('equals', 'abc', 'aBC', true, true);
  is('contains', '[', '{', false, true);
});

test('broken bytes are an error, never a crash', () => {
  const random = seededRandom(8);
  for (const maker of makers) {
    const list = listOf(Array.from({ length: 50 }, () => maker(random)));
    const { header, data } = encodeValues(list);
    const damage = (bytes: Uint8Array) => {
      const damaged = Uint8Array.from(bytes.subarray(0, randomInt(random, bytes.length + 1)));
      if (damaged.length > 0) damaged[randomInt(random, damaged.length)] = randomInt(random, 256);
      return damaged;
    };
    for (let round = 0; round < 300; round++) {
      try {
        const column = decode(
          round % 2 === 0 ? { header: damage(header), data } : { header, data: damage(data) },
          list,
        );
        for (let i = 0; i < 50; i++) column.text(i);
      } catch (error) {
        assert.ok(error instanceof MalformedBytes || error instanceof RangeError, String(error));
      }
    }
  }
});
