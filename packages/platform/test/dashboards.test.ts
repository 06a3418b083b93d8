import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse } from '@cordwood/logql';
import greenlang from '../../../greenlang/platform.ts';
import { nowNs, openTestApi, type TestApi } from '../../cordwood/src/api/test/test-api.ts';
import { findProgram } from '../../cordwood/src/rules/test/real-process.ts';
import { dashboardQueries, openingValues, withVariables } from '../src/dashboards/dashboard-queries.ts';
import { logExplorationPath, lokiOperationsPath } from '../src/render/dashboards.ts';
import { renderPlatform } from '../src/render/render-platform.ts';
import { runProgram } from './run-program.ts';

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}
interface Dashboard {
  readonly uid: string;
  readonly id: null;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
}

const artifacts = new Map(renderPlatform(greenlang).map(({ path, text }) => [path, text]));
const paths = [logExplorationPath, lokiOperationsPath];
const dashboardOf = (path: string) => JSON.parse(artifacts.get(path)!) as Dashboard;

for (const path of paths)
  describe(path, () => {
    const dashboard = dashboardOf(path);
    const titles = dashboard.panels.map(({ title }) => title);

    test('can be provisioned from a file', () => {
      assert.equal(dashboard.id, null);
      assert.match(dashboard.uid, /^[a-z0-9-]{8,40}$/);
      assert.ok(dashboard.schemaVersion >= 39);
      assert.doesNotMatch(artifacts.get(path)!, /__inputs|"(graph|singlestat|table-old)"/);
      assert.ok(artifacts.get(path)!.length < 512 * 1024, 'two of them fit into a ConfigMap');
    });

    test('has no panels that overlap, and one of an id', () => {
      const ids = dashboard.panels.map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length);
      const cells = new Set<string>();
      for (const { gridPos, title } of dashboard.panels)
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
            assert.ok(x < 24, title);
            assert.ok(!cells.has(`${x} ${y}`), `${title} lies over another panel`);
            cells.add(`${x} ${y}`);
          }
    });

    test('names no datasource', () => {
      const uids = artifacts.get(path)!.match(/"uid": "[^"]+"/g)!;
      assert.deepEqual(
        [...new Set(uids)].filter((uid) => !uid.includes('${') && !uid.includes(dashboard.uid)),
        [],
      );
    });

    test('shows what TR-007 asks for', () => {
      const asked: Record<string, readonly RegExp[]> = {
        [logExplorationPath]: [
          /Log volume by level/,
          /Error rate by service/,
          /Top error messages/,
          /Log stream/,
          /trace or request id/,
        ],
        [lokiOperationsPath]: [
          /Ingested bytes/,
          /Ingested lines/,
          /Query latency/,
          /Flushed chunks/,
          /Size of flushed chunks/,
          /last compaction/,
          /S3 operations/,
          /Failed S3 operations/,
          /Cache hits/,
          /Cache misses/,
          /Bytes by tenant/,
        ],
      };
      for (const title of asked[path]!)
        assert.ok(
          titles.some((each) => title.test(each)),
          String(title),
        );
    });
  });

describe('LogQL of the dashboards', () => {
  const dashboard = dashboardOf(logExplorationPath);
  const queries = dashboardQueries(dashboard).filter(({ language }) => language === 'logql');
  let api: TestApi;

  before(async () => {
    api = await openTestApi();
    const streams = ['info', 'error', undefined].map((level, index) => ({
      stream: { namespace: 'greenlang-prod', service: 'api-gateway', job: 'pods', ...(level ? { level } : {}) },
      values: [0, 1, 2].map((line) => [
        String(nowNs - BigInt(line * 60_000_000_000 + index * 1_000_000)),
        JSON.stringify({ event: 'request_failed', duration_ms: 40 + line, message: '[REDACTED_EMAIL] asked' }),
        { trace_id: 'a'.repeat(32), request_id: 'req-1' },
      ]),
    }));
    // A line that is no JSON: a panel must not fail for it.
    streams[1]!.values.push([String(nowNs - 5_000_000_000n), 'panic: not JSON', {} as never]);
    const { status, text } = await api.send({
      method: 'POST',
      url: '/loki/api/v1/push',
      headers: { 'content-type': 'application/json', 'x-scope-orgid': 'a' },
      payload: JSON.stringify({ streams }),
    });
    assert.equal(status, 204, text);
  });
  after(() => api[Symbol.asyncDispose]());

  assert.ok(queries.length > 10);
  for (const { panel, panelType, expr, instant } of queries) {
    const values = { ...openingValues(dashboard), correlation_id: 'req-1' };
    const query = withVariables(expr, values);
    test(`${panel}: ${query.slice(0, 90)}`, async () => {
      const { expression, error } = parse(query);
      assert.equal(error, undefined);
      assert.equal(expression!.kind === 'log', panelType === 'logs', 'logs panels show lines, the others numbers');
      const end = nowNs + 1_000_000_000n;
      const parameters = instant ? `time=${end}` : `start=${end - 3_600_000_000_000n}&end=${end}&step=60`;
      const answer = await api.get(
        `/loki/api/v1/${instant ? 'query' : 'query_range'}?query=${encodeURIComponent(query)}&${parameters}`,
      );
      assert.equal(answer.status, 200, answer.text);
      const { data } = answer.json() as { data: { result: readonly unknown[] } };
      assert.ok(data.result.length > 0, `the panel would be empty: ${query}`);
    });
  }

  test('a search and an id that nobody has find nothing', async () => {
    for (const values of [{ search: 'no such text' }, { correlation_id: 'paste-an-id' }]) {
      const [stream, request] = queries.filter(({ panelType }) => panelType === 'logs');
      const { expr } = 'search' in values ? stream! : request!;
      const query = withVariables(expr, { ...openingValues(dashboard), ...values });
      const answer = await api.get(
        `/loki/api/v1/query_range?query=${encodeURIComponent(query)}&start=${nowNs - 3_600_000_000_000n}&end=${nowNs + 1n}`,
      );
      assert.deepEqual((answer.json() as { data: { result: unknown[] } }).data.result, []);
    }
  });
});

const promtool = findProgram('promtool');
test(
  'PromQL of the dashboards is what Prometheus takes',
  promtool === undefined ? { skip: 'skipped: needs promtool (apt-get install prometheus)' } : {},
  async () => {
    const dashboard = dashboardOf(lokiOperationsPath);
    const queries = dashboardQueries(dashboard);
    assert.ok(queries.length > 40);
    assert.ok(queries.every(({ language }) => language === 'promql'));
    const rules = queries.map(({ expr }, index) => ({
      record: `panel:query:${index}`,
      expr: withVariables(expr, openingValues(dashboard)),
    }));
    const folder = await mkdtemp(join(tmpdir(), 'cordwood-dashboards-'));
    try {
      const file = join(folder, 'rules.yaml');
      await writeFile(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }));
      const { code, text } = await runProgram(promtool!, ['check', 'rules', file]);
      assert.equal(code, 0, text);
      assert.match(text, new RegExp(`${queries.length} rules found`));
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
