import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Form } from './form.ts';
import {
  directionParameter,
  durationParameter,
  instantNs,
  limitParameter,
  parseRfc3339Ns,
  parseTimeNs,
  rangeParameters,
  timeRange,
} from './parameters.ts';

const nowNs = 1_700_000_000_123_456_789n;
const form = (text: string) => new Form([text]);

/** The text of the refusal. */
function refused(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    assert.equal((error as { status?: number }).status, 400, String(error));
    return (error as Error).message;
  }
  assert.fail('it is taken');
}

const times: [text: string, timeNs: bigint][] = [
  ['1700000000', 1_700_000_000_000_000_000n],
  ['1700000000.5', 1_700_000_000_500_000_000n],
  ['1700000000.0004', 1_700_000_000_000_000_000n],
  ['1700000000123456789', nowNs],
  // Eleven digits are nanoseconds, however odd that is.
  ['17000000000', 17_000_000_000n],
  ['-5', -5_000_000_000n],
  ['0', 0n],
  ['1.0e3', 1_000_000_000_000n],
  ['2023-11-14T22:13:20Z', 1_700_000_000_000_000_000n],
  ['2023-11-14T22:13:20.123456789Z', nowNs],
  ['2023-11-15T00:13:20.5+02:00', 1_700_000_000_500_000_000n],
  ['2023-11-14T16:43:20-05:30', 1_700_000_000_000_000_000n],
  ['1969-12-31T23:59:59.999999999Z', -1n],
];
for (const [text, expected] of times) {
  test(`time ${text}`, () => assert.equal(parseTimeNs(text), expected));
}

for (const text of [
  'yesterday',
  '2023-11-14',
  '2023-13-01T00:00:00Z',
  '2023-02-30T00:00:00Z',
  '2023-11-14T24:00:00Z',
  '1e30',
  '',
  ' 1',
  '99999999999999999999',
]) {
  test(`no time: '${text}'`, () =>
    assert.match(
      refused(() => parseTimeNs(text)),
      /^strconv\.ParseInt: parsing "/,
    ));
}

test('leap days are days, 30 February is not', () => {
  assert.notEqual(parseRfc3339Ns('2024-02-29T00:00:00Z'), undefined);
  assert.equal(parseRfc3339Ns('2023-02-29T00:00:00Z'), undefined);
  assert.equal(parseRfc3339Ns('2023-02-30T00:00:00Z'), undefined);
});

test('without start and end it is the last hour; since moves the start', () => {
  assert.deepEqual(timeRange(form(''), nowNs), { startNs: nowNs - 3_600_000_000_000n, endNs: nowNs });
  assert.deepEqual(timeRange(form('since=5m'), nowNs), { startNs: nowNs - 300_000_000_000n, endNs: nowNs });
  assert.deepEqual(timeRange(form('end=1000&since=1s'), nowNs), {
    startNs: 999_000_000_000n,
    endNs: 1_000_000_000_000n,
  });
  // An end in the future does not move the start with it.
  assert.equal(timeRange(form('end=2700000000'), nowNs).startNs, nowNs - 3_600_000_000_000n);
  assert.match(
    refused(() => timeRange(form('since=x'), nowNs)),
    /^could not parse 'since' parameter: /,
  );
  assert.match(
    refused(() => timeRange(form('start=x'), nowNs)),
    /^could not parse 'start' parameter: /,
  );
});

test('an instant is now by default', () => {
  assert.equal(instantNs(form(''), nowNs), nowNs);
  assert.equal(instantNs(form('time=1'), nowNs), 1_000_000_000n);
});

test('limits are whole and positive', () => {
  assert.equal(limitParameter(form('')), 100);
  assert.equal(limitParameter(form('limit=7')), 7);
  for (const text of ['0', '-1'])
    assert.equal(
      refused(() => limitParameter(form(`limit=${text}`))),
      'limit must be a positive value',
    );
  for (const text of ['x', '1.5', '1e3', '0x10'])
    assert.match(
      refused(() => limitParameter(form(`limit=${text}`))),
      /^strconv\.Atoi: parsing /,
    );
});

test('directions', () => {
  assert.equal(directionParameter(form('')), 'backward');
  assert.equal(directionParameter(form('direction=FORWARD')), 'forward');
  assert.equal(
    refused(() => directionParameter(form('direction=up'))),
    "invalid direction 'up'",
  );
});

const durations: [text: string, ns: bigint][] = [
  ['1', 1_000_000_000n],
  ['0.25', 250_000_000n],
  ['1m30s', 90_000_000_000n],
  ['2h', 7_200_000_000_000n],
  ['-1', -1_000_000_000n],
];
for (const [text, expected] of durations) {
  test(`step ${text}`, () => assert.equal(durationParameter(form(`step=${text}`), 'step', 0n), expected));
}
test('durations that are none', () => {
  const text = (value: string) => refused(() => durationParameter(form(`step=${value}`), 'step', 0n));
  assert.equal(text('x'), 'cannot parse "x" to a valid duration');
  assert.equal(text('1e30'), 'cannot parse "1e30" to a valid duration. It overflows int64');
});

test('a range has at most 11,000 points and about 250 by default', () => {
  assert.equal(rangeParameters(form('start=0&end=1000'), nowNs).stepNs, 4_000_000_000n);
  assert.equal(rangeParameters(form('start=0&end=10'), nowNs).stepNs, 1_000_000_000n);
  assert.equal(rangeParameters(form('start=0&end=11000&step=1'), nowNs).stepNs, 1_000_000_000n);
  assert.match(
    refused(() => rangeParameters(form('start=0&end=11001&step=1'), nowNs)),
    /^exceeded maximum resolution of 11,000 points/,
  );
  assert.match(
    refused(() => rangeParameters(form('start=0&end=10&step=0'), nowNs)),
    /^zero or negative query resolution step/,
  );
  assert.equal(
    refused(() => rangeParameters(form('start=10&end=9'), nowNs)),
    'end timestamp must not be before or equal to start time',
  );
});

test('a form body goes before the address, and both are read', () => {
  const both = new Form(['a=1&b=%7B%22x%22%7D&c=', 'a=2&d=x+y&d=%2B']);
  assert.equal(both.get('a'), '1');
  assert.deepEqual(both.all('a'), ['1', '2']);
  assert.equal(both.get('b'), '{"x"}');
  assert.deepEqual([both.get('c'), both.has('c'), both.has('e')], ['', true, false]);
  assert.deepEqual(both.all('d'), ['x y', '+']);
  assert.match(
    refused(() => new Form(['a&'.repeat(100_000)])),
    /^more than \d+ parameters$/,
  );
});
