import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../world/system-clock.ts';
import { createAlertmanagerNotifier } from './alertmanager-notifier.ts';
import { fakeRuler } from './test/fake-ruler.ts';
import { findProgram, freePort, startProcess, temporaryFolder, until } from './test/real-process.ts';

const alertmanager = findProgram('prometheus-alertmanager', 'alertmanager');
const options =
  alertmanager === undefined ? { skip: 'skipped: needs alertmanager (apt-get install prometheus-alertmanager)' } : {};

const rules = `
groups:
  - name: g
    interval: 1s
    rules:
      - alert: Errors
        expr: errors
        for: 1s
        labels: {team: climate}
        annotations: {summary: "{{ $value }} errors"}
`;

interface Notification {
  readonly status: 'firing' | 'resolved';
  readonly groupLabels: Record<string, string>;
  readonly alerts: readonly { status: string; labels: Record<string, string>; annotations: Record<string, string> }[];
}

test('a real Alertmanager gets, groups and resolves alerts; one that was away catches up', options, async () => {
  await using folder = await temporaryFolder();
  const notifications: Notification[] = [];
  const receiver = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    notifications.push(JSON.parse(body) as Notification);
    response.end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const configuration = `
route: {receiver: hook, group_by: [alertname], group_wait: 1s, group_interval: 1s, repeat_interval: 1h}
receivers: [{name: hook, webhook_configs: [{url: "http://127.0.0.1:${(receiver.address() as AddressInfo).port}/"}]}]
`;
  await writeFile(join(folder.path, 'alertmanager.yml'), configuration);
  const [first, second] = [await freePort(), await freePort()];
  const start = (port: number) =>
    startProcess(
      alertmanager!,
      [
        `--config.file=${join(folder.path, 'alertmanager.yml')}`,
        `--storage.path=${join(folder.path, String(port))}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--cluster.listen-address=',
        '--log.level=error',
      ],
      `http://127.0.0.1:${port}/-/ready`,
    );
  const activeAlerts = async (port: number) => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v2/alerts`);
    return (await answer.json()) as { labels: Record<string, string>; generatorURL: string; annotations: object }[];
  };

  const notifier = createAlertmanagerNotifier({
    urls: [`http://127.0.0.1:${first}`, `http://127.0.0.1:${second}`],
    externalUrl: 'http://grafana',
    datasourceUid: 'loki',
    externalLabels: { cluster: 'eu' },
    clock: systemClock,
    log: () => {},
  });
  const { ruler, answers } = fakeRuler(rules, {
    clock: systemClock as never,
    notify: notifier.notify,
    resendDelayMs: 1000,
  });
  await using _first = await start(first);
  try {
    answers.set('errors', 'app=shop:3 app=till:4');
    await ruler.start();

    await until('the alerts', async () => (await activeAlerts(first)).length === 2);
    const [alert] = (await activeAlerts(first)).sort((a, b) => (a.labels['app']! < b.labels['app']! ? -1 : 1));
    assert.deepEqual(alert!.labels, { alertname: 'Errors', app: 'shop', cluster: 'eu', team: 'climate' });
    assert.deepEqual(alert!.annotations, { summary: '3 errors' });
    assert.match(alert!.generatorURL, /^http:\/\/grafana\/explore\?left=/);
    await until('the notification', () => notifications.some(({ alerts }) => alerts.length === 2));
    const firing = notifications.find(({ alerts }) => alerts.length === 2)!;
    assert.equal(firing.status, 'firing');
    assert.deepEqual(firing.groupLabels, { alertname: 'Errors' });

    await using _second = await start(second);
    await until('the alerts at the one that was away', async () => (await activeAlerts(second)).length === 2);

    answers.set('errors', '');
    await until(
      'the resolution',
      async () => (await activeAlerts(first)).length + (await activeAlerts(second)).length === 0,
    );
    await until('its notification', () => notifications.some(({ status }) => status === 'resolved'));
    const resolved = notifications.findLast(({ status }) => status === 'resolved')!;
    assert.deepEqual(new Set(resolved.alerts.map(({ status }) => status)), new Set(['resolved']));
    for (const { url, dropped, queued } of notifier.statistics()) assert.deepEqual([dropped, queued], [0, 0], url);
  } finally {
    await ruler.stop();
    await notifier.stop(1000);
    receiver.closeAllConnections();
    receiver.close();
  }
});
