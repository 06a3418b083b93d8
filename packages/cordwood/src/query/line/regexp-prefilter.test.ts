import assert from 'node:assert/strict';
import test from 'node:test';
import { compileRe2 } from '../../extract/re2.ts';
import type { Batch } from '../../model/batch.ts';
import { randomInt, seededRandom } from '../../world/random.ts';
import { BatchLines } from './batch-lines.ts';
import { compilePrefilter } from './regexp-prefilter.ts';
import { regexpTest } from './regexp-test.ts';

function linesOf(lines: readonly (string | Buffer)[]): BatchLines {
  const parts = lines.map((line) => Buffer.from(line as string));
  const starts = new Uint32Array(parts.length);
  const ends = new Uint32Array(parts.length);
  let offset = 0;
  for (const [row, part] of parts.entries()) {
    starts[row] = offset;
    offset += part.length;
    ends[row] = offset;
  }
  const column = { bytes: Buffer.concat(parts), starts, ends };
  return new BatchLines({ rowCount: parts.length, lines: () => column } as Partial<Batch> as Batch);
}

function marks(pattern: string, lines: readonly string[], expected: readonly number[] | undefined): void {
  test(`${pattern} ${expected === undefined ? 'has no run worth searching' : `could match lines ${expected}`}`, () => {
    const prefilter = compilePrefilter(pattern);
    if (expected === undefined) return assert.equal(prefilter, undefined);
    const found = prefilter!.narrow(linesOf(lines), new Uint8Array(lines.length).fill(1));
    assert.deepEqual(
      [...found.keys()].filter((row) => found[row] === 1),
      expected,
    );
  });
}

marks('(?i)error', ['an ERROR', 'erro', 'r Error', 'none'], [0, 2]);
marks('(?i)task', ['TA\u017fk', 'task', 'TA\u017f', '\u212aTASK'], [0, 1, 3]);
marks('S-499[0-9]', ['S-4991', 'S-499x', 'xS-4999'], [0, 2]);
marks('a+bcd', ['aabcd', 'abc', 'bcd'], [0, 2]);
marks('foo.*barbaz', ['foobarbaz', 'barbaz', 'foo'], [0, 1]);
marks('one1|two2', ['x one1', 'two2', 'three'], [0, 1]);
marks('ab{2}cd', ['abbcd', 'abcd'], [0]);
marks('zoë', ['zoë', 'zoe'], [0]);
marks('ërr', ['plain', 'ascii'], []);
marks('a.*b', [], undefined);
marks('one1|.*', [], undefined);
marks('abc', ['ab', 'c', 'abc'], [2]);

test('where literals can be looked for, the lines have all of them', () => {
  const texts = ['foo then barbaz', 'foo', 'barbaz', 'FOO barbaz'];
  const batch: Partial<Batch> = {
    rowCount: texts.length,
    findLiteral: (literal, ignoreCase) =>
      Uint8Array.from(texts, (text) =>
        Number((ignoreCase ? text.toLowerCase() : text).includes(Buffer.from(literal).toString())),
      ),
  };
  const narrow = (pattern: string) => [
    ...compilePrefilter(pattern)!.narrow(new BatchLines(batch as Batch), new Uint8Array(texts.length).fill(1)),
  ];
  assert.deepEqual(narrow('foo.*barbaz'), [1, 0, 0, 0]);
  assert.deepEqual(narrow('(?i)foo.*barbaz'), [1, 0, 0, 1]);
  assert.deepEqual(narrow('foo then|barbaz'), [1, 0, 1, 1]);
});

test('regular expressions on whole blocks agree with one line at a time', () => {
  const patterns = [
    '(?i)err(or)?',
    'n=\\d+',
    'a[bc]d+e',
    '^abc',
    'xyz$',
    'foo|bar[0-9]',
    '(?i)stra\u00dfe',
    '[^a]bcd',
    'zo\u00eb.*1',
    '(?s)a.b.c',
    'k{3}',
  ];
  const pieces = [
    'ERR',
    'error',
    'abd',
    'acdde',
    'n=12',
    'foo',
    'bar7',
    'Stra\u00dfe',
    'zo\u00eb 1',
    'abc',
    'xyz',
    '\n',
    ' ',
    'kkk',
    'KKK',
    '\u212a',
    'bcd',
  ];
  const random = seededRandom(11);
  for (let round = 0; round < 300; round++) {
    const lines = Array.from({ length: 1 + randomInt(random, 30) }, () => {
      const text = Array.from({ length: randomInt(random, 5) }, () => pieces[randomInt(random, pieces.length)]).join(
        '',
      );
      // Sometimes bytes that are no UTF-8.
      return random() < 0.05 ? Buffer.concat([Buffer.from(text), Buffer.from([0xc3]), Buffer.from('abc')]) : text;
    });
    const pattern = patterns[randomInt(random, patterns.length)]!;
    const { re2 } = compileRe2(pattern);
    const block = linesOf(lines);
    const found = new Uint8Array(lines.length);
    regexpTest(re2!).search(block, new Uint8Array(lines.length).fill(1), found);
    const expected = lines.map((line) => Number(re2!.test(Buffer.from(line as string).toString('utf8'))));
    assert.deepEqual([...found], expected, `round ${round}: ${pattern} on ${JSON.stringify(lines)}`);
  }
});
