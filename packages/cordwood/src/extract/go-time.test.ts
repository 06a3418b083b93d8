import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatGoTime, loadLocation, namedLayouts, parseGoTime, utcLocation } from './go-time.ts';

const isoNs = (iso: string) => BigInt(Date.parse(iso)) * 1_000_000n;

function parses(layout: string, text: string, iso: string, extraNs = 0n, location = 'UTC') {
  const parsed = parseGoTime(namedLayouts.get(layout) ?? layout, text, loadLocation(location)!);
  assert.ok('timeNs' in parsed, `${layout} / ${text}: ${'error' in parsed ? parsed.error : ''}`);
  assert.equal(parsed.timeNs, isoNs(iso) + extraNs, `${layout} / ${text}`);
}

function refuses(layout: string, text: string, error: string) {
  assert.deepEqual(parseGoTime(namedLayouts.get(layout) ?? layout, text), { error });
}

test('parses', () => {
  parses('RFC3339', '2026-11-20T10:11:12Z', '2026-11-20T10:11:12Z');
  parses('RFC3339', '2026-11-20T10:11:12.123456789+02:00', '2026-11-20T08:11:12Z', 123_456_789n);
  parses('RFC3339Nano', '2026-11-20T10:11:12.5Z', '2026-11-20T10:11:12.500Z');
  parses('ANSIC', 'Fri Nov  6 10:11:12 2026', '2026-11-06T10:11:12Z');
  parses('UnixDate', 'Fri Nov 20 10:11:12 UTC 2026', '2026-11-20T10:11:12Z');
  parses('RFC1123Z', 'Fri, 20 Nov 2026 10:11:12 -0500', '2026-11-20T15:11:12Z');
  parses('RFC850', 'Friday, 20-Nov-26 10:11:12 UTC', '2026-11-20T10:11:12Z');
  parses('2006-01-02 15:04:05,000', '2026-11-20 10:11:12,250', '2026-11-20T10:11:12.250Z');
  parses('2006-01-02 15:04:05', '2026-11-20 10:11:12.25', '2026-11-20T10:11:12.250Z');
  parses('2/1/2006 3:04 PM', '5/9/2026 1:02 PM', '2026-09-05T13:02:00Z');
  parses('3:04PM 2006', '12:30AM 2026', '2026-01-01T00:30:00Z');
  parses('2006-002', '2024-060', '2024-02-29T00:00:00Z');
  parses('2006-01-02 15:04', '2026-07-01 12:00', '2026-07-01T10:00:00Z', 0n, 'Europe/Stockholm');
  parses('2006-01-02 15:04', '2026-12-01 12:00', '2026-12-01T11:00:00Z', 0n, 'Europe/Stockholm');
  parses('02/Jan/2006:15:04:05 -0700', '20/Nov/2026:10:11:12 +0100', '2026-11-20T09:11:12Z');
});

test('refuses with the reason', () => {
  refuses(
    'RFC3339',
    '2026-11-20 10:11:12Z',
    'parsing time "2026-11-20 10:11:12Z" as "2006-01-02T15:04:05Z07:00": cannot parse " 10:11:12Z" as "T"',
  );
  refuses('2006-01-02', '2026-02-30', 'parsing time "2026-02-30": day out of range');
  refuses('2006-01-02', '2026-13-01', 'parsing time "2026-13-01": month out of range');
  refuses('2006-01-02', '2026-01-02x', 'parsing time "2026-01-02x": extra text: "x"');
  refuses('15:04', 'noon', 'parsing time "noon" as "15:04": cannot parse "noon" as "15"');
});

test('formats, and what it formats it parses', () => {
  const timeNs = isoNs('2026-03-04T15:06:07Z') + 8_000_000n;
  const formats = (layout: string, expected: string) => {
    const text = formatGoTime(timeNs, utcLocation.zoneAt(0), namedLayouts.get(layout) ?? layout);
    assert.equal(text, expected);
  };
  formats('RFC3339Nano', '2026-03-04T15:06:07.008Z');
  formats('ANSIC', 'Wed Mar  4 15:06:07 2026');
  formats('RFC850', 'Wednesday, 04-Mar-26 15:06:07 UTC');
  formats('Jan 2 2006 3:04:05.000 pm', 'Mar 4 2026 3:06:07.008 pm');
  formats('02h 002 __2 .999', '04h 063  63 .008');
  formats('-0700 Z07:00 MST', '+0000 Z UTC');
  const stockholm = loadLocation('Europe/Stockholm')!.zoneAt(Number(timeNs / 1_000_000_000n));
  assert.equal(formatGoTime(timeNs, stockholm, '2006-01-02T15:04:05Z07:00'), '2026-03-04T16:06:07+01:00');
  assert.equal(loadLocation('Nowhere/Land'), undefined);
});
