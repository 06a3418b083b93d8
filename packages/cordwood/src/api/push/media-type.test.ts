import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMediaType } from './media-type.ts';

const good: [header: string, type: string][] = [
  ['application/json', 'application/json'],
  ['Application/JSON; charset=utf-8', 'application/json'],
  ['application/x-protobuf; proto="a;b\\"c"; x=1', 'application/x-protobuf'],
  ['  text/plain ;', 'text/plain'],
  ['json', 'json'],
];
for (const [header, type] of good) {
  test(`media type of '${header}'`, () => assert.deepEqual(parseMediaType(header), { type }));
}

const bad: [header: string | undefined, error: string][] = [
  [undefined, 'mime: no media type'],
  ['', 'mime: no media type'],
  [';x=1', 'mime: no media type'],
  ['application json', 'mime: expected slash after first token'],
  ['application/', 'mime: expected token after slash'],
  ['application/json x', 'mime: unexpected content after media subtype'],
  ['application/json; charset', 'mime: invalid media parameter'],
  ['application/json; charset="', 'mime: invalid media parameter'],
];
for (const [header, error] of bad) {
  test(`no media type: '${header}'`, () => assert.deepEqual(parseMediaType(header), { error }));
}
