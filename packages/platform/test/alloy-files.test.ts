import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import greenlang from '../../../greenlang/platform.ts';
import { checkFiles } from '../../cordwood/src/agent/check.ts';
import { withWorkplace } from '../../cordwood/src/agent/test/agent-under-test.ts';
import { FakeKubernetes, pod } from '../../cordwood/src/agent/test/fake-kubernetes.ts';
import { PushServer } from '../../cordwood/src/agent/test/push-server.ts';
import { alloyConfig } from '../src/alloy/alloy-config.ts';
import { definePlatform } from '../src/define-platform.ts';
import { clusters, environmentNamed, type Platform } from '../src/platform.ts';

const agentEnvironment = {
  variable: (name: string) => (name === 'NODE_NAME' ? 'node-1' : undefined),
  hostname: 'node-1',
  os: 'linux',
  arch: 'amd64',
  version: '0.1.0',
};
const problems = (text: string) =>
  checkFiles({ files: [{ name: 'config.alloy', text }], environment: agentEnvironment }).map(
    ({ line, message }) => `${line}: ${message}`,
  );
const dualWriting = definePlatform({
  ...greenlang.definition,
  dualWrite: {
    environments: ['prod'],
    url: 'http://loki-old.monitoring.svc:3100/loki/api/v1/push',
    tenant: 'greenlang',
  },
});
const apiReading = definePlatform({ ...greenlang.definition, pipeline: { podSource: 'api' } });

for (const [name, platform] of [
  ['as it is', greenlang],
  ['with dual write', dualWriting],
  ['over the Kubernetes API', apiReading],
] as const)
  for (const environment of platform.environments)
    for (const place of ['cluster', 'machine'] as const)
      test(`config.alloy of ${environment.name}, ${place}, ${name}: cordwood check finds nothing`, () => {
        assert.deepEqual(problems(alloyConfig(platform, environment, place)), []);
      });

test('redaction and schema are the same, word for word, on one machine and in the cluster', () => {
  for (const environment of clusters(greenlang)) {
    const part = (place: 'cluster' | 'machine') => {
      const text = alloyConfig(greenlang, environment, place);
      return text.slice(text.indexOf('loki.process "redact"'), text.indexOf('loki.write "default"'));
    };
    assert.ok(part('cluster').length > 5000);
    assert.equal(part('cluster'), part('machine'));
  }
});

test('every source reaches a loki.write only through redaction', () => {
  for (const platform of [greenlang, dualWriting]) {
    const text = alloyConfig(platform, environmentNamed(platform, 'prod')!, 'cluster');
    const forwards = [...text.matchAll(/^(loki\.[\w.]+|otelcol\.[\w.]+) "(\w+)" \{([\s\S]*?)^\}/gm)].map(
      ([, component, label, body]) => ({
        name: `${component}.${label}`,
        to: [...body!.matchAll(/(loki|otelcol)\.[\w.]+(?=\.(receiver|input)\b)/g)].map(([to]) => to),
      }),
    );
    const reach = (name: string): string[] => {
      const to = forwards.find((each) => each.name === name)?.to ?? [];
      return to.flatMap((next) =>
        next === 'loki.process.redact' ? [] : next.startsWith('loki.write') ? [next] : reach(next),
      );
    };
    const sources = forwards.filter(({ name }) => /^(loki\.source|otelcol\.receiver)/.test(name));
    assert.ok(sources.length >= 3);
    assert.deepEqual(
      sources.flatMap(({ name }) => reach(name)),
      [],
    );
  }
});

/** The cluster's configuration with a small API server, folders and a push server of the test. */
function placed(platform: Platform, path: (name: string) => string, push: string): string {
  return alloyConfig(platform, environmentNamed(platform, 'prod')!, 'cluster')
    .replace(
      'discovery.kubernetes "pods" {',
      `discovery.kubernetes "pods" {\n  kubeconfig_file = "${path('kubeconfig')}"`,
    )
    .replaceAll('/var/log/pods', path('pods'))
    .replace(/"0\.0\.0\.0:431[78]"/g, '"127.0.0.1:0"')
    .replace(/loki\.source\.journal [\s\S]*?^\}/m, '')
    .replace(/basic_auth \{[^}]*\}/, '')
    .replace(/batch_wait = "1s"/, 'batch_wait = "100ms"')
    .replace(/url += "http:\/\/loki-gateway[^"]*"/, `url = "${push}"`)
    .replace(/url += "http:\/\/loki-old[^"]*"/, `url = "${push}"`);
}

async function collect(platform: Platform, count: number): Promise<readonly string[]> {
  const [api, server] = [new FakeKubernetes(), new PushServer()];
  const url = await api.listen();
  await server.listen();
  let out: readonly string[] = [];
  try {
    await withWorkplace(async (work) => {
      writeFileSync(
        work.path('kubeconfig'),
        JSON.stringify({
          'current-context': 'c',
          contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
          clusters: [{ name: 'k', cluster: { server: url } }],
          users: [{ name: 'u', user: {} }],
        }),
      );
      const run = (namespace: string, name: string, extra: { annotations?: Record<string, string>; node?: string }) => {
        const uid = `uid-${name}`;
        const made = pod(name, { namespace, labels: { app: name }, node: extra.node ?? 'node-1' });
        api.apply({ ...made, metadata: { ...made.metadata, annotations: extra.annotations ?? {} } });
        const file = work.path(`pods/${namespace}_${name}_${uid}/main/0.log`);
        mkdirSync(dirname(file), { recursive: true });
        appendFileSync(
          file,
          `2026-06-15T09:59:59.1Z stdout F {"level":"INFO","event":"e","trace_id":"t","data":{"dds_id":"d-1","note":"jane.doe@example.com"}}\n`,
        );
      };
      run('greenlang-prod', 'eudr-agent', {});
      run('greenlang', 'customer-portal', {});
      run('greenlang-prod', 'signer', { annotations: { 'greenlang.io/audit-logs': 'true' } });
      run('greenlang-audit', 'audit-trail', {});
      run('kube-system', 'coredns', {});
      run('greenlang-prod', 'elsewhere', { node: 'node-2' });
      const agent = await work.start(placed(platform, work.path, server.url), { variables: { NODE_NAME: 'node-1' } });
      await work.until(`${count} entries`, () => server.entries.length >= count);
      await work.stop(agent);
      out = server.entries
        .map(({ tenant, labels, metadata, line }) => {
          assert.ok(line.includes('[REDACTED_EMAIL]') && !line.includes('jane'), line);
          const label = (name: string) => new RegExp(`\\b${name}="([^"]+)"`).exec(labels)?.[1] ?? '-';
          return `${label('service')} ${tenant} ${label('job')} ${label('retention_class')} ${label('cluster')} ${Object.keys(metadata).sort().join()}`;
        })
        .sort();
    });
  } finally {
    await api.close();
    await server.close();
  }
  return out;
}

test("a cluster's configuration on pods of a node: jobs, tenants, metadata, redaction", async () => {
  assert.deepEqual(await collect(greenlang, 5), [
    'audit-trail compliance-audit audit-logs audit greenlang-prod node,pod,trace_id',
    'coredns platform kubernetes-pods - greenlang-prod node,pod,trace_id',
    'customer-portal greenlang-prod kubernetes-pods - greenlang-prod node,pod,trace_id',
    'eudr-agent greenlang-prod eudr-agent compliance greenlang-prod dds_id,node,pod,trace_id',
    'signer compliance-audit audit-logs audit greenlang-prod node,pod,trace_id',
  ]);
});

test('dual write: every line also goes to the old Loki, redacted, without structured metadata', async () => {
  const lines = await collect(dualWriting, 10);
  assert.deepEqual(
    lines.filter((line) => line.includes(' greenlang ')),
    [
      'audit-trail greenlang audit-logs audit greenlang-prod ',
      'coredns greenlang kubernetes-pods - greenlang-prod ',
      'customer-portal greenlang kubernetes-pods - greenlang-prod ',
      'eudr-agent greenlang eudr-agent compliance greenlang-prod ',
      'signer greenlang audit-logs audit greenlang-prod ',
    ],
  );
});
