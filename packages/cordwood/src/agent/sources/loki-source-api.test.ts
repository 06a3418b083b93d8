import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import { encodePushRequest } from '../../codec/push-request.ts';
import { compressSnappy } from '../../codec/snappy.ts';
import { createEntryColumns } from '../../model/entry.ts';
import { createLabels } from '../../model/labels.ts';
import { type Workplace, withWorkplace } from '../test/agent-under-test.ts';
import { PushServer } from '../test/push-server.ts';

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

interface Scene {
  readonly work: Workplace;
  readonly server: PushServer;
  /** Sends a request to the agent and lets time pass until it is answered. */
  send(path: string, headers: Record<string, string>, body: Buffer | string): Promise<{ status: number; text: string }>;
}

function scenario(name: string, more: string, run: (scene: Scene) => Promise<void>): void {
  test(name, () =>
    withWorkplace(async (work) => {
      const server = new PushServer();
      await server.listen();
      const port = await freePort();
      await work.start(`
        discovery.relabel "rules" {
          targets = []
          rule {
            source_labels = ["app"]
            regex         = "unwanted"
            action        = "drop"
          }
          rule {
            regex  = "secret_.*"
            action = "labeldrop"
          }
        }
        loki.source.api "in" {
          http {
            listen_address = "127.0.0.1"
            listen_port    = ${port}
          }
          forward_to = [loki.write.out.receiver]
          ${more}
        }
        loki.write "out" {
          endpoint {
            url = "${server.url}"
          }
        }`);
      await work.until('the API', () => work.messages.some((message) => message.includes('push API')));
      const send: Scene['send'] = async (path, headers, body) => {
        let answer: Response | undefined;
        const request = fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body });
        void request.then((response) => {
          answer = response;
        });
        await work.until(`an answer to ${path}`, () => answer !== undefined);
        return { status: answer!.status, text: await answer!.text() };
      };
      try {
        await run({ work, server, send });
      } finally {
        await server.close();
      }
    }),
  );
}

const json = { 'content-type': 'application/json' };
const push = (labels: Record<string, string>, ...values: unknown[][]) =>
  JSON.stringify({ streams: [{ stream: labels, values }] });

scenario(
  'JSON, with tenant and metadata, keeping the time',
  'use_incoming_timestamp = true',
  async ({ send, server }) => {
    const body = push({ app: 'a', secret_x: '1', __hidden: '2' }, ['1700000000000000001', 'hello', { trace: 't' }]);
    assert.equal((await send('/loki/api/v1/push', { ...json, 'x-scope-orgid': 'team' }, body)).status, 204);
    assert.deepEqual(server.entries, [
      {
        tenant: 'team',
        labels: '{app="a", secret_x="1"}',
        timestampNs: 1700000000000000001n,
        line: 'hello',
        metadata: { trace: 't' },
      },
    ]);
  },
);

scenario(
  'protobuf; fixed labels; the present time by default',
  'labels = { source = "api", app = "wins" }',
  async ({ send, server, work }) => {
    const entries = createEntryColumns([{ timestampNs: 5n, line: 'x', structuredMetadata: [] }]);
    const body = compressSnappy(encodePushRequest([{ labels: createLabels({ app: 'a' }), entries }]));
    assert.equal((await send('/api/v1/push', { 'content-type': 'application/x-protobuf' }, body)).status, 204);
    const [entry] = server.entries;
    assert.equal(entry!.labels, '{app="wins", source="api"}');
    assert.ok(work.clock.nowNs() - entry!.timestampNs < 10_000_000_000n);
  },
);

scenario('gzip and deflate', '', async ({ send, server }) => {
  for (const [encoding, pack] of [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ] as const) {
    const body = pack(push({ app: 'a' }, ['1', encoding]));
    assert.equal((await send('/loki/api/v1/push', { ...json, 'content-encoding': encoding }, body)).status, 204);
  }
  assert.deepEqual(server.lines, ['gzip', 'deflate']);
});

scenario(
  'relabelling drops labels and streams',
  'relabel_rules = discovery.relabel.rules.rules',
  async ({ send, server }) => {
    await send('/loki/api/v1/push', json, push({ app: 'a', secret_key: 'k' }, ['1', 'kept']));
    assert.equal((await send('/loki/api/v1/push', json, push({ app: 'unwanted' }, ['1', 'dropped']))).status, 204);
    assert.deepEqual(
      server.entries.map(({ labels, line }) => `${labels} ${line}`),
      ['{app="a"} kept'],
    );
  },
);

scenario('plain text: an entry per line that is not blank', 'labels = { source = "raw" }', async ({ send, server }) => {
  assert.equal((await send('/loki/api/v1/raw', {}, 'one\r\n\n  \ntwo\n')).status, 204);
  assert.deepEqual(
    server.entries.map(({ labels, line }) => `${labels} ${line}`),
    ['{source="raw"} one', '{source="raw"} two'],
  );
});

scenario('what cannot be read is refused', 'max_send_message_size = "1KiB"', async ({ send, server }) => {
  assert.equal((await send('/loki/api/v1/push', json, '{')).status, 400);
  assert.equal(
    (await send('/loki/api/v1/push', { 'content-type': 'application/x-protobuf' }, 'no snappy')).status,
    400,
  );
  assert.equal((await send('/loki/api/v1/push', json, push({ app: 'a' }, ['1', 'x'.repeat(2000)]))).status, 400);
  assert.equal((await send('/loki/api/v1/push', { ...json, 'content-encoding': 'rot13' }, '{}')).status, 415);
  assert.equal((await send('/nothing', json, '{}')).status, 404);
  assert.equal(server.entries.length, 0);
});

scenario('without delivery there is no acknowledgement', '', async ({ send, server, work }) => {
  server.answer = () => 500;
  const before = work.clock.monotonicMs();
  const { status } = await send('/loki/api/v1/push', json, push({ app: 'a' }, ['1', 'x']));
  assert.equal(status, 503);
  assert.ok(work.clock.monotonicMs() - before >= 25_000);
});
