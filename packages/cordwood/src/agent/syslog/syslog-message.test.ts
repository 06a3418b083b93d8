import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRfc3164, parseRfc5424 } from './syslog-message.ts';

function parses(text: string, expected: Readonly<Record<string, unknown>>, parse = parseRfc5424): void {
  test(text, () => {
    const { message, error } = parse(text);
    assert.equal(error, undefined);
    for (const [name, value] of Object.entries(expected))
      assert.deepEqual(message![name as keyof typeof message], value, name);
  });
}

function refuses(text: string, expected: RegExp, parse = parseRfc5424): void {
  test(`refuses ${text}`, () => assert.match(parse(text).error ?? 'taken', expected));
}

const bsd = (text: string) => parseRfc3164(text, 2026);

parses("<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \ufeff'su root' failed", {
  facility: 4,
  severity: 2,
  timestampNs: 1065910455003000000n,
  hostname: 'mymachine.example.com',
  appName: 'su',
  procId: undefined,
  msgId: 'ID47',
  structuredData: [],
  message: "'su root' failed",
});
parses('<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 app 8710 - - %% time', {
  timestampNs: 1061727255000003000n,
  procId: '8710',
  message: '%% time',
});
parses('<165>1 - - - - - [a@1 x="1" y="q\\"\\]\\\\"][b] text', {
  timestampNs: undefined,
  structuredData: [
    {
      id: 'a@1',
      params: [
        ['x', '1'],
        ['y', 'q"]\\'],
      ],
    },
    { id: 'b', params: [] },
  ],
  message: 'text',
});
parses('<0>1 - - - - - -', { facility: 0, severity: 0, message: undefined });
parses('<191>1 - - - - - - two\nlines', { facility: 23, severity: 7, message: 'two\nlines' });
refuses('hello', /priority/);
refuses('<192>1 - - - - - -', /priority/);
refuses('<1>Oct 11 22:14:15 h a: b', /header/);
refuses('<1>1 yesterday h a - - - x', /RFC 3339/);
refuses('<1>1 - h a - - x', /structured data/);
refuses('<1>1 - h a - - [a x=1] x', /structured data/);
refuses('<1>1 - h a - - [a]x', /blank/);

parses(
  '<34>Oct 11 22:14:15 mymachine su[230]: failed: x',
  {
    facility: 4,
    severity: 2,
    timestampNs: BigInt(Date.UTC(2026, 9, 11, 22, 14, 15)) * 1_000_000n,
    hostname: 'mymachine',
    appName: 'su',
    procId: '230',
    message: 'failed: x',
  },
  bsd,
);
parses('<13>Feb  5 17:32:18 10.0.0.99 kernel: x', { hostname: '10.0.0.99', appName: 'kernel', procId: undefined }, bsd);
parses('<13>Feb  5 17:32:18 cron: x', { hostname: undefined, appName: 'cron', message: 'x' }, bsd);
parses('<13>Feb  5 17:32:18 host no tag here', { hostname: 'host', appName: undefined, message: 'no tag here' }, bsd);
parses('<13>2026-02-05T17:32:18.5+01:00 host app: x', { timestampNs: 1770309138500000000n, appName: 'app' }, bsd);
refuses('<13>host app: x', /no time/, bsd);
refuses('<13>Foo  5 17:32:18 host app: x', /no month/, bsd);
