import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type LokiConfig, parseLokiConfig } from '../packages/cordwood/src/config/loki-config.ts';
import { parseOverrides } from '../packages/cordwood/src/config/overrides.ts';
import { pipelineLabels } from '../packages/cordwood/src/proof/pipeline-labels.ts';
import { checkRules } from '../packages/cordwood/src/rules/check-rules.ts';
import { readRuleFile } from '../packages/cordwood/src/rules/rule-group.ts';

const place = (name: string) => new URL(name, import.meta.url);
const read = (name: string) => readFileSync(place(name), 'utf8');
const hourMs = 3_600_000;

test('loki.yaml is accepted', () => {
  const { config, diagnostics } = parseLokiConfig(read('./loki.yaml'), { file: 'loki.yaml' });
  assert.deepEqual(
    diagnostics
      .map((diagnostic) => `${diagnostic.severity}: ${diagnostic.message}`)
      .filter((text) => text.startsWith('error')),
    [],
  );
  assert.equal(config?.authEnabled, true);
  assert.equal(config?.server.httpListenPort, 3100);
});

test('overrides.yaml is the table of TR-004', () => {
  const { config } = parseLokiConfig(read('./loki.yaml'), { file: 'loki.yaml' });
  const { overrides, diagnostics } = parseOverrides(read('./overrides.yaml'), {
    file: 'overrides.yaml',
    defaults: (config as LokiConfig).limitsValue,
  });
  // Warnings name what Cordwood does not run; Loki runs it.
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === 'error'),
    [],
  );
  const rows = [...(overrides ?? [])].map(([tenant, limits]) => [
    tenant,
    limits.ingestionRateMb,
    limits.ingestionBurstSizeMb,
    limits.maxGlobalStreamsPerUser,
    limits.retentionPeriodMs / hourMs,
  ]);
  assert.deepEqual(rows, [
    ['greenlang-prod', 20, 40, 15_000, 720],
    ['greenlang-staging', 10, 20, 10_000, 168],
    ['greenlang-dev', 5, 10, 5_000, 72],
    ['compliance-audit', 5, 10, 5_000, 8_760],
    // Beside the table: what belongs to no product, and Loki's canary.
    ['platform', 5, 10, 5_000, 336],
    ['self-monitoring', 1, 2, 500, 24],
  ]);
});

test('every rule passes every check, also that its labels are those which the pipeline gives', () => {
  const files = globSync('rules/*/*.yaml', { cwd: place('.') }).sort();
  const tenantOf = (file: string) => file.split('/')[1]!;
  assert.deepEqual(
    [...new Set(files.map(tenantOf))],
    ['compliance-audit', 'greenlang-dev', 'greenlang-prod', 'greenlang-staging'],
  );
  const labels = pipelineLabels(read('./config.alloy'), 'config.alloy');
  assert.ok('labels' in labels);
  const checked = checkRules(
    files.map((file) => ({ file, text: read(`./${file}`), tenant: tenantOf(file) })),
    { pipelineLabels: labels, ignore: new Set() },
  );
  assert.deepEqual(
    checked.flatMap(({ diagnostics }) => diagnostics),
    [],
  );
  const names = files.flatMap((file) =>
    readRuleFile(read(`./${file}`), file).groups.flatMap(({ rules }) => rules.map((rule) => rule.alert || rule.record)),
  );
  for (const name of [
    'HighErrorRate',
    'ComplianceProcessingFailure',
    'EmissionCalculationTimeout',
    'AuthenticationFailures',
    'AuditLogGap',
    'SensitiveDataLeak',
    'greenlang:log_error_rate:5m',
    'greenlang:log_volume_bytes:1m',
    'greenlang:log_latency_p99:5m',
  ]) {
    assert.ok(names.includes(name), name);
  }
});
