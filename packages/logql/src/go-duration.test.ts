import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseGoDuration, parsePrometheusDuration, printGoDuration, printPrometheusDuration } from './go-duration.ts';

const hourNs = 3_600_000_000_000n;

for (const [text, expected] of [
  ['0', 0n],
  ['5m', hourNs / 12n],
  ['1d12h', 36n * hourNs],
  ['1y2w3d4h5m6s7ms', 33_019_506_007_000_000n],
  ['', 'empty duration string'],
  ['five', 'not a valid duration string: "five"'],
  ['5m1h', 'not a valid duration string: "5m1h"'],
  ['5m5m', 'not a valid duration string: "5m5m"'],
  ['-5m', 'not a valid duration string: "-5m"'],
  ['5', 'not a valid duration string: "5"'],
  ['1.5h', 'unknown unit "." in duration "1.5h"'],
  ['5 m', 'unknown unit " m" in duration "5 m"'],
  ['300y', 'duration out of range'],
  ['99999999999999999999s', 'not a valid duration string: "99999999999999999999s"'],
] as const)
  test(`Prometheus duration ${JSON.stringify(text)}`, () => {
    const result = parsePrometheusDuration(text);
    assert.equal(typeof expected === 'bigint' ? result.durationNs : result.error, expected);
  });

for (const [text, expected] of [
  ['1.5h', hourNs + hourNs / 2n],
  ['-2h45m', -(2n * hourNs + (hourNs * 3n) / 4n)],
  ['100µs', 100_000n],
  ['.5s', 500_000_000n],
  ['5.s', 5_000_000_000n],
  ['0', 0n],
  ['-0', 0n],
  ['1d', undefined],
  ['5', undefined],
  ['h', undefined],
  ['.s', undefined],
  ['1h ', undefined],
  ['9223372037s', undefined],
] as const)
  test(`Go duration ${JSON.stringify(text)}`, () => assert.equal(parseGoDuration(text), expected));

for (const [ns, prometheus, go] of [
  [0n, '0s', '0s'],
  [1_500_000n, '1ms', '1.5ms'],
  [90_000_000_000n, '1m30s', '1m30s'],
  [25n * hourNs, '1d1h', '25h0m0s'],
  [7n * 24n * hourNs, '1w', '168h0m0s'],
  [8n * 24n * hourNs, '8d', '192h0m0s'],
  [365n * 24n * hourNs, '1y', '8760h0m0s'],
  [-5_000_000_000n, '-5s', '-5s'],
] as const)
  test(`printed: ${go}`, () => {
    assert.equal(printPrometheusDuration(ns), prometheus);
    assert.equal(printGoDuration(ns), go);
  });

for (const [ns, go] of [
  [1n, '1ns'],
  [1_100n, '1.1µs'],
  [999_999_999n, '999.999999ms'],
  [1_000_000_001n, '1.000000001s'],
] as const)
  test(`printed: ${go}`, () => assert.equal(printGoDuration(ns), go));
