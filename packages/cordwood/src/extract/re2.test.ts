import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RE2JS } from 're2js';
import { randomInt, seededRandom } from '../world/random.ts';
import { backtrackingCost } from './re2/backtracking-cost.ts';
import { parsePattern } from './re2/parse-pattern.ts';
import { v8Source } from './re2/v8-source.ts';
import { compileRe2, type Re2, type Re2Options } from './re2.ts';

function compile(pattern: string, options: Re2Options = {}): Re2 {
  const { re2, error } = compileRe2(pattern, options);
  assert.ok(re2 !== undefined, error ?? '');
  return re2;
}

// --- errors ---------------------------------------------------------------------------------------------------------------

function refuses(pattern: string, reason: string, part: string): void {
  test(`refuses ${pattern.slice(0, 40)}`, () => {
    const error = `error parsing regexp: ${reason}: \`${part}\``;
    assert.deepEqual(compileRe2(pattern), { error });
    // An anchored pattern is quoted as it was given.
    assert.deepEqual(compileRe2(pattern, { anchored: true }), { error });
  });
}

refuses('*', 'missing argument to repetition operator', '*');
refuses('a|+', 'missing argument to repetition operator', '+');
refuses('(?i)??', 'missing argument to repetition operator', '??');
refuses('(abc', 'missing closing )', '(abc');
refuses('ngi(nx', 'missing closing )', 'ngi(nx');
refuses('abc)', 'unexpected )', 'abc)');
refuses('x[a-z', 'missing closing ]', '[a-z');
refuses('[]a', 'missing closing ]', '[]a');
refuses('[z-a]', 'invalid character class range', 'z-a');
refuses('[[:word:][:nope:]]', 'invalid character class range', '[:nope:]');
refuses('\\p{Nope}x', 'invalid character class range', '\\p{Nope}');
refuses('\\pX', 'invalid character class range', '\\pX');
refuses('\\p{Greek', 'invalid character class range', '\\p{Greek');
refuses('abc\\', 'trailing backslash at end of expression', '');
refuses('a**', 'invalid nested repetition operator', '**');
refuses('a*+', 'invalid nested repetition operator', '*+');
refuses('a{2}{3}', 'invalid nested repetition operator', '{2}{3}');
refuses('a{1001}', 'invalid repeat count', '{1001}');
refuses('a{3,2}', 'invalid repeat count', '{3,2}');
refuses('(a{40}){40}', 'invalid repeat count', '{40}');
refuses('a{99999999999}', 'invalid repeat count', '{99999999999}');
refuses('(?=a)', 'invalid or unsupported Perl syntax', '(?=');
refuses('(?!a)', 'invalid or unsupported Perl syntax', '(?!');
refuses('(?<=a)', 'invalid named capture', '(?<=a)');
refuses('(?i-)', 'invalid or unsupported Perl syntax', '(?i-)');
refuses('(?x)', 'invalid or unsupported Perl syntax', '(?x');
refuses('(?P<n', 'invalid named capture', '(?P<n');
refuses('(?P<a b>x)', 'invalid named capture', '(?P<a b>');
refuses('(?P<>x)', 'invalid named capture', '(?P<>');
refuses('(.)\\1', 'invalid escape sequence', '\\1');
refuses('\\C', 'invalid escape sequence', '\\C');
refuses('\\q', 'invalid escape sequence', '\\q');
refuses('\\x', 'invalid escape sequence', '\\x');
refuses('\\xg1', 'invalid escape sequence', '\\xg1');
refuses('\\x{110000}', 'invalid escape sequence', '\\x{110000');
refuses('[\\8]', 'invalid escape sequence', '\\8');
refuses('('.repeat(1500) + ')'.repeat(1500), 'expression nests too deeply', '('.repeat(1500) + ')'.repeat(1500));
refuses(`(?:${'ab'.repeat(1000)}){1000}`, 'expression too large', `(?:${'ab'.repeat(1000)}){1000}`);

// --- meaning --------------------------------------------------------------------------------------------------------------

/** `found`: the leftmost match and its groups, null without one. */
function finds(
  pattern: string,
  text: string,
  found: readonly (string | undefined)[] | null,
  options?: Re2Options,
): void {
  test(`${pattern} in ${JSON.stringify(text)}`, () => {
    const re2 = compile(pattern, options);
    const match = re2.exec(text);
    assert.deepEqual(match && [...match.groups], found);
    const indices = re2.execIndices(text);
    assert.equal(indices === null, found === null);
    if (match !== null) assert.equal(text.slice(match.start, match.end), found![0]);
    assert.equal(re2.test(text), found !== null);
    const bytes = Buffer.from(`\n${text}a`);
    assert.equal(re2.testBytes(bytes, 1, bytes.length - 1), found !== null);
  });
}

finds('a|ab', 'xab', ['a']);
finds('(a+)(b+)?', 'aac', ['aa', 'aa', undefined]);
finds('(?P<year>\\d{4})-(?<month>\\d\\d)', 'on 2026-11-24', ['2026-11', '2026', '11']);
finds('^b', 'a\nb', null);
finds('(?m)^b$', 'a\nb\nc', ['b']);
finds('a$', 'a\n', null);
finds('a\\z', 'ba', ['a']);
finds('(?m)a$', 'a\rb', null);
finds('a.b', 'a\nb', null);
finds('a.b', 'a\rb', ['a\rb']);
finds('a.b', 'a\u2028b', ['a\u2028b']);
finds('(?s)a.b', 'a\nb', ['a\nb']);
finds('a.b', 'a🌍b', ['a🌍b']);
finds('^.{2}$', '🌍🌍', ['🌍🌍']);
finds('[^a]', '🌍', ['🌍']);
finds('[🌍-🌏]+', 'x🌍🌎y', ['🌍🌎']);
finds('\\s', 'a\u00a0b', null);
finds('\\s', 'a\x0bb', null);
finds('[[:space:]]', 'a\x0bb', ['\x0b']);
finds('\\w+', 'größe', ['gr']);
finds('\\bb', 'äb', ['b']);
finds('(?i)k', '\u212a', ['\u212a']);
finds('(?i)s', 'ſ', ['ſ']);
finds('(?i)straße', 'STRAẞE', ['STRAẞE']);
finds('(?i)σ', 'ς', ['ς']);
finds('(?i:a)b', 'Ab', ['Ab']);
finds('(?i:a)b', 'AB', null);
finds('(?i)[^k]', '\u212a', null);
finds('warn', 'WARN', ['WARN'], { ignoreCase: true });
finds('(?U)a+(?-U)b+', 'aabb', ['aabb']);
finds('(?U)a+', 'aaa', ['a']);
finds('(?U)a+?', 'aaa', ['aaa']);
finds('\\Qa.b*\\E+', 'a.b**', ['a.b**']);
finds('\\Q(\\', '(\\', ['(\\']);
finds('\\pL+', '1выбросы2', ['выбросы']);
finds('\\p{Cyrillic}+', 'abcдеж', ['деж']);
finds('\\p{^Lu}\\P{Lu}', 'ABcdE', ['cd']);
finds('\\PN', '1а', ['а']);
finds('[\\p{Greek}\\d]+', 'a1αβ2', ['1αβ2']);
finds('\\x41\\x{1F30D}\\101\\t', 'A🌍A\t', ['A🌍A\t']);
finds('a{,2}', 'a{,2}', ['a{,2}']);
finds('a{02}', 'aa', null);
finds('[a-]+[]]', 'x-a-]', ['-a-]']);
finds('(|a)*', 'aa', ['', '']);
finds('(?:(a)|b)*', 'ab', ['ab', 'a']);
finds('(a*)*', 'b', ['', '']);
finds('(a|b)*?c', 'abc', ['abc', 'b']);
finds('foo.*', 'xfoo1', null, { anchored: true });
finds('foo|bar', 'bar', ['bar'], { anchored: true });
finds('foo|bar', 'foobar', null, { anchored: true });
finds('a.c', 'a\nc', ['a\nc'], { anchored: true, dotAll: true });
finds('', 'x', ['']);
finds('$', 'x', ['']);

test('bytes that are no UTF-8 count as U+FFFD', () => {
  const bytes = Buffer.from([0x61, 0xff, 0x62, 0xc3]);
  assert.equal(compile('a.b.').testBytes(bytes), true);
  assert.equal(compile('^a[^b]b\\x{FFFD}$').testBytes(bytes), true);
  assert.equal(compile('a\\wb').testBytes(bytes), false);
  assert.equal(compile('^a').testBytes(bytes), true);
});

test('byte offsets of a match in the middle of a block', () => {
  const bytes = Buffer.from('früher|größe=12 m|später');
  const start = bytes.indexOf('|') + 1;
  const end = bytes.lastIndexOf('|');
  const found = compile('(\\pL+)=(\\d+)').execBytes(bytes, start, end)!;
  assert.deepEqual(
    [0, 1, 2].map((group) => bytes.toString('utf8', found[2 * group], found[2 * group + 1])),
    ['größe=12', 'größe', '12'],
  );
  assert.equal(compile('^g').testBytes(bytes, start, end), true);
  assert.equal(compile('m$').testBytes(bytes, start, end), true);
  assert.equal(compile('r').testBytes(bytes, start + 2, end), false);
});

function replaces(pattern: string, text: string, template: string, result: string, literal = false): void {
  test(`${pattern} -> ${template} in ${text}`, () =>
    assert.equal(compile(pattern).replaceAll(text, template, literal), result));
}
replaces('(a+)(b)', 'aaab ab', '$2-${1}!', 'b-aaa! b-a!');
replaces('(a+)', 'aaab', '$1', '$1b', true);
replaces('(\\w+)@', 'joe@host', '$1_at_', 'host');
replaces('(\\w+)@', 'joe@host', '${1}_at_', 'joe_at_host');
replaces('(?P<first>\\w+) (?P<last>\\w+)', 'ann lee', '$last, ${first}$$ $0 $9 $', 'lee, ann$ ann lee  $');
replaces('a*', 'baaac', 'x', 'xbxcx');
replaces('', 'é🌍', '-', '-é-🌍-');
replaces('x', 'abc', 'y', 'abc');
replaces('^', 'ab', '>', '>ab');
replaces('(?m)^', 'a\nb', '>', '>a\n>b');
replaces('.*', 'abc', '[$0]', '[abc]');

test('successive matches, as FindAll finds them', () => {
  const all = (pattern: string, text: string, limit?: number) =>
    compile(pattern)
      .execAll(text, limit)
      .map((match) => match.groups[0]);
  assert.deepEqual(all('a*', 'baaac'), ['', 'aaa', '']);
  assert.deepEqual(all('\\d', 'a1b2c3', 2), ['1', '2']);
  assert.deepEqual(all('.', 'é🌍'), ['é', '🌍']);
  assert.equal(compile('(?i)N').count('banana'), 2);
  assert.deepEqual(all('.*x', 'ax\nbx\nc'), ['ax', 'bx']);
});

// --- against other engines ------------------------------------------------------------------------------------------------

const atoms = [
  'a',
  'b',
  'é',
  '😀',
  '\\n',
  '-',
  '.',
  '[ab]',
  '[^a]',
  '\\w',
  '\\d',
  '\\W',
  '[^é]',
  '\\pL',
  '(?i:k)',
  '(?s:.)',
  '[😀b]',
];
const assertions = ['^', '$', '\\b', '\\B', '\\A', '\\z', '(?m:^)', '(?m:$)'];
const repeats = ['*', '+', '?', '*?', '+?', '??', '{2}', '{1,3}', '{0,2}?', '{2,}'];

function randomPattern(random: () => number, depth: number): string {
  const pick = (items: readonly string[]) => items[randomInt(random, items.length)]!;
  const inner = () => randomPattern(random, depth - 1);
  switch (randomInt(random, depth > 0 ? 14 : 6)) {
    case 0:
    case 1:
    case 2:
      return pick(atoms);
    case 3:
      return pick(assertions);
    case 4:
      return pick(['ab', 'foo', 'x', '']);
    case 5:
    case 6:
    case 7:
      return depth > 0 ? inner() + inner() : pick(atoms);
    case 8:
      return `(${inner()})`;
    case 9:
      return `(?:${inner()}|${inner()})`;
    case 10:
      return `(${inner()}|${inner()}|${inner()})`;
    default:
      return `(?:${inner()})${pick(repeats)}`;
  }
}

test('random patterns match what another port of RE2 matches', () => {
  const seed = 20261124;
  const random = seededRandom(seed);
  const pieces = ['a', 'b', 'é', '😀', '\n', '-', 'k', 'K', '\u212a', ' ', '1', 'foo', 'x', 'ab'];
  for (let i = 0; i < 1_500; i++) {
    const pattern = randomPattern(random, 4);
    const ours = compile(pattern);
    const reference = RE2JS.compile(pattern);
    for (let n = 0; n < 4; n++) {
      let text = '';
      for (let length = randomInt(random, 14); length > 0; length--) text += pieces[randomInt(random, pieces.length)];
      const where = `seed ${seed}, turn ${i}: ${JSON.stringify(pattern)} in ${JSON.stringify(text)}`;
      const matcher = reference.matcher(text);
      const expected: number[] = [];
      if (matcher.find()) {
        for (let group = 0; group <= matcher.groupCount(); group++)
          expected.push(matcher.start(group), matcher.end(group));
      }
      assert.deepEqual([...(ours.execIndices(text) ?? [])], expected, where);
      const match = ours.exec(text);
      const groups =
        expected.length === 0
          ? null
          : Array.from({ length: expected.length / 2 }, (_, g) =>
              expected[2 * g]! < 0 ? undefined : text.slice(expected[2 * g], expected[2 * g + 1]),
            );
      assert.deepEqual(match && [...match.groups], groups, where);
      if (match !== null) assert.deepEqual([match.start, match.end], expected.slice(0, 2), where);
      assert.equal(ours.test(text), expected.length > 0, where);
      assert.equal(ours.testBytes(Buffer.from(text)), expected.length > 0, where);
      // What a match must contain is in it.
      if (match !== null) {
        for (const clause of ours.requiredLiterals)
          assert.ok(
            clause.some((literal) => match.groups[0]!.includes(literal)),
            where,
          );
      }
      if (ours.containedText !== undefined) assert.equal(text.includes(ours.containedText), expected.length > 0, where);
      assert.equal(ours.matchesEverything && expected.length === 0, false, where);
    }
  }
});

test('what is proven cheap for V8 is cheap', () => {
  const seed = 3;
  const random = seededRandom(seed);
  const size = 20_000;
  const texts = ['a'.repeat(size), 'ab'.repeat(size / 2), `${'a'.repeat(size)}c`, `${'ba'.repeat(size / 2)}é`];
  let proven = 0;
  for (let i = 0; i < 1_500; i++) {
    const pattern = randomPattern(random, 5).replace(/é|😀/g, 'b');
    const parsed = parsePattern(pattern);
    assert.ok(!('error' in parsed), pattern);
    const cost = backtrackingCost(parsed.root, false);
    if (!cost.attempt) continue;
    proven++;
    const expression = new RegExp(`(?:${v8Source(parsed.root)})`, cost.search ? '' : 'y');
    for (const text of texts) {
      const ms = cpuMs(() => expression.test(text));
      // Twelve steps a character; a quadratic search would need seconds.
      assert.ok(ms < 50, `seed ${seed}, turn ${i}: ${JSON.stringify(pattern)}: ${ms} ms`);
      expression.lastIndex = 0;
    }
  }
  assert.ok(proven > 1_000, `${proven} proven`);
});

// --- bounded time ---------------------------------------------------------------------------------------------------------

/** Time of this thread alone: the machine may be busy with others. */
function cpuMs(work: () => void): number {
  const start = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(start);
  return (user + system) / 1000;
}

const textLength = 1 << 18;
const seeded = seededRandom(9);
const hostileTexts: Readonly<Record<string, string>> = {
  'one letter': 'a'.repeat(textLength),
  'one letter, then another': `${'a'.repeat(textLength - 1)}!`,
  'two letters in turn': 'ab'.repeat(textLength / 2),
  'two letters at random': Array.from({ length: textLength }, () => (seeded() < 0.5 ? 'a' : 'b')).join(''),
  digits: '1234567890'.repeat(textLength / 10),
  blanks: ' '.repeat(textLength),
  'beyond Latin': 'aé€😀'.repeat(textLength / 5),
  'JSON lines': '{"level":"info","msg":"user 123 did x","took":"12.5ms","ip":"10.0.0.1"} '.repeat(textLength / 72),
};
const hostilePatterns = [
  '(a+)+$',
  '(a|aa)+b',
  '(a|a)*c',
  '(a|b|ab)*bc',
  '((a*)*)*b',
  '(?:(?:a?)*)*c',
  '(x+x+)+y',
  '[a-z]+\\d+[a-z]+X',
  '\\d+\\.\\d+\\.\\d+',
  '(.*)(.*)(.*)x',
  '.*a.*b.*c.*d',
  '(?s).*a.*b.*c$',
  '\\s+$',
  '^(\\w+\\s?)*$',
  '(.*?,){11}P',
  '\\w+@\\w+\\.com',
  '\\b\\w+\\b!',
  '(?i)(error|erro|err)+ *!',
  '(?i)(a+)+!',
  '(?i)(\\pL+)+\\d$',
  '(a?){30}a{30}!',
  'a{1000}!',
  '[ab]{500}c',
  '(a{1,30}){1,30}c',
  '(.{0,1000})z',
  '(?:a{0,100}){0,10}c',
  '(a|b)*a(a|b){10}!',
  '[ab]*a[ab]{20}c',
  '(?:a|b)*a(?:a|b){100}!',
];

test(`${hostilePatterns.length * Object.keys(hostileTexts).length} hostile pairs within 100 ms per megabyte`, () => {
  assert.ok(hostilePatterns.length * Object.keys(hostileTexts).length >= 200);
  for (const pattern of hostilePatterns) {
    const re2 = compile(pattern);
    for (const [name, text] of Object.entries(hostileTexts)) {
      const bytes = Buffer.from(text);
      const budgetMs = 100 * (bytes.length / 2 ** 20) + 10;
      const check = (operation: string, work: () => void) => {
        // The first time pays for building the automaton as well; it is built once for all lines.
        const firstMs = cpuMs(work);
        assert.ok(firstMs < budgetMs + 100, `${operation}: ${pattern} on ${name}: ${firstMs} ms at first`);
        let ms = cpuMs(work);
        // A busy machine slows a thread down, too.
        for (let retry = 0; retry < 3 && ms > budgetMs; retry++) ms = cpuMs(work);
        assert.ok(ms < budgetMs, `${operation}: ${pattern} on ${name}: ${ms} ms`);
      };
      check('test', () => re2.test(text));
      check('testBytes', () => re2.testBytes(bytes));
      check('exec', () => re2.exec(text));
    }
  }
});

// --- what a planner uses --------------------------------------------------------------------------------------------------

function requires(pattern: string, clauses: readonly (readonly string[])[]): void {
  test(`every match of ${pattern} contains`, () => assert.deepEqual(compile(pattern).requiredLiterals, clauses));
}
requires('level=error', [['level=error']]);
requires('level="?(error|warn)"? .*took=\\d+ms', [
  [
    'level="error" ',
    'level="error ',
    'level="warn" ',
    'level="warn ',
    'level=error" ',
    'level=error ',
    'level=warn" ',
    'level=warn ',
  ],
  ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  ['took='],
  ['ms'],
]);
requires('error|fatal', [['error', 'fatal']]);
requires('.*error.*', [['error']]);
requires('err(or)*', [['err']]);
requires('(?i)err', [['ERR', 'ERr', 'ErR', 'Err', 'eRR', 'eRr', 'erR', 'err']]);
requires('a*', []);
requires('error|.*', []);
requires('(foo.*bar|bar.*foo)x', [['foo', 'bar'], ['x']]);

test('patterns that are no more than texts', () => {
  assert.equal(compile('level=error').containedText, 'level=error');
  assert.equal(compile('a|b').containedText, undefined);
  assert.equal(compile('^a').containedText, undefined);
  assert.deepEqual(compile('(GET|POST)', { anchored: true }).exactTexts, ['GET', 'POST']);
  assert.deepEqual(compile('GET.*', { anchored: true }).exactTexts, undefined);
  assert.equal(compile('.*').matchesEverything, true);
  assert.equal(compile('.+').matchesEverything, false);
});

test('going from match to match through one long text takes linear time', () => {
  for (const pattern of ['[a-z]*(\\d+)x', '(?:[a-z]+)*(\\d+)-']) {
    const re2 = compileRe2(pattern).re2!;
    const text = 'é1 12x 34-56 '.repeat(20_000);
    const began = process.threadCpuUsage();
    let count = 0;
    for (let from = 0; ; count++) {
      const match = re2.exec(text, from);
      if (match === null) break;
      const offsets = re2.execIndices(text, from)!;
      assert.deepEqual([offsets[0], offsets[1]], [match.start, match.end]);
      from = match.end;
    }
    assert.equal(count, 20_000);
    const { user, system } = process.threadCpuUsage(began);
    assert.ok(user + system < 1_000_000, `${pattern}: ${(user + system) / 1000} ms`);
  }
});
