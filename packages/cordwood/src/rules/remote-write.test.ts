import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLabels } from '../model/labels.ts';
import { SimulatedClock } from '../world/simulated-clock.ts';
import { SimulatedDisk } from '../world/simulated-disk.ts';
import { createRemoteWrite, type RemoteWriteOptions } from './remote-write.ts';
import { parseRemoteWriteClient, type RemoteWriteClient } from './remote-write-client.ts';
import type { RecordedSample } from './ruler.ts';
import { tenant } from './test/fake-ruler.ts';
import { readWriteRequest } from './test/read-write-request.ts';

const startNs = 1_795_132_800_000_000_000n;

function clientOf(block: object = {}, id = 'p'): RemoteWriteClient {
  const { client, problems } = parseRemoteWriteClient(id, { url: `http://${id}/write`, ...block });
  assert.equal(problems, undefined);
  return client!;
}

function sample(value: number, timestampMs = 1000): RecordedSample {
  return { labels: createLabels({ __name__: 'a:b' }), value, timestampMs, stale: false };
}

type Reply = number | Error | { status: number; retryAfter: string };

/** Remote write on a simulated clock and disk; `reply` is asked with the number of earlier requests. */
function remoteWrite(reply: (earlier: number) => Reply = () => 204, overrides: Partial<RemoteWriteOptions> = {}) {
  const clock = (overrides.clock as SimulatedClock | undefined) ?? new SimulatedClock(startNs);
  const disk = (overrides.disk as SimulatedDisk | undefined) ?? new SimulatedDisk({ seed: 1 });
  const requests: { url: string; headers: Record<string, string>; samples: string[]; atMs: number }[] = [];
  const writer = createRemoteWrite({
    directory: '/wal',
    clientsFor: () => [clientOf()],
    addOrgIdHeader: true,
    disk,
    clock,
    log: () => {},
    fetch: (async (url: string, init: RequestInit) => {
      const found = reply(requests.length);
      requests.push({
        url,
        headers: init.headers as Record<string, string>,
        samples: readWriteRequest(init.body as Uint8Array).map((line) => line.replace('a:b{} ', '')),
        atMs: clock.monotonicMs(),
      });
      if (found instanceof Error) throw found;
      if (typeof found === 'number') return new Response(found === 204 ? null : 'why', { status: found });
      return new Response('wait', { status: found.status, headers: { 'retry-after': found.retryAfter } });
    }) as typeof fetch,
    ...overrides,
  });
  const settle = async (durationMs = 1000) => clock.advance(durationMs);
  return { writer, clock, disk, requests, settle };
}

test('samples of one moment go in one request, with the headers of the protocol and the tenant', async () => {
  const { writer, requests, settle } = remoteWrite();
  writer.write(tenant, [sample(1)]);
  writer.write(tenant, [sample(2, 2000)]);
  await settle();
  assert.deepEqual(requests[0]!.samples, ['1 @1000', '2 @2000']);
  assert.equal(requests.length, 1);
  const { headers, url } = requests[0]!;
  assert.equal(url, 'http://p/write');
  assert.equal(headers['x-scope-orgid'], 'acme');
  assert.equal(headers['content-encoding'], 'snappy');
  assert.equal(headers['content-type'], 'application/x-protobuf');
  assert.equal(headers['x-prometheus-remote-write-version'], '0.1.0');
  await writer.stop(1000);
  const [statistics] = writer.statistics();
  assert.equal(statistics!.samplesSent, 2);
  assert.equal(statistics!.samplesPending, 0);
});

test('a receiver that is away gets every sample once, in order, when it is back', async () => {
  const { writer, requests, settle } = remoteWrite((earlier) => (earlier < 6 ? new Error('refused') : 204));
  for (let i = 0; i < 5; i++) {
    writer.write(tenant, [sample(i, i * 1000)]);
    await settle();
  }
  await settle(60_000);
  const delivered = requests.slice(6).flatMap(({ samples }) => samples);
  assert.deepEqual(delivered, ['0 @0', '1 @1000', '2 @2000', '3 @3000', '4 @4000']);
  const gaps = requests.slice(1, 7).map(({ atMs }, index) => atMs - requests[index]!.atMs);
  assert.deepEqual(gaps, [30, 60, 120, 240, 480, 960], 'each wait is twice as long');
  await writer.stop(1000);
});

test('500 and Retry-After are waited for, 400 is final, 429 is final unless it is asked for', async () => {
  for (const [status, block, attempts] of [
    [500, {}, 2],
    [503, {}, 2],
    [400, {}, 1],
    [429, {}, 1],
    [429, { queue_config: { retry_on_http_429: true } }, 2],
  ] as const) {
    const { writer, requests, settle } = remoteWrite((earlier) => (earlier === 0 ? { status, retryAfter: '7' } : 204), {
      clientsFor: () => [clientOf(block)],
    });
    writer.write(tenant, [sample(1)]);
    await settle(6000);
    assert.equal(requests.length, 1, `${status}: waits as long as it was told`);
    await settle(6000);
    assert.equal(requests.length, attempts, `${status}`);
    assert.equal(writer.statistics()[0]!.samplesDropped, attempts === 1 ? 1 : 0);
    await writer.stop(0);
  }
});

test('what was not sent survives the end of the process', async () => {
  const first = remoteWrite(() => 503);
  first.writer.write(tenant, [sample(1), sample(2, 2000)]);
  await first.settle(5000);
  const stopping = first.writer.stop(1000);
  await first.settle(2000);
  await stopping;
  const second = remoteWrite(() => 204, { disk: first.disk, clock: first.clock });
  await second.writer.open();
  second.writer.write(tenant, [sample(3, 3000)]);
  await second.settle();
  assert.deepEqual(
    second.requests.flatMap(({ samples }) => samples),
    ['1 @1000', '2 @2000', '3 @3000'],
  );
  await second.writer.stop(1000);
});

test('samples are gathered on disk before they are sent, so that stopping loses none', async () => {
  const { writer, requests } = remoteWrite();
  writer.write(tenant, [sample(1)]);
  await writer.stop(1000);
  assert.deepEqual(
    requests.flatMap(({ samples }) => samples),
    ['1 @1000'],
  );
});

test('clients do not hold each other up, relabel for themselves, and take parts of the size they want', async () => {
  const clients = [
    clientOf({ queue_config: { max_samples_per_send: 2 } }, 'small'),
    clientOf({ write_relabel_configs: [{ target_label: 'tenant', replacement: 'acme' }] }, 'labelled'),
    clientOf({ write_relabel_configs: [{ source_labels: ['__name__'], regex: 'a:b', action: 'drop' }] }, 'nothing'),
  ];
  const { writer, requests, settle } = remoteWrite(() => 204, { clientsFor: () => clients });
  writer.write(tenant, [sample(1, 1000), sample(2, 2000), sample(3, 3000)]);
  await settle();
  const sent = (id: string) => requests.filter(({ url }) => url.includes(id)).map(({ samples }) => samples);
  assert.deepEqual(sent('small'), [['1 @1000', '2 @2000'], ['3 @3000']]);
  assert.deepEqual(sent('labelled')[0]![0], 'a:b{tenant="acme"} 1 @1000');
  assert.deepEqual(sent('nothing'), []);
  await writer.stop(1000);
});

test('a request that is never answered ends after remote_timeout', async () => {
  let aborted = 0;
  const { writer, settle } = remoteWrite(() => 204, {
    clientsFor: () => [clientOf({ remote_timeout: '5s' })],
    fetch: ((_url: string, { signal }: RequestInit) =>
      new Promise((_resolve, reject) => {
        signal!.addEventListener('abort', () => {
          aborted++;
          reject(signal!.reason);
        });
      })) as typeof fetch,
  });
  writer.write(tenant, [sample(1)]);
  await settle(1000);
  await settle(5000);
  assert.equal(aborted, 1);
  assert.match(writer.statistics()[0]!.lastError, /no answer in 5000 ms/);
  const stopping = writer.stop(100);
  await settle(200);
  await stopping;
});

test('a disk that refuses to open the queue loses no sample of a living process', async () => {
  const disk = new SimulatedDisk({ seed: 1, writeFailureRate: 1 });
  const { writer, requests, settle } = remoteWrite(() => 204, { disk });
  writer.write(tenant, [sample(1)]);
  await settle(20_000);
  disk.writeFailureRate = 0;
  await settle(20_000);
  assert.deepEqual(
    requests.flatMap(({ samples }) => samples),
    ['1 @1000'],
  );
  await writer.stop(1000);
});

test('credentials are sent, from files too', async () => {
  const disk = new SimulatedDisk({ seed: 1 });
  await disk.createDirectory('/run');
  const file = await disk.openWrite('/run/token');
  await file.append([new TextEncoder().encode('secret\n')]);
  await file.close();
  for (const [block, expected] of [
    [{ basic_auth: { username: 'u', password: 'p' } }, `Basic ${btoa('u:p')}`],
    [{ authorization: { credentials: 't' } }, 'Bearer t'],
    [{ authorization: { type: 'Token', credentials_file: '/run/token' } }, 'Token secret'],
    [{ bearer_token: 'b' }, 'Bearer b'],
    [{}, undefined],
  ] as const) {
    const { writer, requests, settle } = remoteWrite(() => 204, { disk, clientsFor: () => [clientOf(block)] });
    writer.write(tenant, [sample(1)]);
    await settle();
    assert.equal(requests[0]!.headers['authorization'], expected);
    await writer.stop(1000);
  }
});
