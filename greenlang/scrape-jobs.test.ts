/** The eight scrape jobs of INFRA-009 (TR-002), from the configuration that production's Alloy gets, on sample logs. */
import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Workplace, withWorkplace } from '../packages/cordwood/src/agent/test/agent-under-test.ts';
import { FakeKubernetes, pod } from '../packages/cordwood/src/agent/test/fake-kubernetes.ts';
import { PushServer, type ReceivedEntry } from '../packages/cordwood/src/agent/test/push-server.ts';
import { alloyConfig } from '../packages/platform/src/alloy/alloy-config.ts';
import { environmentNamed } from '../packages/platform/src/platform.ts';
import platform from './platform.ts';

/** A line as the agents write it, with fields of their own. */
const schemaLine = (service: string, data: Record<string, unknown>) =>
  JSON.stringify({
    timestamp: '2026-06-15T09:59:59.250Z',
    level: 'INFO',
    event: 'sample',
    logger: `greenlang.${service}`,
    service,
    trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
    data,
  });

interface Sample {
  readonly pod: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly data: Record<string, unknown>;
  readonly job: string;
  readonly tenant: string;
  readonly retention: string;
  /** Fields that must be found without reading the line. */
  readonly metadata: Readonly<Record<string, string>>;
}

const compliance = { tenant: 'greenlang-prod', retention: 'compliance' };
const samples: readonly Sample[] = [
  {
    pod: 'customer-portal',
    data: { page: '/home' },
    job: 'kubernetes-pods',
    tenant: 'greenlang-prod',
    retention: '',
    metadata: {},
  },
  {
    pod: 'eudr-agent',
    data: { dds_id: 'dds-7', risk: 'low' },
    job: 'eudr-agent',
    ...compliance,
    metadata: { dds_id: 'dds-7', risk: 'low' },
  },
  {
    pod: 'cbam-agent',
    data: { calculation_id: 'calc-9' },
    job: 'cbam-agent',
    ...compliance,
    metadata: { calculation_id: 'calc-9' },
  },
  {
    pod: 'sb253-agent',
    data: { disclosure_id: 'd-1', scope: '2' },
    job: 'sb253-agent',
    ...compliance,
    metadata: { disclosure_id: 'd-1', scope: '2' },
  },
  {
    pod: 'csrd-agent',
    data: { report_id: 'r-3', esrs_topic: 'E1' },
    job: 'csrd-agent',
    ...compliance,
    metadata: { report_id: 'r-3', esrs_topic: 'E1' },
  },
  {
    pod: 'kong',
    data: {
      upstream: 'csrd-agent',
      route: '/v1/csrd/reports',
      status: 201,
      latencies: { request: 41.5, kong: 1.2, proxy: 40.3 },
      request: { headers: { 'x-api-key': 'gl_live_0123456789abcdef' }, user: 'jane.doe@example.com' },
    },
    job: 'api-gateway',
    tenant: 'greenlang-prod',
    retention: '',
    metadata: { upstream: 'csrd-agent', route: '/v1/csrd/reports', status: '201' },
  },
  {
    pod: 'signer',
    annotations: { 'greenlang.io/audit-logs': 'true' },
    data: { action: 'sign', resource: 'report/r-3', result: 'ok' },
    job: 'audit-logs',
    tenant: 'compliance-audit',
    retention: 'audit',
    metadata: { action: 'sign', resource: 'report/r-3', result: 'ok' },
  },
];

/** Lines of `journalctl -o json`: units that are collected, and one that is not. */
const journal = [
  { _SYSTEMD_UNIT: 'kubelet.service', _HOSTNAME: 'node-1', PRIORITY: '3', MESSAGE: 'PLEG is not healthy' },
  { _SYSTEMD_UNIT: 'containerd.service', _HOSTNAME: 'node-1', PRIORITY: '6', MESSAGE: 'shim disconnected' },
  { _SYSTEMD_UNIT: 'cron.service', _HOSTNAME: 'node-1', PRIORITY: '6', MESSAGE: 'session opened' },
];

/** The configuration of the cluster, with a small API server, folders and a push server of the test. */
function placed(work: Workplace, push: string): string {
  return alloyConfig(platform, environmentNamed(platform, 'prod')!, 'cluster')
    .replace(
      'discovery.kubernetes "pods" {',
      `discovery.kubernetes "pods" {\n  kubeconfig_file = "${work.path('kubeconfig')}"`,
    )
    .replaceAll('/var/log/pods', work.path('pods'))
    .replace(/"0\.0\.0\.0:431[78]"/g, '"127.0.0.1:0"')
    .replace(/basic_auth \{[^}]*\}/, '')
    .replace(/url += "http:\/\/loki-gateway[^"]*"/, `url = "${push}"`);
}

function fakeJournalctl(work: Workplace, nowMicros: number): string {
  const [bin, file] = [work.path('bin'), work.path('journal.jsonl')];
  mkdirSync(bin);
  const script = fileURLToPath(new URL('../packages/cordwood/src/agent/test/fake-journalctl.ts', import.meta.url));
  writeFileSync(join(bin, 'journalctl'), `#!/bin/sh\nJOURNAL='${file}' exec '${process.execPath}' '${script}' "$@"\n`);
  chmodSync(join(bin, 'journalctl'), 0o755);
  const lines = journal.map((fields, i) => ({
    __CURSOR: `c${i}`,
    __REALTIME_TIMESTAMP: String(nowMicros - 1e6 + i),
    ...fields,
  }));
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return `${bin}:${process.env['PATH']}`;
}

async function collect(count: number): Promise<readonly ReceivedEntry[]> {
  const [api, server] = [new FakeKubernetes(), new PushServer()];
  const url = await api.listen();
  await server.listen();
  try {
    await withWorkplace(async (work) => {
      const kubeconfig = {
        'current-context': 'c',
        contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
        clusters: [{ name: 'k', cluster: { server: url } }],
        users: [{ name: 'u', user: {} }],
      };
      writeFileSync(work.path('kubeconfig'), JSON.stringify(kubeconfig));
      for (const sample of samples) {
        const made = pod(sample.pod, { namespace: 'greenlang-prod', labels: { app: sample.pod }, node: 'node-1' });
        api.apply({ ...made, metadata: { ...made.metadata, annotations: sample.annotations ?? {} } });
        const file = work.path(`pods/greenlang-prod_${sample.pod}_uid-${sample.pod}/main/0.log`);
        mkdirSync(dirname(file), { recursive: true });
        appendFileSync(file, `2026-06-15T09:59:59.1Z stdout F ${schemaLine(sample.pod, sample.data)}\n`);
      }
      const PATH = fakeJournalctl(work, Number(work.clock.nowNs() / 1000n));
      await work.start(placed(work, server.url), { variables: { NODE_NAME: 'node-1', PATH } });
      await work.until(`${count} entries`, () => server.entries.length >= count);
    });
  } finally {
    await api.close();
    await server.close();
  }
  return server.entries;
}

test('every job takes its lines: labels, tenant, retention class, fields, redaction', async () => {
  const entries = await collect(samples.length + 2);
  const label = ({ labels }: ReceivedEntry, name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(labels)?.[1] ?? '';
  assert.deepEqual(
    entries.map((entry) => label(entry, 'job')).toSorted(),
    [...samples.map(({ job }) => job), 'systemd-journal', 'systemd-journal'].toSorted(),
  );
  for (const sample of samples) {
    const entry = entries.find((candidate) => label(candidate, 'job') === sample.job)!;
    assert.equal(entry.tenant, sample.tenant, sample.job);
    assert.equal(label(entry, 'retention_class'), sample.retention, sample.job);
    assert.equal(label(entry, 'level'), 'info', sample.job);
    assert.equal(entry.timestampNs, BigInt(Date.UTC(2026, 5, 15, 9, 59, 59, 250)) * 1_000_000n, sample.job);
    for (const [name, value] of Object.entries({ ...sample.metadata, trace_id: '4bf92f3577b34da6a3ce929d0e0e4736' }))
      assert.equal(entry.metadata[name], value, `${sample.job}: ${name}`);
  }
  const gateway = entries.find((entry) => label(entry, 'job') === 'api-gateway')!;
  assert.match(gateway.line, /"latencies":\{"request":41\.5,"kong":1\.2,"proxy":40\.3\}/);
  assert.doesNotMatch(gateway.line, /jane|gl_live/);
  const node = entries.filter((entry) => label(entry, 'job') === 'systemd-journal');
  assert.deepEqual(
    node
      .map(
        (entry) =>
          `${label(entry, 'service')} ${label(entry, 'unit')} ${label(entry, 'node') || entry.metadata['node']} ${label(entry, 'level')} ${entry.tenant} ${entry.line}`,
      )
      .toSorted(),
    [
      'containerd containerd.service node-1 info platform shim disconnected',
      'kubelet kubelet.service node-1 error platform PLEG is not healthy',
    ],
  );
});
