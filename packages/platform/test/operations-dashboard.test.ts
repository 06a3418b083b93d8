import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import greenlang from '../../../greenlang/platform.ts';
import { nowNs, openTestApi } from '../../cordwood/src/api/test/test-api.ts';
import { findProgram, freePort, startProcess, until } from '../../cordwood/src/rules/test/real-process.ts';
import { dashboardQueries, openingValues, withVariables } from '../src/dashboards/dashboard-queries.ts';
import { lokiOperationsPath } from '../src/render/dashboards.ts';
import { renderPlatform } from '../src/render/render-platform.ts';

const prometheus = findProgram('prometheus');

test(
  'a real Prometheus that scrapes the engine fills the panels of the operations dashboard',
  prometheus === undefined ? { skip: 'skipped: needs prometheus (apt-get install prometheus)' } : {},
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cordwood-operations-'));
    await using api = await openTestApi();
    await api.app.listen({ port: 0, host: '127.0.0.1' });
    const target = `127.0.0.1:${(api.app.server.address() as AddressInfo).port}`;
    const port = await freePort();
    await writeFile(
      join(folder, 'prometheus.yaml'),
      JSON.stringify({
        global: { scrape_interval: '1s' },
        // As the ServiceMonitor names what it scrapes.
        scrape_configs: [
          {
            job_name: 'loki/loki',
            static_configs: [{ targets: [target], labels: { namespace: 'loki', pod: 'loki-0' } }],
          },
        ],
      }),
    );
    try {
      await using _ = await startProcess(
        prometheus!,
        [
          `--config.file=${join(folder, 'prometheus.yaml')}`,
          `--storage.tsdb.path=${join(folder, 'data')}`,
          `--web.listen-address=127.0.0.1:${port}`,
          '--log.level=error',
        ],
        `http://127.0.0.1:${port}/-/ready`,
      );
      const ask = async (query: string): Promise<readonly unknown[]> => {
        const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`);
        const { data, error } = (await answer.json()) as { data?: { result: readonly unknown[] }; error?: string };
        assert.equal(error, undefined, query);
        return data!.result;
      };
      /** Work to be seen: pushes and queries of two tenants, some of them refused. */
      let line = 0;
      const work = async () => {
        for (const tenant of ['greenlang-prod', 'greenlang-dev']) {
          const headers = { 'x-scope-orgid': tenant, 'content-type': 'application/json' };
          const values = [[String(nowNs + BigInt(line++) * 1_000_000n), `line ${line}`]];
          const body = JSON.stringify({ streams: [{ stream: { service: 'a' }, values }] });
          await fetch(`http://${target}/loki/api/v1/push`, { method: 'POST', headers, body });
          await fetch(`http://${target}/loki/api/v1/query?query=vector(1)%2Bvector(1)`, { headers });
          await fetch(`http://${target}/loki/api/v1/query_range?query=${encodeURIComponent('{service="a"}')}`, {
            headers,
          });
        }
      };
      const [dashboard] = renderPlatform(greenlang)
        .filter(({ path }) => path === lokiOperationsPath)
        .map(({ text }) => JSON.parse(text) as object);
      const queries = dashboardQueries(dashboard);
      // A rate needs two samples in its range; two minutes of them need not be waited for.
      const values = { ...openingValues(dashboard), __rate_interval: '1m', __range: '1m' };
      const filled = async () => {
        const panels = new Set<string>();
        for (const { panel, expr } of queries)
          if ((await ask(withVariables(expr, values))).length > 0) panels.add(panel);
        return panels;
      };
      let panels = new Set<string>();
      await until(
        'panels to be filled',
        async () => {
          await work();
          panels = await filled();
          return expected.every((panel) => panels.has(panel));
        },
        60_000,
        // Which ones are missing says more than that it took too long.
      ).catch(() => undefined);
      assert.deepEqual(
        expected.filter((panel) => !panels.has(panel)),
        [],
        `filled: ${[...panels].join(', ')}`,
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);

/** What one engine without ring, caches and S3 can show. */
const expected: readonly string[] = [
  'Ingested bytes',
  'Ingested lines',
  'Push latency',
  'Bytes by tenant',
  'Lines by tenant',
  'Bytes by retention',
  'Active streams by tenant',
  'Query latency',
  'Queries',
  'Queries under 5 s',
  'Panics',
  'Overrides are loaded',
];
