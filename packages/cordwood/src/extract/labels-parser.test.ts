import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLabels, printLabels } from '../model/labels.ts';
import { seededRandom } from '../world/random.ts';
import { parseLabels } from './labels-parser.ts';

function reads(text: string, labels: Record<string, string>): void {
  test(`reads ${text}`, () => assert.deepEqual(parseLabels(text), { labels: createLabels(labels) }));
}
function refuses(text: string, error: string): void {
  test(`refuses ${JSON.stringify(text)}`, () => assert.deepEqual(parseLabels(text), { error }));
}

reads('{}', {});
reads('', {});
reads(' { } ', {});
reads('{job="x"}', { job: 'x' });
reads('{job="proto" , z="1", a="2"}', { job: 'proto', z: '1', a: '2' });
reads('{ job = "proto" , x = "y" }', { job: 'proto', x: 'y' });
reads('{a="1",}', { a: '1' });
reads("{a='it\\'s'}", { a: "it's" });
reads('{a=`raw \\n`}', { a: 'raw \\n' });
reads('{a="", b="1"}', { b: '1' });
reads(String.raw`{a="q\"\\\t\n\u00e9\xc3\xa9\303\251\U0001f30d"}`, { a: 'q"\\\t\nééé🌍' });
reads('up{a="1"}', { __name__: 'up', a: '1' });
reads('up', { __name__: 'up' });
reads('{__name__="n", on="by", sum="1"}', { __name__: 'n', on: 'by', sum: '1' });
reads('{"quoted.name"="x"}', { 'quoted.name': 'x' });
reads('{a="1"} # comment', { a: '1' });
reads('{größe="1"}'.replace('größe', 'g'), { g: '1' });

test('a name given twice stays twice, for the store to refuse', () => {
  assert.deepEqual(parseLabels('{job="b", a="1", job="a"}').labels, [
    { name: 'a', value: '1' },
    { name: 'job', value: 'b' },
    { name: 'job', value: 'a' },
  ]);
});

// The first six were recorded from Loki 3.7.6.
refuses('{my-label="x"}', "1:4: parse error: unexpected character inside braces: '-'");
refuses('{a.b="x", job="x"}', "1:3: parse error: unexpected character inside braces: '.'");
refuses('{="x"}', '1:2: parse error: unexpected "=" in label set, expected identifier or "}"');
refuses('{größe="x"}', "1:4: parse error: unexpected character inside braces: 'ö'");
refuses('job="x"', '1:4: parse error: unexpected "="');
refuses('{job=~"x"}', '1:5: parse error: unexpected <op:=~> in label set, expected "="');
refuses('{job="x"', '1:9: parse error: unexpected end of input inside braces');
refuses('{job="x', '1:6: parse error: unterminated quoted string');
refuses('{job="x\n"}', '1:6: parse error: unterminated quoted string');
refuses('{job=x}', '1:6: parse error: unexpected identifier "x" in label set, expected string');
refuses('{job=5}', "1:6: parse error: unexpected character inside braces: '5'");
refuses('{a="1" b="2"}', '1:8: parse error: unexpected identifier "b" in label set, expected "," or "}"');
refuses('{a="1",,}', '1:8: parse error: unexpected "," in label set, expected identifier or "}"');
refuses('{a="1"}}', "1:8: parse error: unexpected character: '}'");
refuses('{a="1"} x', '1:9: parse error: unexpected identifier "x"');
refuses('{a="1"} "a long string"', '1:9: parse error: unexpected string "\\"a long st"...');
refuses('{a="\\q"}', "1:4: parse error: unknown escape sequence U+0071 'q'");
refuses('{a="\\xzz"}', "1:4: parse error: illegal character U+007A 'z' in escape sequence");
refuses('{a="\\ud800"}', '1:4: parse error: escape sequence is an invalid Unicode code point');
refuses('{a!"1"}', "1:3: parse error: unexpected character after '!' inside braces: '\"'");
refuses('{\na="1",\n-}', "3:1: parse error: unexpected character inside braces: '-'");
refuses('{{', "1:2: parse error: unexpected left brace '{'");

test('printed labels read back as themselves, by the fast path and by the other', () => {
  const seed = 11;
  const random = seededRandom(seed);
  const chars = ['a', 'Z', ' ', ',', '}', '=', '"', '\\', '\n', '\t', '\x01', 'é', '🌍', '\u2028', "'"];
  for (let i = 0; i < 3_000; i++) {
    const pairs: [string, string][] = [];
    for (let n = Math.floor(random() * 5); n > 0; n--) {
      let value = 'v';
      for (let c = Math.floor(random() * 8); c > 0; c--) value += chars[Math.floor(random() * chars.length)];
      pairs.push([`l${Math.floor(random() * 20)}`, value]);
    }
    const labels = createLabels(pairs);
    assert.deepEqual(parseLabels(printLabels(labels)), { labels }, `seed ${seed}, turn ${i}`);
    assert.deepEqual(parseLabels(` ${printLabels(labels)}`), { labels }, `seed ${seed}, turn ${i}`);
  }
});
