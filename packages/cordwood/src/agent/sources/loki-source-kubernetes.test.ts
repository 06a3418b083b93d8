import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Workplace, withWorkplace } from '../test/agent-under-test.ts';
import { FakeKubernetes, pod } from '../test/fake-kubernetes.ts';
import { PushServer } from '../test/push-server.ts';

interface Scene {
  readonly work: Workplace;
  readonly api: FakeKubernetes;
  readonly server: PushServer;
  readonly config: string;
}

function scenario(name: string, run: (scene: Scene) => Promise<void>): void {
  test(name, () =>
    withWorkplace(async (work) => {
      const [api, server] = [new FakeKubernetes(), new PushServer()];
      const url = await api.listen();
      await server.listen();
      api.token = 't0ken';
      writeFileSync(
        work.path('kubeconfig'),
        JSON.stringify({
          'current-context': 'c',
          contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
          clusters: [{ name: 'k', cluster: { server: url } }],
          users: [{ name: 'u', user: { token: 't0ken' } }],
        }),
      );
      const config = `
        discovery.kubernetes "pods" {
          role            = "pod"
          kubeconfig_file = "${work.path('kubeconfig')}"
          selectors {
            role  = "pod"
            field = "spec.nodeName=node-1"
          }
        }
        discovery.relabel "pods" {
          targets = discovery.kubernetes.pods.targets
          rule {
            source_labels = ["__meta_kubernetes_pod_label_app"]
            target_label  = "app"
          }
          rule {
            source_labels = ["__meta_kubernetes_namespace", "__meta_kubernetes_pod_controller_kind", "__meta_kubernetes_pod_ready", "__meta_kubernetes_pod_container_name"]
            separator     = "/"
            target_label  = "where"
          }
        }
        loki.source.kubernetes "in" {
          targets    = discovery.relabel.pods.output
          forward_to = [loki.write.out.receiver]
          client {
            kubeconfig_file = "${work.path('kubeconfig')}"
          }
        }
        loki.write "out" {
          endpoint {
            url        = "${server.url}"
            batch_wait = "100ms"
          }
        }`;
      try {
        await run({ work, api, server, config });
      } finally {
        await api.close();
        await server.close();
      }
    }),
  );
}

const at = (second: number, nanos = 1) =>
  `2026-06-15T09:00:${String(second).padStart(2, '0')}.${String(nanos).padStart(9, '0')}Z`;

scenario(
  'pods of the node are found and their logs are read, whoever comes later included',
  async ({ work, api, server, config }) => {
    api.apply(pod('a', { labels: { app: 'shop' }, ports: [80, 81, 82] }));
    api.apply(pod('b', { node: 'node-2' }));
    api.apply(pod('c'));
    api.write('prod', 'a', 'main', at(1), 'from a');
    api.write('prod', 'b', 'main', at(1), 'not ours');
    await work.start(config);
    await work.until('the first line', () => server.entries.length === 1);
    const [entry] = server.entries;
    // Three ports are one container, and the line keeps its newline as Alloy's does.
    assert.equal(entry!.line, 'from a\n');
    assert.equal(
      entry!.labels,
      '{app="shop", instance="prod/a:main", job="loki.source.kubernetes.in", where="prod/ReplicaSet/true/main"}',
    );
    assert.equal(entry!.timestampNs, BigInt(Date.UTC(2026, 5, 15, 9, 0, 1)) * 1_000_000n + 1n);
    api.apply(pod('d'));
    api.write('prod', 'd', 'main', at(2), 'from d');
    await work.until('the later pod', () => server.lines.includes('from d\n'));
    api.expireWatches();
    api.apply(pod('e'));
    api.write('prod', 'e', 'main', at(3), 'from e');
    await work.until('a pod after a new list', () => server.lines.includes('from e\n'));
    assert.equal(server.entries.length, 3);
  },
);

scenario(
  'a stream that ends goes on where it was: nothing twice, nothing missed, also in one nanosecond',
  async ({ work, api, server, config }) => {
    api.apply(pod('a'));
    for (const line of ['1', '2', '3']) api.write('prod', 'a', 'main', at(5), line);
    await work.start(config);
    await work.until('three lines', () => server.entries.length === 3);
    api.endStreams();
    for (const line of ['4', '5']) api.write('prod', 'a', 'main', at(5), line);
    api.write('prod', 'a', 'main', at(5, 2), '6');
    await work.until('three more', () => server.entries.length >= 6);
    assert.deepEqual(server.lines, ['1\n', '2\n', '3\n', '4\n', '5\n', '6\n']);
  },
);

scenario('a clean restart neither loses nor repeats', async ({ work, api, server, config }) => {
  api.apply(pod('a'));
  for (const line of ['1', '2']) api.write('prod', 'a', 'main', at(5), line);
  const agent = await work.start(config);
  await work.until('two lines', () => server.entries.length === 2);
  await work.stop(agent);
  api.write('prod', 'a', 'main', at(5), '3');
  await work.start(config);
  await work.until('the third', () => server.entries.length >= 3);
  assert.deepEqual(server.lines, ['1\n', '2\n', '3\n']);
});

scenario('a job that has ended is left alone', async ({ work, api, server, config }) => {
  api.apply(pod('job', { policy: 'Never', exitCode: 0 }));
  api.write('prod', 'job', 'main', at(1), 'done');
  await work.start(config);
  await work.until('its line', () => server.entries.length === 1);
  api.endStreams();
  const before = api.requests.filter((request) => request.includes('/log')).length;
  for (let i = 0; i < 200; i++) await work.clock.advance(100);
  assert.equal(api.requests.filter((request) => request.includes('/log')).length, before);
});

scenario('a wrong token is said, and tried again', async ({ work, api, server, config }) => {
  api.apply(pod('a'));
  api.token = 'another';
  const agent = await work.start(config);
  await work.until('the refusal', () =>
    agent.components().some(({ id, message }) => id === 'discovery.kubernetes.pods' && message === 'Unauthorized'),
  );
  api.token = 't0ken';
  api.write('prod', 'a', 'main', at(1), 'hello');
  await work.until('the line', () => server.entries.length === 1);
});

test('outside of a cluster and without a configuration it says what is missing', () =>
  withWorkplace(async (work) => {
    const agent = await work.start('discovery.kubernetes "pods" {\n  role = "pod"\n}');
    await work.until('the message', () => agent.components()[0]!.message !== '');
    assert.match(agent.components()[0]!.message, /give api_server or kubeconfig_file, or run inside a pod/);
  }));
