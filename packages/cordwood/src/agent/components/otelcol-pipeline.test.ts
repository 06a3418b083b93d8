/** OTLP all the way: a client over HTTP and gRPC, processors, and an OTLP server behind. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { createServer as createSocketServer } from 'node:net';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Client, credentials } from '@grpc/grpc-js';
import { decodeOtlpLogs, encodeOtlpLogs, type OtlpAttribute, type OtlpLogs } from '../../codec/otlp-logs.ts';
import { valueAsString } from '../otelcol/value.ts';
import { type Workplace, withWorkplace } from '../test/agent-under-test.ts';

async function freePort(): Promise<number> {
  const probe = createSocketServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

function attributes(pairs: Record<string, string | number>): OtlpAttribute[] {
  return Object.entries(pairs).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? { kind: 'string', value } : { kind: 'int', value: BigInt(value) },
  }));
}

function logsOf(bodies: readonly string[], own: Record<string, string | number> = {}): OtlpLogs {
  const records = bodies.map((body) => ({
    timeNs: 1n,
    observedTimeNs: 0n,
    severityNumber: 9,
    severityText: 'INFO',
    body: { kind: 'string' as const, value: body },
    attributes: attributes(own),
    droppedAttributesCount: 0,
    flags: 0,
    traceId: '',
    spanId: '',
    eventName: '',
  }));
  const scope = { name: '', version: '', attributes: [], droppedAttributesCount: 0, records };
  return {
    resourceLogs: [
      { attributes: attributes({ 'service.name': 'shop' }), droppedAttributesCount: 0, scopeLogs: [scope] },
    ],
  };
}

interface Scene {
  readonly work: Workplace;
  /** Requests that the server behind took: bodies of their records, and attributes of the first one. */
  readonly received: { bodies: string[]; attributes: Record<string, string>; authorization: string }[];
  answer: (attempt: number) => number;
  post(logs: OtlpLogs): Promise<number>;
  call(logs: OtlpLogs): Promise<string>;
}

function scenario(
  name: string,
  processors: string,
  exporter: string,
  run: (scene: Scene) => Promise<void>,
  { client = '', more = '' } = {},
): void {
  test(name, () =>
    withWorkplace(async (work) => {
      const received: Scene['received'] = [];
      let attempts = 0;
      const scene: Scene = {
        work,
        received,
        answer: () => 200,
        async post(logs) {
          let status: number | undefined;
          const headers = { 'content-type': 'application/x-protobuf' };
          const body = encodeOtlpLogs(logs);
          void fetch(`http://127.0.0.1:${http}/v1/logs`, { method: 'POST', headers, body }).then((response) => {
            status = response.status;
          });
          await work.until('an answer over HTTP', () => status !== undefined);
          return status!;
        },
        async call(logs) {
          let outcome: string | undefined;
          const client = new Client(`127.0.0.1:${grpc}`, credentials.createInsecure());
          const identity = (bytes: Buffer) => bytes;
          const path = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
          client.makeUnaryRequest(path, identity, identity, encodeOtlpLogs(logs), (error) => {
            outcome = error === null ? 'ok' : `${error.code}`;
          });
          await work.until('an answer over gRPC', () => outcome !== undefined);
          client.close();
          return outcome!;
        },
      };
      const server = createServer((request, response) => {
        const parts: Buffer[] = [];
        request.on('data', (part: Buffer) => parts.push(part));
        request.on('end', () => {
          const status = scene.answer(attempts++);
          if (status === 200) {
            const { logs } = decodeOtlpLogs(gunzipSync(Buffer.concat(parts)));
            const records = logs!.resourceLogs.flatMap((r) => r.scopeLogs.flatMap((s) => s.records));
            received.push({
              authorization: request.headers.authorization ?? '',
              bodies: records.map((record) => valueAsString(record.body)),
              attributes: Object.fromEntries(
                records[0]!.attributes.map(({ key, value }) => [key, valueAsString(value)]),
              ),
            });
          }
          response.writeHead(status).end();
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as { port: number };
      const [http, grpc] = [await freePort(), await freePort()];
      try {
        await work.start(`
          otelcol.receiver.otlp "in" {
            http {
              endpoint = "127.0.0.1:${http}"
            }
            grpc {
              endpoint = "127.0.0.1:${grpc}"
            }
            output {
              logs = [otelcol.processor.attributes.a.input]
            }
          }
          otelcol.processor.attributes "a" {
            ${processors}
            output {
              logs = [otelcol.processor.batch.b.input]
            }
          }
          otelcol.processor.batch "b" {
            send_batch_size     = 3
            send_batch_max_size = 4
            output {
              logs = [otelcol.exporter.otlphttp.out.input]
            }
          }
          otelcol.exporter.otlphttp "out" {
            client {
              endpoint = "http://127.0.0.1:${port}/otlp"
              headers  = { "X-Scope-OrgID" = "t" }
              ${client}
            }
            ${exporter}
          }
          ${more}`);
        await work.until('the receiver', () => work.messages.some((message) => message.includes('OTLP is received')));
        await run(scene);
      } finally {
        server.closeAllConnections();
        server.close();
      }
    }),
  );
}

scenario('records go through over both protocols, batched', '', '', async ({ post, call, received }) => {
  assert.equal(await post(logsOf(['a'])), 200);
  assert.equal(await call(logsOf(['b'])), 'ok');
  assert.equal(await post(logsOf(['1', '2', '3', '4', '5', '6'])), 200);
  assert.deepEqual(
    received.map((request) => request.bodies),
    [['a'], ['b'], ['1', '2', '3', '4'], ['5', '6']],
  );
});

scenario(
  'attributes are inserted, updated, hashed, extracted, converted and deleted',
  `include {
    match_type = "regexp"
    services   = ["sh.*"]
  }
  exclude {
    match_type = "strict"
    log_bodies = ["leave me"]
  }
  action {
    key    = "env"
    value  = "prod"
    action = "insert"
  }
  action {
    key    = "kept"
    value  = "no"
    action = "insert"
  }
  action {
    key    = "absent"
    value  = "no"
    action = "update"
  }
  action {
    key            = "copy"
    from_attribute = "kept"
    action         = "upsert"
  }
  action {
    key    = "user"
    action = "hash"
  }
  action {
    key     = "url"
    pattern = "^(?P<scheme>[a-z]+)://(?P<host>[^/]+)"
    action  = "extract"
  }
  action {
    key            = "code"
    converted_type = "string"
    action         = "convert"
  }
  action {
    pattern = "^tmp_"
    action  = "delete"
  }`,
  '',
  async ({ post, received }) => {
    const own = { kept: 'yes', user: 'ann', url: 'https://h.example/x', code: 7, tmp_a: '1' };
    assert.equal(await post(logsOf(['x'], own)), 200);
    assert.deepEqual(received[0]!.attributes, {
      code: '7',
      copy: 'yes',
      env: 'prod',
      host: 'h.example',
      kept: 'yes',
      scheme: 'https',
      url: 'https://h.example/x',
      user: createHash('sha1').update('ann').digest('hex'),
    });
    assert.equal(await post(logsOf(['leave me'], { user: 'ann' })), 200);
    assert.deepEqual(received[1]!.attributes, { user: 'ann' });
  },
);

scenario(
  '503 is tried again, 400 is dropped and counted',
  '',
  'retry_on_failure {\n initial_interval = "1s"\n }',
  async (scene) => {
    scene.answer = (attempt) => [503, 200, 400, 200][attempt]!;
    assert.equal(await scene.post(logsOf(['again'])), 200);
    assert.equal(await scene.post(logsOf(['dropped'])), 200);
    assert.equal(await scene.post(logsOf(['next'])), 200);
    assert.deepEqual(
      scene.received.map((request) => request.bodies),
      [['again'], ['next']],
    );
    assert.ok(scene.work.messages.some((message) => message.includes('dropping data')));
  },
);

for (const [kind, args, expected] of [
  ['basic', 'username = "ann"\npassword = "s3"', `Basic ${Buffer.from('ann:s3').toString('base64')}`],
  ['bearer', 'token = "t0"', 'Bearer t0'],
] as const) {
  scenario(
    `otelcol.auth.${kind}`,
    '',
    '',
    async ({ post, received }) => {
      assert.equal(await post(logsOf(['a'])), 200);
      assert.equal(received[0]!.authorization, expected);
    },
    { client: `auth = otelcol.auth.${kind}.c.handler`, more: `otelcol.auth.${kind} "c" {\n${args}\n}` },
  );
}
