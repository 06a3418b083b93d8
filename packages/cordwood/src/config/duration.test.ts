import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseByteSize, printByteSize } from './byte-size.ts';
import { parseGoDurationMs, parsePrometheusDurationMs, printGoDuration, printPrometheusDuration } from './duration.ts';

const go: [text: string, ms: number | undefined, printed?: string][] = [
  ['1h30m', 5_400_000, '1h30m0s'],
  ['1.5s', 1500],
  ['90s', 90_000, '1m30s'],
  ['-1ns', -1e-6],
  ['100ms', 100],
  ['2us', 0.002, '2µs'],
  ['0', 0, '0s'],
  ['1d', undefined],
  ['', undefined],
  ['5', undefined],
  ['h', undefined],
];
for (const [text, ms, printed] of go) {
  test(`Go duration ${JSON.stringify(text)}`, () => {
    assert.equal(parseGoDurationMs(text), ms);
    if (ms !== undefined) assert.equal(printGoDuration(ms), printed ?? text);
  });
}

const prometheus: [text: string, ms: number | undefined, printed?: string][] = [
  ['30d1h', 2_595_600_000],
  ['1w', 604_800_000],
  ['168h', 604_800_000, '1w'],
  ['8d', 691_200_000],
  ['1y', 31_536_000_000],
  ['1m', 60_000],
  ['1500ms', 1500, '1s500ms'],
  ['0', 0, '0s'],
  ['0s', 0],
  ['1.5h', undefined],
  ['1h1d', undefined],
  ['', undefined],
];
for (const [text, ms, printed] of prometheus) {
  test(`Prometheus duration ${JSON.stringify(text)}`, () => {
    assert.equal(parsePrometheusDurationMs(text), ms);
    if (ms !== undefined) assert.equal(printPrometheusDuration(ms), printed ?? text);
  });
}

const sizes: [text: string, bytes: number | undefined, printed?: string][] = [
  ['256KB', 262_144],
  ['256kb', 262_144, '256KB'],
  ['1.5MB', 1_572_864, '1536KB'],
  ['4 GiB', 4_294_967_296, '4GB'],
  ['1024', 1024, '1KB'],
  ['0B', 0],
  ['200B', 200],
  ['5 apples', undefined],
  ['', undefined],
  ['-1KB', undefined],
];
for (const [text, bytes, printed] of sizes) {
  test(`size ${JSON.stringify(text)}`, () => {
    assert.equal(parseByteSize(text), bytes);
    if (bytes !== undefined) assert.equal(printByteSize(bytes), printed ?? text);
  });
}
