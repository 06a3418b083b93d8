import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../world/random.ts';
import { parseGoDuration, parsePrometheusDuration, printGoDuration, printPrometheusDuration } from './go-duration.ts';

/** `printed`: how it prints again, when not as it was written. */
function go(text: string, durationNs: bigint, printed = text): void {
  test(`Go: ${text}`, () => {
    assert.deepEqual(parseGoDuration(text), { durationNs });
    assert.equal(printGoDuration(durationNs), printed);
  });
}
function goRefuses(text: string, error: string): void {
  test(`Go refuses ${JSON.stringify(text)}`, () => assert.deepEqual(parseGoDuration(text), { error }));
}

go('0', 0n, '0s');
go('-0', 0n, '0s');
go('0s', 0n);
go('1s', 1_000_000_000n);
go('1.5s', 1_500_000_000n);
go('.5s', 500_000_000n, '500ms');
go('1.s', 1_000_000_000n, '1s');
go('250ms', 250_000_000n);
go('15us', 15_000n, '15\u00b5s');
go('15\u00b5s', 15_000n);
go('15\u03bcs', 15_000n, '15\u00b5s');
go('99ns', 99n);
go('-5s', -5_000_000_000n);
go('+5s', 5_000_000_000n, '5s');
go('1m30s', 90_000_000_000n);
go('90m', 5_400_000_000_000n, '1h30m0s');
go('1h2m3s', 3_723_000_000_000n);
go('1ms1s', 1_001_000_000n, '1.001s');
go('2562047h47m16.854775807s', 2n ** 63n - 1n);
go('-2562047h47m16.854775808s', -(2n ** 63n));
go('0.3333333333333333333h', 1_200_000_000_000n, '20m0s');
go('1h15m30.918273645s', 4_530_918_273_645n);

goRefuses('', 'time: invalid duration ""');
goRefuses('-', 'time: invalid duration "-"');
goRefuses('abc', 'time: invalid duration "abc"');
goRefuses('1', 'time: missing unit in duration "1"');
goRefuses('5.5', 'time: missing unit in duration "5.5"');
goRefuses('1 s', 'time: unknown unit " s" in duration "1 s"');
goRefuses('1S', 'time: unknown unit "S" in duration "1S"');
goRefuses('1d', 'time: unknown unit "d" in duration "1d"');
goRefuses('1e3s', 'time: unknown unit "e" in duration "1e3s"');
goRefuses('1sm', 'time: unknown unit "sm" in duration "1sm"');
goRefuses('1.5.5s', 'time: missing unit in duration "1.5.5s"');
goRefuses('1s-2s', 'time: unknown unit "s-" in duration "1s-2s"');
go('1h1h', 7_200_000_000_000n, '2h0m0s');
go('123456789012345678ns', 123_456_789_012_345_678n, '34293h33m9.012345678s');
goRefuses('1s2', 'time: missing unit in duration "1s2"');
goRefuses('.s', 'time: invalid duration ".s"');
goRefuses('9999999999h', 'time: invalid duration "9999999999h"');
goRefuses('1"é', String.raw`time: unknown unit "\"\xc3\xa9" in duration "1\"\xc3\xa9"`);

function prometheus(text: string, durationNs: bigint, printed = text): void {
  test(`Prometheus: ${text}`, () => {
    assert.deepEqual(parsePrometheusDuration(text), { durationNs });
    assert.equal(printPrometheusDuration(durationNs), printed);
  });
}
function prometheusRefuses(text: string, error: string): void {
  test(`Prometheus refuses ${JSON.stringify(text)}`, () => assert.deepEqual(parsePrometheusDuration(text), { error }));
}

const secondNs = 1_000_000_000n;
const dayNs = 86_400n * secondNs;
prometheus('0', 0n, '0s');
prometheus('5m', 300n * secondNs);
prometheus('1d12h', dayNs + dayNs / 2n);
prometheus('30d1h', 30n * dayNs + 3600n * secondNs);
prometheus('1w', 7n * dayNs);
prometheus('10d', 10n * dayNs);
prometheus('14d', 14n * dayNs, '2w');
prometheus('1y', 365n * dayNs);
prometheus('1y1d', 366n * dayNs, '366d');
prometheus('90s', 90n * secondNs, '1m30s');
prometheus('1m500ms', 60_500_000_000n);
prometheusRefuses('', 'empty duration string');
prometheusRefuses('long', 'not a valid duration string: "long"');
prometheusRefuses('1m1h', 'not a valid duration string: "1m1h"');
prometheusRefuses('1.5h', 'not a valid duration string: "1.5h"');
prometheusRefuses('-5m', 'not a valid duration string: "-5m"');
prometheusRefuses('300y', 'duration out of range');

test('printed durations read back as themselves', () => {
  const seed = 7;
  const random = seededRandom(seed);
  for (let i = 0; i < 5_000; i++) {
    const durationNs = BigInt(Math.floor((random() - 0.5) * 10 ** Math.floor(random() * 18)));
    assert.deepEqual(parseGoDuration(printGoDuration(durationNs)), { durationNs }, `seed ${seed}, turn ${i}`);
    const wholeMs = BigInt(Math.floor(random() * 10 ** Math.floor(random() * 12))) * 1_000_000n;
    assert.deepEqual(parsePrometheusDuration(printPrometheusDuration(wholeMs)), { durationNs: wholeMs });
  }
});
