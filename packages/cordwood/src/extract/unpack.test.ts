import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonErrors } from './json-scan.ts';
import { notAnObject, unpack } from './unpack.ts';

function unpacks(line: string, entry: string | undefined, fields: Record<string, string> = {}, error = ''): void {
  test(`unpack ${line}`, () => {
    const found = unpack(line);
    assert.deepEqual({ ...found, fields: Object.fromEntries(found.fields) }, { entry, fields, error });
  });
}

// Lines and results recorded from Loki 3.7.6.
unpacks('{"pod":"c-3","_entry":"level=info msg=\\"packed\\""}', 'level=info msg="packed"', { pod: 'c-3' });
unpacks('{"pod":"c-3","container":"main","note":"no entry key"}', undefined);
unpacks('{"pod":"c","replicas":3,"ready":true,"nested":{"a":"b"},"_entry":"only strings"}', 'only strings', {
  pod: 'c',
});
unpacks('{"_entry":"","pod":"c"}', '', { pod: 'c' });
unpacks('{"dotted.name":"d","_entry":"x"}', 'x', { dotted_name: 'd' });
unpacks('{"q":"say \\"hi\\"\\tnow","_entry":"☀\\nsecond"}', '☀\nsecond', { q: 'say "hi"\tnow' });
unpacks('{"pod":"c","_entry":"cut off', undefined, {}, jsonErrors.string);
unpacks('[{"pod":"c","_entry":"an array"}]', undefined, {}, notAnObject);
unpacks('level=error n=15', undefined, {}, notAnObject);
unpacks('', undefined);
unpacks('{}', undefined);
unpacks('{ }', undefined);
for (const line of [' ', '-', '0', '""', 'null']) unpacks(line, undefined, {}, notAnObject);
