import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { encodeOtlpLogs, type OtlpLogRecord } from '../codec/otlp-logs.ts';
import { createApiMetrics } from './metrics.ts';
import { createOtlpGrpcServer } from './otlp-grpc.ts';
import { nowNs, openTestApi, type TestApi } from './test/test-api.ts';

const path = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';

/** A real server and a real client on a port that the system picks. */
async function open(config = '') {
  const api = await openTestApi({ config });
  const server = createOtlpGrpcServer({ ...grpcOptions(api), metrics: createApiMetrics() });
  const port = await server.listen('127.0.0.1:0');
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  return {
    api,
    send(bytes: Buffer, tenant: string | null = 'a'): Promise<{ code: number; details: string; metadata?: Metadata }> {
      const metadata = new Metadata();
      if (tenant !== null) metadata.set('x-scope-orgid', tenant);
      const asIs = (one: Buffer) => one;
      return new Promise((resolve) => {
        client.makeUnaryRequest(path, asIs, asIs, bytes, metadata, (error: ServiceError | null) => {
          resolve(error ?? { code: status.OK, details: '' });
        });
      });
    },
    async [Symbol.asyncDispose]() {
      client.close();
      await server.stop(1000);
      await api[Symbol.asyncDispose]();
    },
  };
}

function grpcOptions(api: TestApi) {
  return { store: api.store, limitsFor: api.limitsFor, clock: api.clock, log: () => {}, config: api.config };
}

function logs(count: number, record: Partial<OtlpLogRecord> = {}): Buffer {
  const one: OtlpLogRecord = {
    timeNs: nowNs,
    observedTimeNs: 0n,
    severityNumber: 17,
    severityText: '',
    body: { kind: 'string', value: 'over gRPC' },
    attributes: [],
    droppedAttributesCount: 0,
    flags: 0,
    traceId: '',
    spanId: '',
    eventName: '',
    ...record,
  };
  const scope = {
    name: '',
    version: '',
    attributes: [],
    droppedAttributesCount: 0,
    records: Array.from({ length: count }, () => one),
  };
  const attributes = [{ key: 'service.name', value: { kind: 'string', value: 'svc' } as const }];
  return encodeOtlpLogs({ resourceLogs: [{ attributes, droppedAttributesCount: 0, scopeLogs: [scope] }] });
}

test('what is exported over gRPC is found by a query', async () => {
  await using grpc = await open();
  assert.equal((await grpc.send(logs(1))).code, status.OK);
  const end = nowNs + 1n;
  const { text } = await grpc.api.get(
    `/loki/api/v1/query_range?query=%7Bservice_name%3D%22svc%22%7D&start=${nowNs}&end=${end}`,
  );
  assert.match(
    text,
    /"detected_level":"error","service_name":"svc","severity_number":"17"\},"values":\[\["1795136400000000000","over gRPC"\]\]/,
  );
});

const refused: [name: string, bytes: Buffer, tenant: string | null, code: number, details: string][] = [
  ['without a tenant', logs(1), null, status.UNAUTHENTICATED, 'no org id'],
  ['with a bad tenant', logs(1), 'a/b', status.INVALID_ARGUMENT, "tenant ID 'a/b' contains unsupported character '/'"],
  ['for two tenants', logs(1), 'a|b', status.INVALID_ARGUMENT, 'multiple org IDs present'],
  ['garbage', Buffer.from('garbage'), 'a', status.INVALID_ARGUMENT, 'proto: illegal wireType 7'],
  [
    'from the future',
    logs(1, { timeNs: 4_102_444_800_000_000_000n }),
    'a',
    status.INVALID_ARGUMENT,
    'entry for stream \'{service_name="svc"}\' has timestamp too new: 2100-01-01T00:00:00Z',
  ],
];
for (const [name, bytes, tenant, code, details] of refused) {
  test(`a call ${name} is refused`, async () => {
    await using grpc = await open();
    const answer = await grpc.send(bytes, tenant);
    assert.deepEqual([answer.code, answer.details], [code, details]);
  });
}

test('a call without records is fine', async () => {
  await using grpc = await open();
  assert.equal((await grpc.send(Buffer.alloc(0))).code, status.OK);
});

test('above the rate it says to come again', async () => {
  await using grpc = await open('limits_config: {ingestion_rate_mb: 0.0001, ingestion_burst_size_mb: 0.0001}');
  const { code, details, metadata } = await grpc.send(logs(100));
  assert.deepEqual(
    [code, details.slice(0, 45)],
    [status.RESOURCE_EXHAUSTED, 'ingestion rate limit exceeded for user a (lim'],
  );
  assert.match(String(metadata!.get('grpc-status-details-bin')[0]), /google\.rpc\.RetryInfo/);
});

test('a disk that takes nothing is UNAVAILABLE', async () => {
  await using grpc = await open();
  await grpc.send(logs(1));
  grpc.api.disk.writeFailureRate = 1;
  const { code } = await grpc.send(logs(1, { body: { kind: 'string', value: 'other' } }));
  grpc.api.disk.writeFailureRate = 0;
  assert.equal(code, status.UNAVAILABLE);
});
