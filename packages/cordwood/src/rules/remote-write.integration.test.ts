import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { SimulatedClock } from '../world/simulated-clock.ts';
import { systemDisk } from '../world/system-disk.ts';
import { createRemoteWrite } from './remote-write.ts';
import { parseRemoteWriteClient } from './remote-write-client.ts';
import { fakeRuler, tenant } from './test/fake-ruler.ts';
import { findProgram, freePort, startProcess, temporaryFolder, until } from './test/real-process.ts';

const prometheus = findProgram('prometheus');
const options = prometheus === undefined ? { skip: 'skipped: needs prometheus (apt-get install prometheus)' } : {};

const intervalMs = 10_000;
const rules = `
groups:
  - name: g
    interval: 10s
    rules:
      - {record: "app:errors:rate", expr: errors, labels: {team: climate}}
      - {alert: Errors, expr: errors, for: 30s}
`;

test('recorded series reach Prometheus whole, over a restart of each side and a long outage', options, async () => {
  await using folder = await temporaryFolder();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  await writeFile(join(folder.path, 'prometheus.yml'), '');
  const startPrometheus = () =>
    startProcess(
      prometheus!,
      [
        `--config.file=${join(folder.path, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder.path, 'tsdb')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--web.enable-remote-write-receiver',
        '--log.level=error',
      ],
      `${url}/-/ready`,
    );
  /** Every stored sample of a selector, as `labels: value@timestamp`, stale marks left out by Prometheus. */
  const stored = async (selector: string): Promise<[number, string][]> => {
    const answer = await fetch(
      `${url}/api/v1/query?query=${encodeURIComponent(`${selector}[2h]`)}&time=${Number(clock.nowNs() / 1_000_000n) / 1000}`,
    );
    const { data } = (await answer.json()) as { data: { result: { values: [number, string][] }[] } };
    assert.ok(data.result.length <= 1, `one series: ${JSON.stringify(data.result)}`);
    return data.result[0]?.values ?? [];
  };

  // The present, so that Prometheus takes the samples; from here on time is ours.
  const startMs = Math.floor(Date.now() / 60_000) * 60_000 - 30 * 60_000;
  const clock = new SimulatedClock(BigInt(startMs) * 1_000_000n);
  const { client } = parseRemoteWriteClient('p', { url: `${url}/api/v1/write` });
  const start = async () => {
    const remoteWrite = createRemoteWrite({
      directory: join(folder.path, 'wal'),
      clientsFor: () => [client!],
      addOrgIdHeader: true,
      disk: systemDisk,
      clock,
      log: () => {},
    });
    await remoteWrite.open();
    const fake = fakeRuler(rules, { clock, record: remoteWrite.write });
    fake.answers.set('errors', 'app=shop:1 app=till:2');
    await fake.ruler.start();
    return { remoteWrite, ...fake };
  };
  const expected: [number, string][] = [];
  let value = 0;
  const ticks = async (running: Awaited<ReturnType<typeof start>>, count: number) => {
    for (let tick = 0; tick < count; tick++) {
      value++;
      running.answers.set('errors', `app=shop:${value} app=till:${value}`);
      await clock.advance(intervalMs);
      await until('the evaluation', () => running.ruler.groups(tenant)[0]!.lastEvaluationMs !== expected.at(-1)?.[0]);
      expected.push([running.ruler.groups(tenant)[0]!.lastEvaluationMs!, String(value)]);
    }
  };
  /** Lets time pass until nothing waits. */
  const delivered = (running: Awaited<ReturnType<typeof start>>) =>
    until('delivery', async () => {
      await clock.advance(100);
      return running.remoteWrite.statistics().every(({ samplesPending }) => samplesPending === 0);
    });

  let server = await startPrometheus();
  let running = await start();
  try {
    await ticks(running, 6);
    await delivered(running);

    // Prometheus is away for two minutes of rules.
    await server.stop('SIGKILL');
    await ticks(running, 12);
    assert.ok(running.remoteWrite.statistics()[0]!.samplesPending > 0);
    await until('a refused connection', () => /ECONNREFUSED/.test(running.remoteWrite.statistics()[0]!.lastError));

    // And while it is, Cordwood restarts.
    await running.ruler.stop();
    await running.remoteWrite.stop(0);
    running = await start();
    await ticks(running, 3);
    server = await startPrometheus();
    await delivered(running);
    await ticks(running, 3);
    await delivered(running);

    const seconds = expected.map(([timeMs, text]) => [timeMs / 1000, text]);
    assert.deepEqual(await stored('app:errors:rate{app="shop",team="climate"}'), seconds);
    assert.deepEqual(await stored('app:errors:rate{app="till",team="climate"}'), seconds);
    const firing = await stored('ALERTS{alertname="Errors",alertstate="firing",app="shop"}');
    assert.ok(firing.length >= 10 && firing.every(([, text]) => text === '1'), JSON.stringify(firing));

    // A series that ends is marked, so that a query right after it finds nothing.
    running.answers.set('errors', 'app=till:1');
    await clock.advance(intervalMs);
    await delivered(running);
    const now = Number(clock.nowNs() / 1_000_000n) / 1000;
    const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent('app:errors:rate')}&time=${now}`);
    const { data } = (await answer.json()) as { data: { result: { metric: Record<string, string> }[] } };
    assert.deepEqual(
      data.result.map(({ metric }) => metric['app']),
      ['till'],
    );

    const [statistics] = running.remoteWrite.statistics();
    assert.equal(statistics!.samplesDropped, 0);
  } finally {
    await running.ruler.stop();
    await running.remoteWrite.stop(0);
    await server.stop('SIGKILL');
  }
});
