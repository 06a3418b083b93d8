import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileTemplate } from './execute-template.ts';
import { printFloat, sprintf } from './go-print.ts';
import { CallError, type FunctionSet, fromJsonValue, type GoMap, goFunction, stringMap } from './go-value.ts';

const functions: FunctionSet = new Map([
  ['upper', goFunction(['string'], (text: string) => text.toUpperCase())],
  ['add', goFunction([], (...numbers: bigint[]) => numbers.reduce((sum, each) => sum + each, 0n), 'int64')],
  ['half', goFunction(['float64'], (value: number) => value / 2)],
  [
    'bad',
    goFunction([], () => {
      throw new CallError('no luck');
    }),
  ],
]);
const labels = stringMap(Object.entries({ app: 'shop', n: '5', empty: '' }));
const json: GoMap = fromJsonValue({
  list: ['a', 'b', 'c'],
  map: { x: 1, y: 2.5 },
  nothing: null,
  yes: true,
  big: 1e21,
}) as GoMap;

function expand(text: string, data = labels): string {
  const compiled = compileTemplate('line', text, functions);
  if (compiled.error !== undefined) return `parse: ${compiled.error}`;
  const result = compiled.template.execute(data);
  return result.error ?? result.text!;
}

function expands(text: string, expected: string, data = labels) {
  assert.equal(expand(text, data), expected, text);
}

test('text, fields and trim markers', () => {
  expands('plain', 'plain');
  expands('{{.app}}-{{ .n }}', 'shop-5');
  expands('[{{.missing}}]', '[]');
  expands('a  {{- .app -}}  b', 'ashopb');
  expands('a{{/* note */}}b {{- /* trim */ -}} c', 'abc');
  expands('{{.missing}}|{{.nothing}}', '<no value>|<no value>', json);
  expands('{{"a\\tb"}}{{`raw\\n`}}', 'a\tbraw\\n');
});

test('pipelines, functions and parentheses', () => {
  expands('{{ .app | upper }}', 'SHOP');
  expands('{{ upper .app | printf "%s-%s" "x" }}', 'x-SHOP');
  expands('{{ add 1 2 (add 3 4) }}', '10');
  expands('{{ half 3 }} {{ half 3.0 }} {{ 1.0 }}', '1.5 1.5 1');
  expands('{{ (printf "%d" 5) | upper }}', '5');
});

test('if, else if, with, range, variables', () => {
  expands('{{if .app}}yes{{else}}no{{end}}', 'yes');
  expands('{{if .empty}}a{{else if eq .app "shop"}}b{{else}}c{{end}}', 'b');
  expands('{{with .app}}{{.}}{{else}}none{{end}}{{with .empty}}x{{else}}none{{end}}', 'shopnone');
  expands('{{range .list}}<{{.}}>{{end}}', '<a><b><c>', json);
  expands('{{range $i, $e := .list}}{{$i}}={{$e}};{{end}}', '0=a;1=b;2=c;', json);
  expands('{{range $k, $v := .map}}{{$k}}{{$v}} {{end}}', 'x1 y2.5 ', json);
  expands('{{range .none}}x{{else}}empty{{end}}', 'empty', json);
  expands('{{range .list}}{{if eq . "b"}}{{continue}}{{end}}{{.}}{{end}}', 'ac', json);
  expands('{{range .list}}{{if eq . "b"}}{{break}}{{end}}{{.}}{{end}}', 'a', json);
  expands('{{$x := "a"}}{{if true}}{{$x = "b"}}{{end}}{{$x}}', 'b');
  expands('{{$x := 1}}{{with "d"}}{{$x}}{{.}}{{$.app}}{{end}}', '1dshop');
  expands('{{range 3}}{{.}}{{end}}', '012');
});

test('define, template, block', () => {
  expands('{{define "t"}}[{{.}}]{{end}}{{template "t" .app}}{{template "t" "x"}}', '[shop][x]');
  expands('{{block "b" .n}}<{{.}}>{{end}}', '<5>');
});

test('comparison and logic', () => {
  expands(
    '{{eq .n "5"}} {{ne 1 2}} {{lt 1 2}} {{le 2 2}} {{gt "b" "a"}} {{ge 1.5 2.5}}',
    'true true true true true false',
  );
  expands('{{eq 1 2 3 1}}', 'true');
  expands('{{and .app .n}} {{and .empty .n}}| {{or .empty .n}} {{not .empty}}', '5 | 5 true');
  expands('{{or .app (bad)}}', 'shop');
  expands(
    '{{eq 1 "1"}}',
    'template: line:1:2: executing "line" at <eq 1 "1">: error calling eq: incompatible types for comparison',
  );
});

test('builtins', () => {
  expands('{{len "äb"}} {{len .list}} {{index .list 1}} {{index .map "x"}} {{slice "hello" 1 3}}', '3 3 b 1 el', json);
  expands('{{print "a" 1 2 "b" 3}}|{{println 1 2}}|', 'a1 2b3|1 2\n|');
  expands(
    `{{html "<a href='x'>&"}} {{js "it's <b>"}} {{urlquery "a b&c"}}`,
    "&lt;a href=&#39;x&#39;&gt;&amp; it\\'s \\u003Cb\\u003E a+b%26c",
  );
  expands('{{.list}} {{.map}} {{.yes}} {{.big}}', '[a b c] map[x:1 y:2.5] true 1e+21', json);
});

test('errors at execution carry place, context and reason', () => {
  expands('{{ .app.x }}', 'template: line:1:7: executing "line" at <.app.x>: can\'t evaluate field x in type string');
  expands('{{bad}}', 'template: line:1:2: executing "line" at <bad>: error calling bad: no luck');
  expands('ab\n {{bad}}', 'template: line:2:3: executing "line" at <bad>: error calling bad: no luck');
  expands('{{upper 5}}', 'template: line:1:8: executing "line" at <5>: expected string; found 5');
  expands(
    '{{upper .list}}',
    'template: line:1:8: executing "line" at <.list>: wrong type for value; expected string; got []interface {}',
    json,
  );
  expands(
    '{{upper "a" "b"}}',
    'template: line:1:2: executing "line" at <upper>: wrong number of args for upper: want 1 got 2',
  );
  expands(
    '{{template "nope"}}',
    'template: line:1:2: executing "line" at <{{template "nope"}}>: template "nope" not defined',
  );
  expands('{{.app "x"}}', 'template: line:1:2: executing "line" at <.app>: app is not a method but has arguments');
});

test('what a missing or nil value allows', () => {
  expands(
    '{{.missing.x}}',
    'template: line:1:10: executing "line" at <.missing.x>: nil pointer evaluating interface {}.x',
    json,
  );
  expands(
    '{{.nothing.x}}',
    'template: line:1:10: executing "line" at <.nothing.x>: nil pointer evaluating interface {}.x',
    json,
  );
  expands(
    '{{upper .nothing}}',
    'template: line:1:8: executing "line" at <.nothing>: wrong type for value; expected string; got interface {}',
    json,
  );
  expands('{{upper nil}}', 'template: line:1:8: executing "line" at <nil>: cannot assign nil to string');
  expands(
    '{{half 2}}{{half (add 1)}}',
    'template: line:1:22: executing "line" at <1>: wrong type for value; expected float64; got int',
  );
  const invalid = compileTemplate('t', '{{.missing.x}}', functions, { missingKey: 'invalid' }).template!;
  assert.deepEqual(invalid.execute(json), { text: '<no value>' });
});

test('errors of syntax', () => {
  const fails = (text: string, message: string) => expands(text, `parse: template: line:${message}`);
  fails('{{.x ', '1: unclosed action');
  fails('{{ shout .x }}', '1: function "shout" not defined');
  fails('{{if .x}}', '1: unexpected EOF');
  fails('a\n{{end}}', '2: unexpected {{end}}');
  fails('{{else}}', '1: unexpected {{else}}');
  fails('{{}}', '1: missing value for command');
  fails('{{.x | }}', '1: missing value for command');
  fails('{{$y}}', '1: undefined variable "$y"');
  fails('{{"a}}', '1: unterminated quoted string');
  fails('{{(.a}}', '1: unclosed left paren');
  fails('{{.a)}}', '1: unexpected ")" in command');
  // The first mistake is the one that is named.
  fails('{{ shout }}{{"a}}', '1: function "shout" not defined');
  fails('{{ .a `a longer text`x }}', '1: unexpected "x" in operand');
  fails('{{ .a := `a longer text` }}', '1: unexpected ":=" in operand');
  fails('{{if .x}}{{end "a longer text"}}', '1: unexpected "\\"a longer "... in end');
  fails('{{.a | 5}}', '1: non executable command in pipeline stage 2');
  fails('{{break}}', '1: {{break}} outside {{range}}');
  fails('{{/* x', '1: unclosed comment');
  fails('{{ @ }}', "1: unrecognized character in action: U+0040 '@'");
});

test('printf as in Go', () => {
  const prints = (format: string, values: Parameters<typeof sprintf>[1], expected: string) =>
    assert.equal(sprintf(format, values), expected, format);
  prints(
    '%d %5d|%-5d|%05d %x %X %o %b %c %q %U',
    [42n, 42n, 42n, 42n, 255n, 255n, 8n, 5n, 97n, 97n, 97n],
    "42    42|42   |00042 ff FF 10 101 a 'a' U+0061",
  );
  prints('%s|%10s|%-10s|%.2s|%q|%x', ['a', 'b', 'c', 'defg', 'q"', 'hi'], 'a|         b|c         |de|"q\\""|6869');
  prints(
    '%f %.2f %8.3f %e %g %v',
    [1.5, 1.005, Math.PI, 123456.789, 1e21, 0.1],
    '1.500000 1.00    3.142 1.234568e+05 1e+21 0.1',
  );
  prints('%t %v %T %+d %%', [true, undefined, 1.5, 3n], 'true <nil> float64 +3 %');
  prints('%d %s', ['x', 5n], '%!d(string=x) %!s(int=5)');
  prints('%s %s', ['a'], 'a %!s(MISSING)');
  prints('%s', ['a', 1n], 'a%!(EXTRA int=1)');
  prints('%[2]s %[1]s', ['a', 'b'], 'b a');
  prints('%!', [], '%!!(NOVERB)'.replace('!!(NOVERB)', '!!(MISSING)'));
});

test('floats print as in Go', () => {
  for (const [value, text] of [
    [1, '1'],
    [1e20, '1e+20'],
    [123456, '123456'],
    [1234567, '1.234567e+06'],
    [1e21, '1e+21'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [-2.5, '-2.5'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
  ] as const) {
    assert.equal(printFloat(value), text);
  }
});

test('loops and growth are bounded', () => {
  assert.match(expand('{{define "t"}}{{template "t"}}{{end}}{{template "t"}}'), /exceeded maximum template depth/);
  assert.match(expand('{{range 1000000000000}}x{{end}}'), /too long/);
  assert.match(expand(`${'{{if true}}'.repeat(200)}${'{{end}}'.repeat(200)}`), /nested too deeply/);
});
