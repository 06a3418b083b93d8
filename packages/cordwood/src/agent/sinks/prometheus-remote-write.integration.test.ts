import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { findProgram, freePort, startProcess, temporaryFolder, until } from '../../rules/test/real-process.ts';
import { systemClock } from '../../world/system-clock.ts';
import { createAgent } from '../agent.ts';

const prometheus = findProgram('prometheus');
const options = prometheus === undefined ? { skip: 'skipped: needs prometheus (apt-get install prometheus)' } : {};

test(
  "the agent's own metrics and those of a target reach a real Prometheus, over an outage of it",
  options,
  async () => {
    await using folder = await temporaryFolder();
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    await writeFile(join(folder.path, 'prometheus.yml'), '');
    const start = () =>
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
    /** Values of an instant query, as `labels: value`. */
    const ask = async (query: string): Promise<string[]> => {
      const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
      const { data } = (await answer.json()) as {
        data: { result: { metric: Record<string, string>; value: [number, string] }[] };
      };
      return data.result.map(({ metric, value }) => `${metric['job']} ${value[1]}`);
    };
    const { agent, diagnostics } = createAgent({
      files: [
        {
          name: 'config.alloy',
          text: `
prometheus.exporter.self "agent" { }
prometheus.scrape "self" {
  targets         = prometheus.exporter.self.agent.targets
  forward_to      = [prometheus.remote_write.out.receiver]
  scrape_interval = "200ms"
  scrape_timeout  = "200ms"
}
prometheus.scrape "server" {
  targets         = [{ __address__ = "127.0.0.1:${port}", job = "prometheus" }]
  forward_to      = [prometheus.remote_write.out.receiver]
  scrape_interval = "500ms"
  scrape_timeout  = "500ms"
}
prometheus.remote_write "out" {
  endpoint {
    url = "${url}/api/v1/write"
    queue_config {
      batch_send_deadline = "100ms"
    }
  }
}`,
        },
      ],
      dataDirectory: join(folder.path, 'agent'),
      clock: systemClock,
      log: () => {},
      environment: { variable: () => undefined, hostname: 'host-1', os: 'linux', arch: 'amd64', version: '1' },
    });
    assert.ok(agent !== undefined, JSON.stringify(diagnostics));
    // Timers of the agent do not keep a process alive.
    const alive = setInterval(() => {}, 1000);
    let server = await start();
    try {
      await agent.start();
      const present = async (query: string) => (await ask(query)).length > 0;
      await until(
        'own metrics',
        () => present('alloy_component_controller_running_components{health_type="healthy"}'),
        60_000,
      );
      await until('metrics of the target', () => present('prometheus_build_info{job="prometheus"}'), 60_000);
      assert.deepEqual(await ask('up{job="integrations/self"}'), ['integrations/self 1']);
      const before = Number((await ask('count_over_time(up{job="integrations/self"}[10m])'))[0]!.split(' ')[1]);
      await server.stop('SIGKILL');
      const unhealthy = () =>
        agent.components().some(({ id, health }) => id === 'prometheus.remote_write.out' && health === 'unhealthy');
      await until('bad health', unhealthy, 60_000);
      server = await start();
      await until('good health', () => !unhealthy(), 60_000);
      await until(
        'samples again',
        async () => {
          const [count] = await ask('count_over_time(up{job="integrations/self"}[10m])');
          return Number(count?.split(' ')[1] ?? 0) > before;
        },
        60_000,
      );
      // What Prometheus refuses would be dropped and counted.
      assert.doesNotMatch(agent.metrics(), /samples_dropped_total\{/);
    } finally {
      await agent.stop();
      await server.stop('SIGKILL');
      clearInterval(alive);
    }
  },
);
