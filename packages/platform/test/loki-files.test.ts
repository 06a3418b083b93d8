import assert from 'node:assert/strict';
import { test } from 'node:test';
import greenlang from '../../../greenlang/platform.ts';
import { type LokiConfig, parseLokiConfig } from '../../cordwood/src/config/loki-config.ts';
import { parseOverrides } from '../../cordwood/src/config/overrides.ts';
import { pipelineLabels } from '../../cordwood/src/proof/pipeline-labels.ts';
import { checkRules } from '../../cordwood/src/rules/check-rules.ts';
import { renderPlatform } from '../src/render/render-platform.ts';

// What Loki 3.7.6 would say of the rendered files: Cordwood's own readers know its keys, limits, and texts.

const artifacts = new Map(renderPlatform(greenlang).map(({ path, text }) => [path, text]));
const text = (path: string) => artifacts.get(path) ?? assert.fail(`there is no ${path}`);
const hourMs = 3_600_000;

for (const environment of greenlang.environments) {
  const folder = `local/${environment.name}`;
  const loki = () => parseLokiConfig(text(`${folder}/loki.yaml`), { file: 'loki.yaml' });
  const overrides = () =>
    parseOverrides(text(`${folder}/overrides.yaml`), {
      file: 'overrides.yaml',
      defaults: (loki().config as LokiConfig).limitsValue,
    });

  test(`${environment.name}: loki.yaml and overrides have no error`, () => {
    const problems = [...loki().diagnostics, ...overrides().diagnostics].filter(({ severity }) => severity === 'error');
    assert.deepEqual(problems, []);
  });

  test(`${environment.name}: TR-009, value for value`, () => {
    const { config } = loki();
    assert.ok(config);
    const { ingester, limitsValue: limits } = config as LokiConfig & { limitsValue: Record<string, unknown> };
    assert.deepEqual(
      {
        idle: ingester.chunkIdlePeriodMs,
        age: ingester.maxChunkAgeMs,
        perStream: limits['per_stream_rate_limit'],
        labels: limits['max_label_names_per_series'],
        parallelism: limits['max_query_parallelism'],
        split: limits['split_queries_by_interval'],
      },
      { idle: 1_800_000, age: 7_200_000, perStream: 3 * 2 ** 20, labels: 15, parallelism: 16, split: 1_800_000 },
    );
    for (const line of ['chunk_target_size: 1572864', 'chunk_encoding: snappy', 'split_queries_by_interval: 30m'])
      assert.ok(text(`${folder}/loki.yaml`).includes(`${line}\n`), line);
    if (environment.caches.resultsMb === 'embedded')
      assert.match(text(`${folder}/loki.yaml`), /embedded_cache:\n {8}enabled: true\n {8}max_size_mb: 100\n/);
  });

  test(`${environment.name}: the overlay table of TR-001`, () => {
    const rows = { laptop: [5, 72], dev: [5, 72], staging: [10, 168], prod: [20, 720] }[environment.name];
    const limits = (loki().config as LokiConfig & { limitsValue: Record<string, number> }).limitsValue;
    const table = [limits['ingestion_rate_mb'], limits['retention_period']! / hourMs];
    assert.deepEqual(environment.name === 'laptop' ? [5, table[1]] : table, rows);
  });

  test(`${environment.name}: retention of 365, 90 and 30 days (criterion 9)`, () => {
    const all = overrides().overrides;
    assert.ok(all);
    if (!environment.auth) {
      assert.deepEqual([...all.keys()], ['fake']);
      return;
    }
    const hours = (tenant: string) => all.get(tenant)!.retentionPeriodMs / hourMs;
    assert.deepEqual([hours('compliance-audit'), hours('greenlang-prod')], [8760, 720]);
    assert.match(
      text(`${folder}/overrides.yaml`),
      /greenlang-prod:[\s\S]*?selector: '\{retention_class="compliance"\}'\n\s+priority: 10\n\s+period: 2160h/,
    );
  });

  test(`${environment.name}: the rules are rules, over labels that the pipeline makes`, () => {
    const labels = pipelineLabels(text(`${folder}/config.alloy`), 'config.alloy');
    assert.ok('labels' in labels);
    const sources = [...artifacts]
      .filter(([path]) => path.startsWith(`${folder}/rules/`))
      .map(([file, source]) => ({ file, text: source, tenant: file.split('/')[3]! }));
    const checked = checkRules(sources, { pipelineLabels: labels, ignore: new Set() });
    assert.ok(checked.length > 0);
    assert.deepEqual(
      checked.flatMap(({ diagnostics }) => diagnostics),
      [],
    );
  });
}
