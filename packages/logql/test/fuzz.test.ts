import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, print, printPretty, tokens } from '../src/index.ts';
import { readFixture } from './fixture.ts';
import { createRandom, seedFromEnvironment } from './random.ts';

/** The longest that one input may take, in milliseconds of this thread: the machine may be busy with others. */
const parseMsMax = 1000;
/** `npm run fuzz` asks for more than the few of a normal run. */
const mutatedCount = Number(process.env['FUZZ_INPUTS'] ?? 20_000);

/** Parses and looks at everything that a caller may look at. */
function exercise(text: string, note: string): void {
  const start = process.threadCpuUsage();
  try {
    const { expression, error } = parse(text);
    if (expression) {
      print(expression);
      printPretty(expression);
    } else {
      assert.match(error.message, /^parse error /);
      assert.ok(error.span.start >= 0 && error.span.start <= error.span.end && error.span.end <= text.length);
      assert.ok(error.line >= 1 && error.column >= 1);
    }
    let end = 0;
    for (const token of tokens(text)) {
      assert.ok(token.start >= end && token.end >= token.start && token.end <= text.length);
      end = token.end;
    }
  } catch (cause) {
    throw new Error(`${note}: ${JSON.stringify(text.slice(0, 300))}`, { cause });
  }
  const { user, system } = process.threadCpuUsage(start);
  const tookMs = (user + system) / 1000;
  assert.ok(tookMs < parseMsMax, `${note}: ${tookMs} ms for ${JSON.stringify(text.slice(0, 300))}`);
}

test(`${mutatedCount} mutated queries: an expression or a refusal with its place, never an exception`, () => {
  const seed = seedFromEnvironment();
  const random = createRandom(seed);
  const corpus = readFixture<{ query: string }>('recorded-queries.jsonl')
    .map(({ query }) => query)
    .filter((query) => query.length < 2000);
  const pieces = [
    '"',
    '`',
    '\\',
    '{',
    '}',
    '(',
    ')',
    '[',
    ']',
    '|',
    '!',
    '=',
    '~',
    '#',
    '//',
    '/*',
    '\0',
    '\ud800',
    '\n',
    '0x',
    '1e',
    '_',
    'µ',
    '--',
    '𝛼',
  ];
  for (let round = 0; round < mutatedCount; round++) {
    let text = random.pick(corpus);
    for (let change = random.integer(4); change >= 0; change--) {
      const [from, to] = [random.integer(text.length + 1), random.integer(text.length + 1)].sort((a, b) => a - b);
      const insert = random.chance(0.5) ? random.pick(pieces) : random.pick(corpus).slice(from, to);
      text = text.slice(0, from) + insert + text.slice(random.chance(0.5) ? from : to);
    }
    exercise(text, `SEED=${seed} round ${round}`);
  }
});

for (const [name, text] of Object.entries({
  parentheses: '('.repeat(130_000),
  'closed parentheses': `${'('.repeat(60_000)}1${')'.repeat(60_000)}`,
  'sums of sums': 'sum('.repeat(30_000),
  'a sum of many': `vector(1)${'+vector(1)'.repeat(12_000)}`,
  'powers of powers': `vector(1)${'^vector(1)'.repeat(12_000)}`,
  'label filters': `{a="b"} | a="1"${' or a="1"'.repeat(13_000)}`,
  'label filters in a row': `{a="b"} | a="1"${' a="1"'.repeat(18_000)}`,
  'nested label filters': `{a="b"} | ${'('.repeat(100_000)}`,
  'nested ranges': `rate(${'('.repeat(100_000)}`,
  'line filters': `{a="b"}${' |= "x"'.repeat(18_000)}`,
  alternatives: `{a="b"} |= "x"${' or "x"'.repeat(18_000)}`,
  'groups of a regular expression': `{a=~"${'('.repeat(120_000)}"}`,
  'repeats of a regular expression': `{a=~"${'(a{9}){9}'.repeat(12_000)}"}`,
  'alternatives of a regular expression': `{a=~"${'a|'.repeat(60_000)}"}`,
  'classes of a regular expression': `{a=~"[${'a-z'.repeat(40_000)}]"}`,
  'Unicode classes': `{a=~"${'\\\\pL'.repeat(30_000)}"}`,
  digits: '9'.repeat(130_000),
  'an unclosed string': `{a="${'x'.repeat(130_000)}`,
  'a word': 'x'.repeat(130_000),
  'minus signs': '-'.repeat(130_000),
  'signs that could be flags': '--a'.repeat(40_000),
  'range without end': `rate({a="b"}[${'1'.repeat(130_000)}`,
  'durations that are none': '1h'.repeat(60_000),
  'bytes that are none': '1.1'.repeat(40_000),
  'JSON paths': `{a="b"} | json a="${'[0]'.repeat(40_000)}"`,
  functions: 'rate '.repeat(26_000),
}))
  test(`a long query of ${name} is answered in time`, () => exercise(text, name));
