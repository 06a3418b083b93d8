import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type JsonPath, JsonPathReader } from './json-path-fields.ts';
import { jsonErrors } from './json-scan.ts';

/** Values of paths given as `a.b[0]` texts (keys without dots or brackets). */
function finds(line: string, expressions: string, expected: readonly string[], problem?: string): void {
  test(`${expressions} in ${line}`, () => {
    const paths = expressions
      .split(' ')
      .map(
        (text): JsonPath =>
          [...text.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map(([key, index]) => (index ? Number(index) : key)),
      );
    const reader = new JsonPathReader(paths);
    const values: string[] = [];
    for (let round = 0; round < 2; round++) {
      assert.equal(reader.read(line, values), problem);
      assert.deepEqual(values, expected);
    }
  });
}

// Lines and results recorded from Loki 3.7.6.
const types =
  '{"int":42,"float":3.1400,"exp":1.5e3,"t":true,"n":null,"e":"","arr":[1,"two",{"three":3}],"obj":{"k":"v","arr":[1]}}';
finds(types, 'int float exp t n e arr obj', [
  '42',
  '3.1400',
  '1.5e3',
  'true',
  '',
  '',
  '[1,"two",{"three":3}]',
  '{"k":"v","arr":[1]}',
]);
finds(
  '{"data":{"checks":[{"rule":"cap","ok":false},{"rule":"tier","ok":true}],"geo":{"lat":59.33}}}',
  'data.checks[0].rule data.checks[1].ok data.geo data.checks[7].rule data.nope',
  ['cap', 'true', '{"lat":59.33}', '', ''],
);
finds(
  '{"list":[{"id":"a"},{"id":"b"}],"matrix":[[1,2],[3,4]],"mixed":[null,true,"x"],"deep":{"list":[{"k":{"z":"end"}}]}}',
  'list[1].id matrix[1][0] matrix[0] mixed[1] deep.list[0].k.z list[9] mixed[2] mixed[0]',
  ['b', '3', '[1,2]', 'true', 'end', '', 'x', ''],
);
finds(String.raw`{"path":"C:\\temp","uni":"\u00e9","q":"say \"hi\""}`, 'path uni q', ['C:\\temp', 'é', 'say "hi"']);
finds('{"x":"first","x":"second"}', 'x v', ['first', '']);
finds('{"v":null,"v":"after null"}', 'v', ['']);
finds('{"v":[1],"v":"after array"}', 'v', ['[1]']);
finds('  {"padded":"yes"}  ', 'padded', [''], '');
finds('x=first', 'x', [''], '');
for (const line of [' ', '-', '0', 'null', 'true', '=', '42']) finds(line, 'a', [''], '');
for (const line of ['', '{}', '[]', '""', '"', '{ }', '[1,2,3]', '"just a string"']) finds(line, 'a', ['']);
finds('{"a":tru}', 'a ok', ['', ''], jsonErrors.unknownType);
finds('{"a":[1,2,"b":3}', 'a ok', ['', ''], jsonErrors.array);
finds('{"a":"unterminated}', 'a ok', ['', ''], jsonErrors.string);
for (const line of ['{"level":"error","msg":"cut', '{"a" 1}', '{a:1}', "{'a':1}", String.raw`{"a":"\x"}`])
  finds(line, 'a ok', ['', '']);
finds('{"ok":"yes","later":}', 'a ok', ['', 'yes']);
for (const line of ['{"a":1', '{"a":1,}', '{"a":1,"b":}', '{"a":1}{"b":2}', '{"a":1} trailing text'])
  finds(line, 'a', ['1']);
finds('{"a":{"b":1}', 'a', ['{"b":1}']);
// Not taken for one another:
finds('{"b":{"x":1},"a":{"x":2}}', 'a.x', ['2']);
finds('{"a":{"y":{"x":1}},"x":3}', 'a.x x', ['', '3']);
finds('{"a":[{"x":1}],"x":5}', 'x a.x', ['5', '']);
finds('{"a":"x","x":"a"}', 'x', ['a']);
finds('[{"a":1},{"a":2}]', '[1].a', ['2']);

test('hostile lines take no longer than their length allows', () => {
  const reader = new JsonPathReader([['a', 'a', 0, 'b'], ['k', 0], ['x']]);
  const lines = [
    '{"a":'.repeat(100_000),
    '{"a":['.repeat(100_000),
    `{"k":[${'1,'.repeat(200_000)}`,
    `${'"x"'.repeat(200_000)}`,
  ];
  for (const line of lines) {
    const start = process.cpuUsage();
    reader.read(line, []);
    assert.ok(process.cpuUsage(start).user / 1000 < 1000, line.slice(0, 20));
  }
});
