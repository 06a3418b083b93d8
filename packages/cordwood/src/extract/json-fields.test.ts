import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../world/random.ts';
import { type JsonFieldOptions, JsonFieldReader } from './json-fields.ts';
import { jsonErrors, readValue, skipSpace, stringEnd, unescapeJson, unescapeValue } from './json-scan.ts';
import { sanitizeLabelName } from './label-name.ts';

function read(line: string, options: JsonFieldOptions = {}, reader = new JsonFieldReader(options)) {
  const fields: [string, string][] = [];
  const error = reader.read(line, (name, value) => fields.push([name, value]) > 0);
  return { fields, error };
}

/** `fields` as `name=value` texts. */
function reads(line: string, fields: readonly string[], error = ''): void {
  test(`json: ${line}`, () => {
    const found = read(line);
    assert.deepEqual(
      found.fields.map(([name, value]) => `${name}=${value}`),
      fields,
    );
    assert.equal(found.error, error);
  });
}

const { malformed, string, array, object, unknownType, escape: badEscape } = jsonErrors;

// Lines and results recorded from Loki 3.7.6.
reads('{"int":42,"neg":-7,"float":3.1400,"exp":1.5e3,"big":12345678901234567890}', [
  'int=42',
  'neg=-7',
  'float=3.1400',
  'exp=1.5e3',
  'big=12345678901234567890',
]);
reads(
  '{"t":true,"f":false,"n":null,"s":"text","e":"","arr":[1,"two",{"three":3}],"obj":{"k":"v","n":null,"arr":[1]}}',
  ['t=true', 'f=false', 's=text', 'e=', 'obj_k=v'],
);
reads('{"dots":{"a.b":{"c":1}},"dots.a.b":"flat"}', ['dots_a_b_c=1', 'dots_a_b=flat']);
reads(String.raw`{"path":"C:\\temp\\x","slash":"a\/b","uni":"\u00e9\u4e2d","sur":"\ud83c\udf0d","q":"say \"hi\""}`, [
  'path=C:\\temp\\x',
  'slash=a/b',
  'uni=é中',
  'sur=🌍',
  'q=say "hi"',
]);
reads('{"spaced" : { "inner" :  "v" } , "n" : 1 }', ['spaced_inner=v', 'n=1']);
reads('  {"padded":"yes"}  ', ['padded=yes']);
reads('{"matrix":[[1,2],[3,4]],"empty":[],"deep":{"list":[{"k":{"z":"end"}}]}}', []);
reads('{"v":[1],"v":"after array"}', ['v=after array']);
reads('{"v":null,"v":"after null"}', ['v=after null']);
reads('{"x":1,"y":2,"x":3}', ['x=1', 'y=2', 'x=3']);
reads('{"with space":"a","1digit":"d","$dollar":"e","":"empty key","   ":"blank key","ünï":"f","__y__":"i"}', [
  'with_space=a',
  '_1digit=d',
  '_dollar=e',
  '_n_=f',
  '__y__=i',
]);
reads('{"ip:port":"10.0.0.1:80","a[0]":"idx","x{y}":"brace"}', ['ip_port=10.0.0.1:80', 'a_0_=idx', 'x_y_=brace']);
reads('{"data":{"with space":1,"1st":2,"":3,"a.b":{"c-d":4}}}', [
  'data_with_space=1',
  'data_1st=2',
  'data=3',
  'data_a_b_c_d=4',
]);
reads(String.raw`{" padded ":"p","tab\tkey":"t","new\nline":"n"}`, ['padded=p', 'tab_key=t', 'new_line=n']);
reads('{"größe":"12 m²","мера":"кг","nested":{"ключ":"значение"}}', ['gr__e=12 m²', '____=кг', 'nested_____=значение']);
reads('{}', []);
reads('{ }', []);
for (const line of [
  '',
  ' ',
  '\t',
  '-',
  '0',
  '[]',
  '""',
  'null',
  '=',
  '[1,2,3]',
  '42',
  'text {"a":1}',
  '{a:1}',
  "{'a':1}",
]) {
  reads(line, [], object);
}
reads('{"a" 1}', [], malformed);
reads('{"a":1,"b":}', ['a=1'], unknownType);
reads('{"a":tru}', [], unknownType);
reads('{"a":NaN}', [], unknownType);
reads('{"a":1', ['a=1'], array);
reads('{"a":{"b":1}', ['a_b=1'], array);
reads('{"a":[1,2,"b":3}', [], array);
reads('{"level":"error","msg":"cut', ['level=error'], string);
reads('{"a":"unterminated}', [], string);
reads(String.raw`{"a":"\x"}`, ['a=']);
reads(String.raw`{"a":"\ud800 lone"}`, ['a=']);
reads('{"a":-}', ['a=-']);
reads('{"a":01}', ['a=01']);
reads('{"a":1e400}', ['a=1e400']);
reads('{"a":1,}', ['a=1']);
reads('{"a":1}{"b":2}', ['a=1']);
reads('{"a":1} trailing text', ['a=1']);
// By the same steps:
reads('{', [], malformed);
reads('{"a', [], malformed);
reads('{"a":1,', ['a=1'], array);
reads('{"a":1 "b":2}', ['a=1'], object);
reads('{"a":{"b":1', [], object);
reads('{"a":1,"o":{"b":2,"c":x},"d":3}', ['a=1', 'o_b=2'], unknownType);
reads('{"a":1,"o":{"b":2,"c":{"d":3,"e":"f"', ['a=1'], object);
reads('{"a":[1}, "b":2],"c":3}', ['c=3']);
reads('{"o":{"a":1"x},"b":"y"}}', [], object);
reads(String.raw`{"bad\qkey":1}`, [], badEscape);
reads('{"a":"\ufffd1\ufffd"}', ['a=1']);

test('only wanted fields, and no further than the visitor wants', () => {
  const line = '{"a":1,"skip":{"x":{"y":"}"}},"data":{"id":"F","other":2,"deep":{"z":3}},"b":"last","broken":}';
  const names = new Set(['data_id', 'b']);
  const options: JsonFieldOptions = {
    wants: (name) => names.has(name),
    wantsBelow: (prefix) => [...names].some((name) => name.startsWith(prefix)),
  };
  assert.deepEqual(read(line, options), {
    fields: [
      ['data_id', 'F'],
      ['b', 'last'],
    ],
    error: unknownType,
  });
  const seen: string[] = [];
  const error = new JsonFieldReader(options).read(line, (name) => seen.push(name) < 2);
  assert.deepEqual({ seen, error }, { seen: ['data_id', 'b'], error: '' });
});

test('one reader for lines of different shapes', () => {
  const reader = new JsonFieldReader();
  const lines = [
    '{"a":1,"b":{"c":2}}',
    '{"b":{"d":3,"c":4},"a":5}',
    '{"a":{"b":6}}',
    '{"ab":7,"a":8}',
    '{"a":1,"b":{"c":2}}',
  ];
  for (const line of [...lines, ...lines]) assert.deepEqual(read(line, {}, reader), read(line));
});

test('the one pass agrees with the step by step reading on mutated lines', () => {
  const seed = 20261124;
  const random = seededRandom(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const value = (depth: number): string => {
    const kind = Math.floor(random() * (depth > 0 ? 9 : 6));
    if (kind < 2) return pick(['1', '-2.5', 'true', 'null', '0x', 'tru']);
    if (kind < 5) return pick(['"x"', '""', '"a\\"b"', '"\\u00e9"', '"\\\\"', '"{"', '"]"', '"é🌍"', '"\\q"']);
    if (kind < 6) return pick(['[]', '[1,{"a":2}]', '["]"]']);
    const count = Math.floor(random() * 3);
    return `{${Array.from({ length: count }, () => `${pick(['"a"', '"b"', '" c"', '""', '"\\t"'])}${pick([':', ' : '])}${value(depth - 1)}`).join(pick([',', ' ,']))}}`;
  };
  const shared = new JsonFieldReader();
  for (let i = 0; i < 30_000; i++) {
    let line = `{"k":${value(3)},"l":${value(3)}}`;
    for (let m = Math.floor(random() * 3); m > 0; m--) {
      const at = Math.floor(random() * line.length);
      line =
        line.slice(0, at) +
        pick(['', '"', '{', '}', '[', ']', ',', ':', '\\', ' ', '1']) +
        line.slice(at + Math.floor(random() * 2));
    }
    const expected = reference(line);
    assert.deepEqual(read(line, {}, shared), expected, `seed ${seed}, turn ${i}: ${line}`);
  }
});

/** The library's steps, written as plainly as possible. */
function reference(text: string): { fields: [string, string][]; error: string } {
  const fields: [string, string][] = [];
  const visit = (part: string, prefix: string): string => {
    let at = skipSpace(part, 0);
    if (part[at] !== '{') return object;
    at = skipSpace(part, at + 1);
    if (at === part.length) return malformed;
    if (part[at] === '}') return '';
    const found = { type: 'null' as const, start: 0, end: 0, next: 0 } as Parameters<typeof readValue>[2];
    while (at < part.length) {
      if (part[at] === '}') return '';
      if (part[at] !== '"') return object;
      const end = stringEnd(part, at + 1);
      if (end < 0) return malformed;
      const key = unescapeJson(part.slice(at + 1, end));
      if (key === undefined) return badEscape;
      at = skipSpace(part, end + 1);
      if (part[at] !== ':') return malformed;
      const problem = readValue(part, at + 1, found);
      if (problem !== '') return problem;
      at = found.next;
      const segment = sanitizeLabelName(key, prefix !== '');
      const name = [prefix, segment].filter((one) => one !== '').join('_');
      const raw = part.slice(found.start, found.end);
      if (found.type === 'object') {
        const inner = visit(raw, name);
        if (inner !== '') return inner;
      } else if (found.type !== 'array' && found.type !== 'null' && name !== '') {
        fields.push([name, found.type === 'string' ? unescapeValue(raw) : raw]);
      }
      at = skipSpace(part, at);
      if (at === part.length) return array;
      if (part[at] === '}') return '';
      if (part[at] !== ',') return object;
      at = skipSpace(part, at + 1);
      if (at === part.length) return array;
    }
    return object;
  };
  const error = visit(text, '');
  return { fields, error };
}

test('hostile lines take no longer than their length allows', () => {
  const deep = '{"a":'.repeat(100_000);
  const lines = [
    deep,
    `${deep}1${'}'.repeat(100_000)}`,
    `${deep}x${'}'.repeat(100_000)}`,
    `{"a":"${'\\'.repeat(1 << 20)}`,
    '{"a":[[[['.repeat(100_000),
  ];
  lines.push(`{${Array.from({ length: 50_000 }, (_, i) => `"k${i}":${i}`).join(',')}}`);
  for (const line of lines) {
    const start = process.cpuUsage();
    read(line);
    assert.ok(process.cpuUsage(start).user / 1000 < 1000, line.slice(0, 20));
  }
});
