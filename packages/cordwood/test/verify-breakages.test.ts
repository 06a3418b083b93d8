import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findProgram, freePort, startProcess, temporaryFolder } from '../src/rules/test/real-process.ts';
import { type Breakage, type Document, startPlatform } from './platform-under-test.ts';

// `cordwood verify` must be able to be red. GreenLang's platform is started from its production files with one thing broken, as it
// might be in production, and the criterion that is about it has to say so.

interface BrokenPlatform extends Breakage {
  readonly name: string;
  readonly criterion: number;
  /** In a failed check of it. */
  readonly says: RegExp;
  readonly arguments?: readonly string[];
  /** Nothing is collected, so nothing is waited for. */
  readonly silent?: boolean;
}

/** A failure is waited for as long as a success would be: short, where nothing will come. */
const soon = ['--wait', '5s'];

const broken: readonly BrokenPlatform[] = [
  {
    name: 'authentication is off',
    loki: (config) => (config.auth_enabled = false),
    criterion: 3,
    says: /no route shows a tenant what another one has: .* sees /,
  },
  {
    name: 'one query may name several tenants',
    loki: (config) => (config.querier = { ...config.querier, multi_tenant_queries_enabled: true }),
    criterion: 3,
    says: /reads no tenant: \/loki\/api\/v1\/query_range shows greenlang-prod, greenlang-staging/,
  },
  {
    name: 'the redaction is passed by',
    alloy: (text) => text.replaceAll('[loki.process.redact.receiver]', '[loki.process.schema.receiver]'),
    criterion: 5,
    says: /planted secrets .*: readable: e-mail, API key, AWS key, bearer token, card number/,
  },
  {
    name: 'card numbers are not redacted',
    // Every stage that puts in the mark of cards is taken out.
    alloy: (text) => text.replace(/\tstage\.replace \{\n(?:(?!\n\t\}\n)[\s\S])*?REDACTED_CC[\s\S]*?\n\t\}\n/g, ''),
    criterion: 5,
    says: /readable: card number/,
  },
  {
    name: 'a rule file cannot be read',
    folder: (directory) =>
      writeFileSync(join(directory, 'rules/greenlang-prod/alerts.yaml'), 'groups: [{name: x, rules: 7'),
    criterion: 6,
    says: /greenlang-prod: ComplianceProcessingFailure is not loaded/,
  },
  {
    name: 'an alert waits for longer than anyone does',
    folder: (directory) =>
      changeText(join(directory, 'rules/greenlang-dev/alerts.yaml'), (text) =>
        text.replace(/( +)(- alert: AcceptanceCanary\n)/, '$1$2$1  for: 1h\n'),
      ),
    criterion: 6,
    says: /greenlang-dev AcceptanceCanary did not fire/,
    arguments: soon,
  },
  {
    name: 'the recording rules are not deployed',
    folder: (directory) => rmSync(join(directory, 'rules/greenlang-prod/recording.yaml')),
    criterion: 7,
    says: /greenlang-prod: greenlang:log_error_rate:5m is not loaded/,
  },
  {
    name: 'the compactor applies no retention',
    loki: (config) => {
      config.compactor.retention_enabled = false;
      delete config.compactor.delete_request_store;
    },
    criterion: 9,
    says: /the compactor applies retention: compactor.retention_enabled: false/,
  },
  {
    name: 'the audit trail is kept for a month only',
    overrides: (tenants) => {
      tenants['compliance-audit'].retention_period = '720h';
      tenants['compliance-audit'].retention_stream = [];
    },
    criterion: 9,
    says: /compliance-audit: retention is 30d, not 1y/,
  },
  {
    name: 'compliance services have the retention of all others',
    overrides: (tenants) => delete tenants['greenlang-prod'].retention_stream,
    criterion: 9,
    says: /greenlang-prod: class compliance is missing, not 90d/,
  },
  {
    name: 'the tenants have no limits of their own',
    overrides: (tenants) => {
      for (const name of Object.keys(tenants)) delete tenants[name];
    },
    criterion: 12,
    says: /greenlang-prod: 5 MiB\/s, not 20 MiB\/s/,
    arguments: ['--probe-limits'],
  },
  {
    name: 'a tenant may ingest what it likes',
    overrides: (tenants) => {
      tenants['greenlang-dev'].ingestion_rate_mb = 1000;
      tenants['greenlang-dev'].ingestion_burst_size_mb = 1000;
    },
    criterion: 12,
    says: /greenlang-dev: none, not 5 MiB\/s/,
    arguments: ['--probe-limits'],
  },
  {
    name: 'the load is above the limit',
    criterion: 12,
    says: /greenlang-staging refused a push: 429/,
    overrides: (tenants) => {
      tenants['greenlang-staging'].ingestion_rate_mb = 0.5;
      tenants['greenlang-staging'].ingestion_burst_size_mb = 0.6;
    },
    arguments: ['--ingest-rate', '4MB', '--ingest-for', '5s', '--own-tenant', 'greenlang-staging'],
  },
  {
    name: 'the agent is down',
    silent: true,
    folder: (directory) => rmSync(join(directory, 'config.alloy')),
    criterion: 2,
    says: /every pod of a tenant namespace is collected: 5 of 5: greenlang-/,
    arguments: ['--wait', '1s'],
  },
  {
    name: 'a namespace goes to the wrong tenant',
    alloy: (text) => text.replace('value = "greenlang-staging"', 'value = "greenlang-dev"'),
    criterion: 2,
    says: /greenlang-dev holds \d+ lines of greenlang-staging/,
    arguments: soon,
  },
  {
    name: 'the OTLP receiver is closed',
    alloy: (text) => text.replace(/otelcol\.receiver\.otlp "default" \{[\s\S]*?\n\}\n/, ''),
    criterion: 10,
    says: /a record with a trace id arrives: OTLP at .*: no answer/,
  },
  {
    name: 'trace ids are lost on the way',
    alloy: (text) =>
      text.replaceAll(/\n\t\t\t(?:trace_id|span_id) += ""(?:,|$)/gm, '').replaceAll('"traceid"', '"nothing"'),
    criterion: 10,
    says: /it is found by trace id and span id: trace_id missing/,
  },
  {
    name: 'a service writes another schema',
    line: ({ service }, n) => JSON.stringify({ time: new Date().toISOString(), msg: 'processed', service, n }),
    criterion: 4,
    arguments: ['--wait', '2s'],
    says: /csrd-agent: 0 of \d+ lines are records; \d+ × the record must have required property 'timestamp'/,
  },
  {
    name: 'a service writes plain text',
    line: ({ service }, n) => (service === 'sb253-agent' ? `processed ${n}` : `{"level":"INFO","n":${n}}`),
    criterion: 4,
    arguments: ['--wait', '2s'],
    says: /sb253-agent: 0 of \d+ lines are records; \d+ × is no JSON/,
  },
  {
    name: 'queries are slower than they may be',
    criterion: 11,
    says: /p99 of 24 h queries is below 0.001 s: p50 \d+ ms/,
    arguments: ['--p99', '1ms', '--query-volume', '1B'],
  },
];

for (const { name, criterion, says, silent = false, arguments: more = [], ...breakage } of broken) {
  test(`red: ${name} -> ${criterion}`, async () => {
    await using platform = await startPlatform(breakage);
    if (!silent) await platform.lines();
    const own = ['--otlp', platform.otlp, '--pods', platform.pods];
    const { code, states, failures, evidence } = await platform.verify(String(criterion), ...own, ...more);
    assert.equal(states[criterion], 'failed', evidence);
    assert.match(failures, says);
    assert.equal(code, 1);
  });
}

test('red: the chart stores on a disk -> 1; green: the values that are checked in', async () => {
  await using platform = await startPlatform();
  const artifacts = join(import.meta.dirname, '../../../deployment');
  const good = await platform.verify('1', '--env', 'prod', '--artifacts', artifacts);
  assert.match(good.evidence, /passed: the values of the chart ask for SSD and S3: deploymentMode SimpleScalable/);
  await using folder = await temporaryFolder();
  cpSync(join(artifacts, 'helm'), join(folder.path, 'helm'), { recursive: true });
  changeText(join(folder.path, 'helm/loki/values.yaml'), (text) =>
    text.replace('object_store: s3', 'object_store: filesystem'),
  );
  const bad = await platform.verify('1', '--env', 'prod', '--artifacts', folder.path);
  assert.equal(bad.states[1], 'failed');
  assert.match(bad.failures, /object_store filesystem/);
});

test('red: a panel asks what Loki does not understand -> 8; green: those that are checked in', async () => {
  await using platform = await startPlatform();
  const artifacts = join(import.meta.dirname, '../../../deployment');
  const good = await platform.verify('8', '--artifacts', artifacts);
  assert.notEqual(good.states[8], 'failed', good.evidence);
  assert.match(good.evidence, /passed: LogQL of log-exploration.json is answered: \d+ queries/);
  await using folder = await temporaryFolder();
  cpSync(join(artifacts, 'monitoring'), join(folder.path, 'monitoring'), { recursive: true });
  changeText(join(folder.path, 'monitoring/dashboards/log-exploration.json'), (text) =>
    text.replace('count_over_time(', 'count_over_tme('),
  );
  const bad = await platform.verify('8', '--artifacts', folder.path);
  assert.equal(bad.states[8], 'failed');
  assert.match(bad.failures, /LogQL of log-exploration.json is answered: .*: 400 parse error/);
});

const prometheus = findProgram('prometheus');
test('red: recorded series do not arrive -> 7; green: they do', {
  skip: prometheus === undefined ? 'skipped: needs prometheus' : false,
}, async () => {
  await using folder = await temporaryFolder();
  const config = join(folder.path, 'prometheus.yml');
  writeFileSync(config, '{}\n');
  const url = `http://127.0.0.1:${await freePort()}`;
  const flags = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder.path, 'data')}`,
    `--web.listen-address=${url.slice('http://'.length)}`,
  ];
  await using _ = await startProcess(prometheus!, [...flags, '--web.enable-remote-write-receiver'], `${url}/-/ready`);
  const often = (directory: string) => {
    for (const tenant of ['greenlang-prod', 'greenlang-staging', 'greenlang-dev', 'compliance-audit'])
      changeText(join(directory, 'rules', tenant, 'recording.yaml'), (text) =>
        text.replaceAll('interval: 1m', 'interval: 2s').replaceAll('[1m] offset 1m', '[1m]'),
      );
  };
  const remoteWrite = (target: string) => (loki: Document) => {
    loki.ruler.remote_write = { enabled: true, clients: { prometheus: { url: `${target}/api/v1/write` } } };
    loki.ruler.wal = { dir: './data/ruler-wal' };
  };
  {
    await using platform = await startPlatform({ folder: often });
    await platform.lines();
    const { states, failures, evidence } = await platform.verify('7', '--prometheus', url, '--wait', '5s');
    assert.equal(states[7], 'failed', evidence);
    assert.match(failures, /greenlang:log_volume_bytes:1m of \S+: 0 series in Prometheus, \d+ in Loki now/);
  }
  await using platform = await startPlatform({ folder: often, loki: remoteWrite(url) });
  await platform.lines();
  const { states, evidence } = await platform.verify('7', '--prometheus', url, '--wait', '30s');
  assert.equal(states[7], 'passed', evidence);
});

const alertmanager = findProgram('prometheus-alertmanager', 'alertmanager');
test('red: alerts do not reach Alertmanager -> 6; green: they do', {
  skip: alertmanager === undefined ? 'skipped: needs alertmanager' : false,
}, async () => {
  await using folder = await temporaryFolder();
  const config = join(folder.path, 'alertmanager.yml');
  writeFileSync(config, 'route: {receiver: none}\nreceivers: [{name: none}]\n');
  const address = `127.0.0.1:${await freePort()}`;
  const flags = [`--config.file=${config}`, `--storage.path=${folder.path}`, `--web.listen-address=${address}`];
  const url = `http://${address}`;
  await using _ = await startProcess(alertmanager!, [...flags, '--cluster.listen-address='], `${url}/-/ready`);
  {
    await using platform = await startPlatform();
    const { states, failures, evidence } = await platform.verify('6', '--alertmanager', url, '--wait', '5s');
    assert.equal(states[6], 'failed', evidence);
    assert.match(failures, /it reaches Alertmanager: .* does not know AcceptanceCanary/);
  }
  await using platform = await startPlatform({
    loki: (loki) => {
      loki.ruler.alertmanager_url = url;
      loki.ruler.enable_alertmanager_v2 = true;
    },
  });
  const { states, evidence } = await platform.verify('6', '--alertmanager', url);
  assert.equal(states[6], 'passed', evidence);
  assert.match(evidence, /passed: it reaches Alertmanager/);
});

function changeText(path: string, change: (text: string) => string): void {
  const before = readFileSync(path, 'utf8');
  const after = change(before);
  assert.notEqual(after, before, `${path} was changed`);
  writeFileSync(path, after);
}
