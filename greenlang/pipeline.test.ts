import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { withWorkplace } from '../packages/cordwood/src/agent/test/agent-under-test.ts';
import { PushServer, type ReceivedEntry } from '../packages/cordwood/src/agent/test/push-server.ts';
import { planted, plantedSecrets } from './services/planted-secrets.ts';

const config = readFileSync(new URL('./config.alloy', import.meta.url), 'utf8');

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

interface Pipeline {
  /** A line of a container, as the runtime writes it. */
  readonly pod: (namespace: string, container: string, line: string, tag?: 'F' | 'P') => void;
  readonly machine: (name: string, line: string) => void;
  readonly otlp: (service: string, body: string, attributes?: Record<string, string>) => Promise<void>;
  /** What the store is sent, once `count` entries have come. */
  readonly received: (count: number) => Promise<readonly ReceivedEntry[]>;
}

/** config.alloy as it ships, in the real agent, with folders and addresses of the test. */
async function withPipeline(
  run: (pipeline: Pipeline) => Promise<void>,
  variables: Record<string, string> = {},
): Promise<void> {
  const server = new PushServer();
  await server.listen();
  const httpPort = await freePort();
  try {
    await withWorkplace(async (workplace) => {
      const write = (path: string, text: string) => {
        mkdirSync(dirname(path), { recursive: true });
        appendFileSync(path, text);
      };
      const agent = await workplace.start(config, {
        variables: {
          CORDWOOD_PODS: workplace.path('pods'),
          CORDWOOD_MACHINE_LOGS: workplace.path('log/*.log'),
          CORDWOOD_OTLP_GRPC: `127.0.0.1:${await freePort()}`,
          CORDWOOD_OTLP_HTTP: `127.0.0.1:${httpPort}`,
          CORDWOOD_LOKI_URL: server.url,
          ...variables,
        },
      });
      await run({
        pod: (namespace, container, line, tag = 'F') =>
          write(
            workplace.path(`pods/${namespace}_${container}-7d9f-x2x4k_550e8400/${container}/0.log`),
            `2026-06-15T09:59:59.123456789Z stdout ${tag} ${line}\n`,
          ),
        machine: (name, line) => write(workplace.path(`log/${name}.log`), `${line}\n`),
        async otlp(service, body, attributes = {}) {
          const [namespace, name] = service.split('/') as [string, string];
          const keyValues = (fields: Record<string, string>) =>
            Object.entries(fields).map(([key, value]) => ({ key, value: { stringValue: value } }));
          const logRecord = {
            timeUnixNano: '1781517599000000000',
            severityText: 'ERROR',
            body: { stringValue: body },
            traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
            spanId: '00f067aa0ba902b7',
            attributes: keyValues(attributes),
          };
          const request = {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({
              resourceLogs: [
                {
                  resource: {
                    attributes: keyValues({
                      'service.namespace': namespace,
                      'service.name': name,
                      'service.version': '1.2.3',
                      'k8s.pod.name': 'otel-pod',
                    }),
                  },
                  scopeLogs: [{ logRecords: [logRecord] }],
                },
              ],
            }),
          };
          let status = 0;
          const send = () =>
            fetch(`http://127.0.0.1:${httpPort}/v1/logs`, request).then(
              (response) => {
                status = response.status;
              },
              // The receiver may not listen yet.
              () => setTimeout(send, 20),
            );
          send();
          // The receiver answers when the store has the entries, and for that time must pass.
          await workplace.until('the answer to OTLP', () => status !== 0);
          assert.equal(status, 200);
        },
        async received(count) {
          await workplace.until(
            `${count} entries, there are ${server.entries.length}`,
            () => server.entries.length >= count,
          );
          assert.equal(server.entries.length, count);
          return server.entries;
        },
      });
      await workplace.stop(agent);
    });
  } finally {
    await server.close();
  }
}

const record = (fields: Record<string, unknown> = {}) =>
  JSON.stringify({
    timestamp: '2026-06-15T09:59:58.500Z',
    level: 'INFO',
    event: 'emission_calculated',
    logger: 'l',
    service: 's',
    version: '1',
    environment: 'e',
    data: {},
    ...fields,
  });

test("namespace, container and level are labels, ids are metadata, the time is the service's", async () => {
  await withPipeline(async ({ pod, received }) => {
    pod(
      'greenlang-prod',
      'csrd-agent',
      record({
        level: 'ERROR',
        request_id: 'r-1',
        trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
        span_id: '00f067aa0ba902b7',
        tenant_id: 'acme',
      }),
    );
    const [entry] = await received(1);
    assert.deepEqual(
      [entry?.labels, entry?.tenant, entry?.metadata, entry?.timestampNs],
      [
        '{container="csrd-agent", job="csrd-agent", level="error", namespace="greenlang-prod", regulation="csrd", retention_class="compliance", service="csrd-agent"}',
        'greenlang-prod',
        {
          pod: 'csrd-agent-7d9f-x2x4k',
          request_id: 'r-1',
          span_id: '00f067aa0ba902b7',
          tenant_id: 'acme',
          trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
        },
        BigInt(Date.UTC(2026, 5, 15, 9, 59, 58, 500)) * 1_000_000n,
      ],
    );
  });
});

test('the namespace decides the tenant, whatever a line says', async () => {
  await withPipeline(async ({ pod, machine, otlp, received }) => {
    const lie = record({ tenant_id: 'compliance-audit', namespace: 'greenlang-audit' });
    pod('greenlang-prod', 'api-gateway', lie);
    pod('greenlang-staging', 'sb253-agent', lie);
    pod('greenlang-dev', 'csrd-agent', lie);
    pod('greenlang-audit', 'audit-trail', lie);
    pod('kube-system', 'coredns', 'plain text');
    machine('dpkg', 'status installed');
    await otlp('greenlang-staging/otel-service', 'x');
    await otlp('somewhere/else', 'x');
    const entries = await received(8);
    const tenants = entries.map(({ tenant, labels }) => `${/service="([^"]+)"/.exec(labels)?.[1]} ${tenant}`).sort();
    assert.deepEqual(tenants, [
      'api-gateway greenlang-prod',
      'audit-trail compliance-audit',
      'coredns platform',
      'csrd-agent greenlang-dev',
      'dpkg platform',
      'else greenlang-dev',
      'otel-service greenlang-staging',
      'sb253-agent greenlang-staging',
    ]);
    assert.match(entries.find(({ tenant }) => tenant === 'compliance-audit')?.labels ?? '', /log_type="audit"/);
  });
});

test('attributes of an OTLP resource are structured metadata, with its trace', async () => {
  await withPipeline(async ({ otlp, received }) => {
    await otlp('greenlang-staging/otel-service', 'x');
    const [entry] = await received(1);
    assert.deepEqual(entry?.metadata, {
      k8s_pod_name: 'otel-pod',
      service_version: '1.2.3',
      span_id: '00f067aa0ba902b7',
      trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
    });
    assert.match(entry?.labels ?? '', /job="otlp".*service="otel-service"/);
  });
});

test('no planted secret passes: in messages, data, errors, plain lines, split lines, OTLP bodies and attributes, machine logs', async () => {
  await withPipeline(async ({ pod, machine, otlp, received }) => {
    let count = 0;
    for (const { value } of plantedSecrets()) {
      pod('greenlang-prod', 'a', record({ event: `said ${value} aloud` }));
      pod(
        'greenlang-prod',
        'a',
        record({ data: { nested: [{ note: value }], headers: { authorization: `Bearer ${value}` } } }),
      );
      pod(
        'greenlang-prod',
        'a',
        record({ error: { type: 'E', message: `for ${value}`, stack: `E: for ${value}\n    at f (a.ts:1:1)` } }),
      );
      machine('app', `value ${value} seen, password=${value}`);
      await otlp('greenlang-dev/o', `got ${value}`, {
        note: value,
        'http.request.header.authorization': `Bearer ${value}`,
      });
      count += 5;
    }
    pod('greenlang-prod', 'a', record({ data: { number: Number(planted.cardCompact) } }));
    pod('greenlang-prod', 'b', `{"event":"split ${planted.customerEmail.slice(0, 8)}`, 'P');
    pod('greenlang-prod', 'b', `${planted.customerEmail.slice(8)}"}`);
    const entries = await received(count + 2);
    // The password is one only by its place; where it stands alone nobody can know.
    const findable = plantedSecrets().filter(({ value }) => value !== planted.databasePassword);
    const leaks = entries.flatMap((entry) =>
      findable
        .filter(({ value }) => `${entry.line}${entry.labels}${JSON.stringify(entry.metadata)}`.includes(value))
        .map(({ value }) => `${value}: ${entry.line}`),
    );
    assert.deepEqual(leaks, []);
    for (const { line } of entries) if (line.startsWith('{')) JSON.parse(line);
    assert.ok(entries.some(({ line }) => line === '{"event":"split [REDACTED_EMAIL]"}'));
    assert.ok(entries.some(({ line }) => line.includes('"number":"[REDACTED_CC]"')));
  });
});

test("a driver's line with a password in a URL", async () => {
  await withPipeline(async ({ pod, received }) => {
    pod(
      'greenlang-staging',
      'sb253-agent',
      `ledger driver: reconnecting to postgres://ledger:${planted.databasePassword}@ledger.staging.internal:5432/sb253`,
    );
    const [entry] = await received(1);
    assert.equal(
      entry?.line,
      'ledger driver: reconnecting to postgres://[REDACTED_KEY]@ledger.staging.internal:5432/sb253',
    );
  });
});

test("probes and production's debug lines are dropped, failing probes are not", async () => {
  await withPipeline(async ({ pod, received }) => {
    const probe = (status: number) =>
      record({
        level: 'DEBUG',
        event: 'request_completed',
        data: { method: 'GET', route: '/healthz', path: '/healthz', status },
      });
    pod('greenlang-dev', 'a', probe(200));
    pod('greenlang-prod', 'a', record({ level: 'DEBUG' }));
    pod('greenlang-dev', 'a', probe(503));
    pod('greenlang-dev', 'a', record({ level: 'DEBUG', event: 'kept' }));
    pod('greenlang-prod', 'a', record({ event: 'kept' }));
    const entries = await received(3);
    assert.deepEqual(entries.map(({ line }) => JSON.parse(line).event).sort(), ['kept', 'kept', 'request_completed']);
  });
});

test('IP addresses only where asked for', async () => {
  await withPipeline(
    async ({ pod, received }) => {
      pod('greenlang-prod', 'api-gateway', record({ data: { remote: '10.1.2.3' } }));
      pod('greenlang-prod', 'csrd-agent', record({ data: { remote: '10.1.2.3' } }));
      const entries = await received(2);
      assert.deepEqual(entries.map(({ line }) => JSON.parse(line).data.remote).sort(), ['10.1.2.3', '[REDACTED_IP]']);
    },
    { REDACT_IPS_IN: '.+-agent' },
  );
});
