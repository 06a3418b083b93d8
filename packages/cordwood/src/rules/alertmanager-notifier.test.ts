import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLabels, noLabels } from '../model/labels.ts';
import type { Tenant } from '../model/tenant.ts';
import { SimulatedClock } from '../world/simulated-clock.ts';
import type { ActiveAlert } from './alerting-rule.ts';
import { createAlertmanagerNotifier } from './alertmanager-notifier.ts';
import { defaultAlertmanagerSettings } from './alertmanager-settings.ts';
import { parseRelabelRules } from './relabel.ts';
import { tenant } from './test/fake-ruler.ts';

function alert(name: string, state: 'firing' | 'resolved'): ActiveAlert {
  return {
    labels: createLabels({ alertname: name }),
    annotations: noLabels,
    state,
    value: 1,
    activeAtMs: 1_000_000,
    firedAtMs: 1_060_000,
    resolvedAtMs: state === 'resolved' ? 1_120_000 : undefined,
    lastSentMs: 1_060_000,
    validUntilMs: 1_300_000,
  };
}

/** A notifier whose requests are answered by `answer`; keeps what was sent. */
function notifierWith(answer: (attempt: number) => number | Error) {
  const clock = new SimulatedClock(0n);
  const requests: {
    url: string;
    tenant: string;
    alerts: { labels: Record<string, string>; startsAt: string; endsAt: string }[];
  }[] = [];
  const notifier = createAlertmanagerNotifier({
    urls: ['http://am-1:9093/', 'http://am-2:9093'],
    externalUrl: 'http://grafana',
    datasourceUid: 'loki',
    clock,
    log: () => {},
    fetch: (async (url: string, init: RequestInit) => {
      const result = url.includes('am-2')
        ? 200
        : answer(requests.filter((request) => request.url.includes('am-1')).length);
      requests.push({
        url,
        tenant: (init.headers as Record<string, string>)['x-scope-orgid']!,
        alerts: JSON.parse(String(init.body)),
      });
      if (result instanceof Error) throw result;
      return new Response('', { status: result });
    }) as typeof fetch,
  });
  return { notifier, clock, requests };
}

test('every Alertmanager gets the alert, with tenant, times and a link', async () => {
  const { notifier, clock, requests } = notifierWith(() => 200);
  notifier.notify(tenant, [alert('A', 'firing')], 'rate({a="b"}[1m]) > 1');
  await clock.advance(0);
  assert.deepEqual(
    requests.map(({ url }) => url),
    ['http://am-1:9093/api/v2/alerts', 'http://am-2:9093/api/v2/alerts'],
  );
  assert.equal(requests[0]!.tenant, 'acme');
  const [sent] = requests[0]!.alerts;
  assert.deepEqual(
    [sent!.startsAt, sent!.endsAt],
    [new Date(1_060_000).toISOString(), new Date(1_300_000).toISOString()],
  );
  assert.match((sent as unknown as { generatorURL: string }).generatorURL, /^http:\/\/grafana\/explore\?left=%7B/);
});

test('an Alertmanager that is away gets the newest state when it is back; the other is not held up', async () => {
  const { notifier, clock, requests } = notifierWith((attempt) => (attempt < 3 ? new Error('refused') : 200));
  notifier.notify(tenant, [alert('A', 'firing')], 'x');
  await clock.advance(0);
  notifier.notify(tenant, [alert('A', 'resolved')], 'x');
  await clock.advance(60_000);
  const first = requests.filter(({ url }) => url.includes('am-1'));
  assert.equal(first.length, 4);
  assert.equal(first[3]!.alerts.length, 1);
  assert.equal(first[3]!.alerts[0]!.endsAt, new Date(1_120_000).toISOString());
  assert.equal(requests.filter(({ url }) => url.includes('am-2')).length, 2);
  assert.deepEqual(notifier.statistics()[0], { url: 'http://am-1:9093', sent: 1, errors: 3, dropped: 0, queued: 0 });
});

test('a refusal is final and counted', async () => {
  const { notifier, clock } = notifierWith(() => 400);
  notifier.notify(tenant, [alert('A', 'firing'), alert('B', 'firing')], 'x');
  await clock.advance(60_000);
  assert.deepEqual(notifier.statistics()[0], { url: 'http://am-1:9093', sent: 0, errors: 1, dropped: 2, queued: 0 });
});

test('external labels, relabelling, a tenant of its own, and addresses from SRV records', async () => {
  const clock = new SimulatedClock(0n);
  const sent: string[] = [];
  const names = ['am-1.local', 'am-2.local'];
  const notifier = createAlertmanagerNotifier({
    urls: ['http://global:9093'],
    externalLabels: { cluster: 'eu', alertname: 'never' },
    relabelRules: parseRelabelRules([{ regex: 'secret', action: 'labeldrop' }], 'rules').rules!,
    settingsFor: (asked) =>
      asked === tenant
        ? { ...defaultAlertmanagerSettings, urls: ['http://_web._tcp.am.local/base'], discovery: true }
        : undefined,
    resolveSrv: async (name) => {
      assert.equal(name, '_web._tcp.am.local');
      return names.map((host) => ({ name: host, port: 9093 }));
    },
    externalUrl: '',
    datasourceUid: '',
    clock,
    log: () => {},
    fetch: (async (url: string, init: RequestInit) => {
      const [{ labels }] = JSON.parse(String(init.body)) as [{ labels: Record<string, string> }];
      sent.push(`${url} ${Object.entries(labels).join(' ')}`);
      return new Response('');
    }) as typeof fetch,
  });
  const secret = { ...alert('A', 'firing'), labels: createLabels({ alertname: 'A', secret: 'x' }) };
  notifier.notify(tenant, [secret], 'x');
  await clock.advance(0);
  notifier.notify('other' as Tenant, [secret], 'x');
  await clock.advance(0);
  assert.deepEqual(sent, [
    'http://am-1.local:9093/base/api/v2/alerts alertname,A cluster,eu secret,x',
    'http://am-2.local:9093/base/api/v2/alerts alertname,A cluster,eu secret,x',
    'http://global:9093/api/v2/alerts alertname,A cluster,eu',
  ]);
  names.pop();
  sent.length = 0;
  await clock.advance(60_000);
  notifier.notify(tenant, [secret], 'x');
  await clock.advance(0);
  assert.equal(sent.length, 1, 'looked up again after a while');
  await notifier.stop(0);
});
