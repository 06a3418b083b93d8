import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate, type Scope } from './evaluate.ts';
import { parseExpression } from './parse.ts';
import { type Environment, standardLibrary } from './stdlib/registry.ts';
import { objectValue, stringValue, toPlain, type Value } from './value.ts';

const environment: Environment = {
  variable: (name) => ({ HOME: '/root' })[name],
  hostname: 'node-1',
  os: 'linux',
  arch: 'amd64',
  version: '1.2.3',
  parseYaml: (text) => JSON.parse(text),
};
const library = standardLibrary(environment);
const secret: Value = { kind: 'secret', text: 'hunter2', optional: false, hidden: true };
const component = objectValue([['receiver', stringValue('R')]]);

function run(text: string): { value: Value } | { error: string } {
  const file = { name: 'x', text };
  const parsed = parseExpression(file);
  assert.deepEqual(parsed.diagnostics, [], text);
  const scope: Scope = {
    file,
    resolve(names) {
      if (names.slice(0, 3).join('.') === 'loki.write.out') return { value: component, used: 3 };
      if (names[0] === 'password') return { value: secret, used: 1 };
      const value = library.get(names[0]!);
      return value && { value, used: 1 };
    },
  };
  const result = evaluate(parsed.expression!, scope);
  if ('value' in result) return result;
  return { error: `${result.diagnostic.line}:${result.diagnostic.column} ${result.diagnostic.message}` };
}

function gives(text: string, expected: unknown): void {
  test(`${text} gives ${JSON.stringify(expected)}`, () => {
    const result = run(text);
    assert.ok('value' in result, 'error' in result ? result.error : '');
    assert.deepEqual(toPlain(result.value), expected);
  });
}
function fails(text: string, expected: string): void {
  test(`${text} fails`, () => assert.deepEqual(run(text), { error: expected }));
}

gives('1 + 2 * 3', 7);
gives('(1 + 2) * 3', 9);
gives('7 / 2', 3);
gives('-7 / 2', -3);
gives('7 / 2.0', 3.5);
gives('7 % 3', 1);
gives('2 ^ 3 ^ 2', 512);
gives('-2 ^ 2', 4);
gives('10 - 2 - 3', 5);
gives('010', 8);
gives('08', 8);
gives('3 == 3.0', true);
gives('1 == "1"', false);
gives('1 < 2 == true', true);
gives('!true || false && true', false);
gives('true || false', true);
gives('"a" < "b"', true);
gives('"\u{1F600}" > "\uffff"', true);
gives('"a" + "b"', 'ab');
gives('[1, 2] == [1, 2.0]', true);
gives('{a = 1}["missing"]', null);
gives('{a = {b = [10, 20]}}.a.b[1]', 20);
gives('{a = 1, a = 2}', { a: 2 });
gives('{"x\\ty" = 1}', { 'x\\ty': 1 });
gives('9223372036854775807 + 1 == -9223372036854775807 - 1', true);
gives('3 ^ 1000 == 3 ^ 1000', true);
gives('loki.write.out.receiver', 'R');
gives('password + "x"', '(secret)');
gives('convert.nonsensitive(password) + "!"', 'hunter2!');
gives('"\\x41\\101\\u00e9\\U0001F600\\n"', 'AA\u00e9\u{1F600}\n');
gives('"\\xc3\\xa9"', 'é');
gives('`a\\n`', 'a\\n');

fails('1 / 0', '1:5 divide by zero error');
fails('1.5 % 0', '1:7 divide by zero error');
fails('true || 1', '1:9 expected bool, got number');
fails('{a = 1}.b', '1:9 field "b" does not exist');
fails('[1][1]', '1:5 index 1 is out of range of array with length 1');
fails('[1][0.5]', '1:5 expected an integer as index of an array, got number');
fails('1 + "a"', '1:5 expected number, got string');
fails('null < 1', '1:1 expected number or string, got null');
fails('-"x"', '1:2 expected number, got string');
fails('nope', '1:1 identifier "nope" does not exist');
fails('loki.write.out.input', '1:1 field "input" does not exist');
fails('1(2)', '1:1 expected function, got number');

gives('coalesce("", null, [], 0, "x", "y")', 'x');
gives('coalesce("", 0)', 0);
gives('sys.env("HOME")', '/root');
gives('sys.env("UNSET")', '');
gives('constants.hostname + constants.os + constants.arch + constants.version', 'node-1linuxamd64v1.2.3');
gives('array.concat([1], [], [2, 3])', [1, 2, 3]);
gives('array.combine_maps([{a = "1", b = "2"}, {a = "9"}], [{a = "1", c = "3"}], ["a"])', [{ a: '1', b: '2', c: '3' }]);
gives('array.combine_maps([{a = "9"}], [{a = "1"}, {a = "2"}], ["a"], true)', [{ a: '9' }]);
gives('encoding.from_json("{\\"a\\": [1, 2.5, null]}")', { a: [1, 2.5, null] });
gives('encoding.from_json("12345678901234567") == 12345678901234567', true);
gives('encoding.from_yaml("[1]")', [1]);
gives('encoding.to_json({b = "<", a = 1})', '{"a":1,"b":"\\u003c"}');
gives('encoding.from_base64("w6k=")', 'é');
gives('encoding.to_base64("é??>")', 'w6k/Pz4=');
gives('encoding.to_URLbase64("é??>")', 'w6k_Pz4=');
gives('encoding.from_URLbase64("w6k_Pz4=")', 'é??>');
gives('encoding.url_encode("a b&é!")', 'a+b%26%C3%A9%21');
gives('encoding.url_decode("a+b%26%C3%A9")', 'a b&é');
gives('file.path_join("/var", "", "log", "../x.log")', '/var/x.log');
gives('file.path_join("..", "..", "a")', '../../a');
gives(
  'string.format("%s=%d (%5.2f) %q %v %t %x %%", "a", 5, 1.5, "q", [1, "b"], true, 255)',
  'a=5 ( 1.50) "q" [1 b] true ff %',
);
gives('string.format("%d %s", 1.5)', '%!d(float64=1.5) %!s(MISSING)');
gives('string.format("x", 1)', 'x%!(EXTRA int=1)');
gives('string.format("%05d|%-4s|%+d", 42, "ab", 7)', '00042|ab  |+7');
gives('string.join(["a", "b", 3], "-")', 'a-b-3');
gives('string.replace("aXbX", "X", "$&")', 'a$&b$&');
gives('string.split("a,b,,c", ",")', ['a', 'b', '', 'c']);
gives('string.to_upper("é") + string.to_lower("A")', 'Éa');
gives('string.trim("!!a!b!!", "!")', 'a!b');
gives('string.trim_prefix("foobar", "foo") + string.trim_suffix("foobar", "bar")', 'barfoo');
gives('string.trim_space(" \\t a \\n")', 'a');
gives('join(["old", "name"], " ")', 'old name');
gives('json_path(`{"a": [{"b": 1, "n": "x"}, {"b": 2, "n": "y"}]}`, "$.a[*].b")', [1, 2]);
gives('json_path(`{"a": [{"b": 1, "n": "x"}, {"b": 2, "n": "y"}]}`, ".a[?(@.n == \'y\')].b")', [2]);
gives('json_path(`{"a": [{"b": 1}, {"b": 2}]}`, "$..b")', [1, 2]);
gives('json_path(`{"a": [1, 2, 3, 4]}`, "$.a[1:3]")', [2, 3]);
gives('json_path(`{"a": [1, 2, 3, 4]}`, "$.a[-1]")', [4]);
gives('json_path(`{"a": 1}`, "$.missing")', []);

fails('sys.env()', '1:1 expected 1 args, got 0');
fails('string.join("a", "b")', '1:13 argument 1 should be list(string), got string');
fails('encoding.from_base64("%%%")', '1:22 illegal base64 data at input byte 0');
fails('encoding.url_decode("%zz")', '1:21 invalid URL escape "%zz"');
fails('string.to_lower(password)', '1:17 argument 1 secrets may not be converted into strings');
