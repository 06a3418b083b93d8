import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { parse } from '@cordwood/alloy';
import { type Random, randomInt, seededRandom } from '../world/random.ts';
import { upgradeHelmValues } from './helm-values/upgrade-helm-values.ts';
import { upgradeLokiConfig } from './loki-config/upgrade-loki-config.ts';
import { renameMetrics } from './metrics/rename-metrics.ts';
import { readAcceptFile } from './parity/accept-file.ts';
import { convertPromtail } from './promtail/convert-promtail.ts';

/** Files that somebody broke: whatever is in them, the answer is a finding with a place, never an exception. */
const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);
const rounds = 150;

const root = resolve(import.meta.dirname, '../../../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

const values = [
  '[]',
  '{}',
  '~',
  'true',
  '-1',
  '1e9',
  '"x"',
  '[a, [b]]',
  '{a: {b: c}}',
  '5m',
  '${X}',
  '&a b',
  '*a',
  '|\n    x',
  '!!binary x',
];

/** One to four changes of lines: another value, another depth, twice, gone, cut. */
function mutate(text: string, random: Random): string {
  const lines = `${text}\n`.split('\n');
  for (let n = 1 + randomInt(random, 4); n > 0; n--) {
    const at = randomInt(random, lines.length);
    const line = lines[at] ?? '';
    const value = values[randomInt(random, values.length)]!;
    const changed = [
      () => [line.replace(/(: ).*$/, `$1${value}`)],
      () => [line.replace(/(\S)/, `  $1`)],
      () => [line, line],
      () => [],
      () => [line.slice(0, randomInt(random, line.length + 1))],
      () => [line.replace(/\w+:/, `${value}:`)],
      () => [line.replace(/- .*$/, `- ${value}`)],
    ][randomInt(random, 7)]!();
    lines.splice(at, 1, ...changed);
  }
  return lines.join('\n');
}

function survives(name: string, texts: readonly string[], run: (text: string) => void): void {
  test(`${name} (SEED=${seed})`, () => {
    const random = seededRandom(seed);
    for (let round = 0; round < rounds; round++) {
      const text = mutate(texts[randomInt(random, texts.length)]!, random);
      try {
        run(text);
      } catch (error) {
        assert.fail(`round ${round}: ${(error as Error).stack}\n${text}`);
      }
    }
  });
}

const everyKind = `
clients: [{url: http://a, tenant_id: t, external_labels: {a: b}, basic_auth: {username: u, password: p}, headers: {h: v}}]
positions: {filename: /p}
limits_config: {readline_rate_enabled: true, max_line_size: 8KB, max_streams: 5}
scrape_configs:
  - job_name: k
    kubernetes_sd_configs:
      - role: pod
        selectors: [{role: pod, field: a=b}]
        oauth2: {client_id: c, scopes: [s], endpoint_params: {a: b}}
    relabel_configs:
      - source_labels: [a]
        target_label: __host__
    static_configs:
      - targets: [x]
        labels: {__path__: /y}
    pipeline_stages:
      - cri: {}
      - drop: {source: [a], older_than: 1h}
      - metrics:
          m: {type: Counter, config: {action: inc, match_all: true}}
      - match:
          selector: '{a="b"}'
          stages:
            - template: {source: a, template: '{{ .Value }}'}
      - labels: {a: , b: c}
  - job_name: s
    syslog: {listen_address: "x:1", labels: {a: b}, tls_config: {ca_file: c}}
  - job_name: j
    journal: {labels: {job: j}, matches: a=b}
  - job_name: p
    loki_push_api: {server: {http_listen_port: 1, http_tls_config: {cert_file: c}}}
  - job_name: f
    kafka: {brokers: [b], topics: [t], authentication: {type: sasl, sasl_config: {user: u, ca_file: c}}}
  - job_name: d
    docker_sd_configs:
      - host: h
        filters: [{name: n, values: [v]}]
  - job_name: g
    gcplog: {subscription_type: push, labels: {a: b}}
  - job_name: z
    azure_sd_configs: [{authentication_method: OAuth, client_id: c}]
`;

survives('Promtail configurations', [read('greenlang/migration/promtail.yaml'), everyKind], (text) => {
  for (const environment of [undefined, { kind: 'references' } as const]) {
    const { findings, text: alloy } = convertPromtail(
      { name: 'x.yaml', text },
      environment === undefined ? {} : { environment },
    );
    assert.ok(alloy !== undefined || findings.some(({ severity }) => severity === 'critical'));
    for (const { column, line } of findings) assert.ok(line >= 1 && column >= 1);
    if (alloy !== undefined) assert.deepEqual(parse({ name: 'x.alloy', text: alloy }).diagnostics, []);
  }
});

const lokiFiles = join(import.meta.dirname, 'loki-config/fixtures');
survives(
  'Loki configurations',
  readdirSync(lokiFiles).map((name) => readFileSync(join(lokiFiles, name), 'utf8')),
  (text) => {
    upgradeLokiConfig({ name: 'loki.yaml', text }, { from: [2, 9], to: [4, 0], nowMs: 0, keepDefaults: true });
  },
);

const valuesText = read('deployment/helm/loki/values-prod.yaml');
survives('Helm values', [valuesText], (text) => {
  const options = {
    from: [6, 0],
    to: [18, 0],
    keepDefaults: false,
    phase: 'final',
    dependency: undefined,
    nest: 'loki',
  } as const;
  upgradeHelmValues({ name: 'values.yaml', text }, { ...options, topology: 'distributed' });
});

survives('accept files', [read('greenlang/migration/accept.yaml')], (text) => {
  readAcceptFile(text, 'accept.yaml');
});

survives('rules', ['a:\n  expr: promtail_sent_entries_total{job="promtail"}\n'], (text) => {
  renameMetrics(text, 'rules.yaml');
});
