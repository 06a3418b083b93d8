import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { readAcceptFile } from './accept-file.ts';
import { readNodeLogs } from './node-logs.ts';
import { type ParityReport, runParity } from './run-parity.ts';

const startNs = BigInt(Date.UTC(2026, 5, 1)) * 1_000_000n;

interface Sides {
  /** Body of a scrape config, indented by nothing. */
  readonly promtail: string;
  /** Stages (or more) of Alloy; `source` and `writer` stand around them. */
  readonly alloy: string;
  readonly files: Readonly<Record<string, string>>;
  readonly accept?: string;
}

const fileTargets = 'static_configs:\n  - labels: {__path__: /var/log/*.log, job: app}';

function alloyOf(stages: string): string {
  return `loki.source.file "a" {
	targets    = [{ __path__ = "/var/log/*.log", job = "app" }]
	forward_to = [loki.process.p.receiver]
	file_match { enabled = true }
}
loki.process "p" {
	forward_to = [loki.write.w.receiver]
	${stages}
}
loki.write "w" {
	endpoint { url = "http://loki" }
}
`;
}

async function parity({ promtail, alloy, files, accept = 'accept: []' }: Sides): Promise<ParityReport> {
  const root = mkdtempSync(join(tmpdir(), 'parity-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
    const logs = readNodeLogs(root);
    assert.ok('logs' in logs);
    const { rules, diagnostics } = readAcceptFile(accept, 'accept.yaml');
    assert.deepEqual(diagnostics, []);
    const job = promtail.replaceAll('\n', '\n    ');
    const result = await runParity({
      from: {
        name: 'promtail.yaml',
        text: `clients: [{url: "http://loki"}]\nscrape_configs:\n  - job_name: app\n    ${job}\n`,
      },
      to: { name: 'config.alloy', text: alloy.includes('loki.write') ? alloy : alloyOf(alloy) },
      logs: logs.logs,
      accept: rules,
      environment: {},
      expandEnv: false,
      startNs,
      writers: { from: undefined, to: undefined },
    });
    assert.ok('report' in result, JSON.stringify(result));
    return result.report;
  } finally {
    rmSync(root, { recursive: true });
  }
}

const shown = ({ groups }: ParityReport) =>
  groups.map(({ accepted, count, difference, samples: [sample] }) => {
    return `${difference} x${count}${accepted === undefined ? '' : ' accepted'}: ${sample!.from} -> ${sample!.to}`;
  });

function differs(name: string, sides: Omit<Sides, 'promtail'> & { stages?: string }, ...expected: string[]): void {
  test(name, async () => {
    const stages = sides.stages === undefined ? '' : `pipeline_stages:\n  - ${sides.stages}\n`;
    assert.deepEqual(shown(await parity({ ...sides, promtail: `${stages}${fileTargets}` })), expected);
  });
}

const files = { 'var/log/a.log': 'one\ntwo\n' };
const json = { 'var/log/a.log': '{"level":"info","id":"7","t":"2026-02-03T04:05:06Z"}\n' };

differs('equal pipelines', { alloy: '', files });
differs('a dropped line', { alloy: 'stage.drop { expression = "two" }', files }, 'missing x1: two -> undefined');
differs(
  'a line that Promtail dropped',
  { stages: 'drop: {expression: one}', alloy: '', files },
  'extra x1: undefined -> one',
);
differs('a label', { alloy: 'stage.static_labels { values = {job = "other"} }', files }, 'label job x2: app -> other');
differs(
  'a label that becomes metadata',
  {
    stages: 'json: {expressions: {id:}}\n  - labels: {id:}',
    alloy: 'stage.json {\nexpressions = {id = ""}\n}\nstage.structured_metadata {\nvalues = {id = ""}\n}',
    files: json,
  },
  'label id x1: 7 -> undefined',
  'metadata id x1: undefined -> 7',
);
differs(
  'a time',
  { stages: 'json: {expressions: {t:}}\n  - timestamp: {source: t, format: RFC3339}', alloy: '', files: json },
  'timestamp x1: 2026-02-03T04:05:06.000000000Z -> time of reading',
);
differs('a tenant', { alloy: 'stage.tenant { value = "x" }', files }, 'tenant x2:  -> x');
differs('a line', { alloy: 'stage.replace { expression = "(two)" }', files }, 'line x1: two -> ');
differs(
  'what Promtail and Alloy read differently',
  { alloy: '', files: { 'var/log/a.log': 'windows\r\nunfinished' } },
  'line x1: windows\r -> windows',
  'extra x1: undefined -> unfinished',
);

test('the cause names the stages of both sides', async () => {
  const { groups } = await parity({
    promtail: `pipeline_stages:\n  - regex: {expression: "(?P<a>.)"}\n  - labels: {a:}\n${fileTargets}`,
    alloy: 'stage.static_labels {\nvalues = {a = "x"}\n}',
    files,
  });
  assert.equal(
    groups[0]!.causes[0],
    'from: loki.process.app stage.labels[1]; to: loki.process.p stage.static_labels[0]',
  );
});

test('the cause of a missing line is the stage that it did not pass', async () => {
  const { groups } = await parity({ promtail: fileTargets, alloy: 'stage.drop { expression = "one" }', files });
  assert.equal(groups[0]!.causes[0], 'to: it did not pass loki.process.p stage.drop[0]');
});

test('joined lines are compared by their first', async () => {
  const report = await parity({
    promtail: `pipeline_stages:\n  - multiline: {firstline: '^\\S'}\n${fileTargets}`,
    alloy: 'stage.multiline { firstline = `^\\S` }',
    files: { 'var/log/a.log': 'one\n more\ntwo\n' },
  });
  assert.deepEqual(shown(report), []);
  assert.deepEqual(report.readers[0]!.delivered, { from: 2, to: 2 });
});

test('accepted differences carry their reason, and rules that meet nothing are named', async () => {
  const report = await parity({
    promtail: fileTargets,
    alloy: 'stage.static_labels {\nvalues = {team = "x"}\n}\nstage.replace { expression = "(two)" }',
    files,
    accept: `accept:
  - {difference: label team, to: x, reason: new}
  - {difference: label other, reason: never}
  - {difference: line, contains: true, reason: more}
`,
  });
  assert.deepEqual(shown(report), ['line x1: two -> ', 'label team x2 accepted: undefined -> x']);
  assert.equal(report.unexplained, 1);
  assert.deepEqual(
    report.unused.map(({ reason }) => reason),
    ['never', 'more'],
  );
});

test('a rule without a reason, or of an unknown kind, is refused with its place', () => {
  const { diagnostics } = readAcceptFile('accept:\n  - {difference: colour}\n', 'accept.yaml');
  assert.deepEqual(
    diagnostics.map(({ line, message }) => `${line}: ${message}`),
    ["2: there is no difference 'colour'", '2: a rule needs reason'],
  );
});

const podFiles = {
  'pods.yaml': `items:
  - metadata: {name: web-1, namespace: shop, uid: u1, labels: {app: web}}
    spec: {nodeName: n1, containers: [{name: main, ports: [{containerPort: 80}, {containerPort: 81}]}]}
  - metadata: {name: web-2, namespace: shop, uid: u2, labels: {app: web}}
    spec: {nodeName: n2, containers: [{name: main}]}
`,
  'var/log/pods/shop_web-1_u1/main/0.log':
    '2026-02-03T04:05:06Z stdout P par\n2026-02-03T04:05:07Z stdout F tial\n2026-02-03T04:05:08Z stderr F whole\n',
  'var/log/pods/shop_web-2_u2/main/0.log': '2026-02-03T04:05:06Z stdout F of another node\n',
};
const podTargets = `pipeline_stages:
  - cri: {}
kubernetes_sd_configs:
  - role: pod
relabel_configs:
  - {source_labels: [__meta_kubernetes_pod_label_app], target_label: app}
  - {source_labels: [__meta_kubernetes_pod_uid, __meta_kubernetes_pod_container_name], separator: /, target_label: __path__, replacement: /var/log/pods/*$1/*.log}
`;

test('pods of the node are found as Promtail finds them, each file once', async () => {
  const alloy = `local.file_match "pods" {
	path_targets = [{__path__ = "/var/log/pods/shop_web-1_u1/*/*.log", app = "web"}]
}
loki.source.file "pods" {
	targets    = local.file_match.pods.targets
	forward_to = [loki.process.p.receiver]
}
loki.process "p" {
	forward_to = [loki.write.w.receiver]
	stage.cri { }
}
loki.write "w" {
	endpoint {
		url = "http://loki"
	}
}
`;
  const report = await parity({ promtail: podTargets, alloy, files: podFiles });
  assert.deepEqual(shown(report), []);
  assert.deepEqual(report.readers, [
    {
      from: 'loki.source.file.app',
      to: ['loki.source.file.pods'],
      job: '',
      lines: 3,
      delivered: { from: 2, to: 2 },
      entries: { equal: 2, accepted: 0, different: 0 },
    },
  ]);
});

test('loki.source.kubernetes gives unwrapped lines with their newline', async () => {
  const alloy = `discovery.kubernetes "pods" {
	role = "pod"
	selectors {
		role  = "pod"
		field = "spec.nodeName=n1"
	}
}
loki.source.kubernetes "pods" {
	targets    = discovery.kubernetes.pods.targets
	forward_to = [loki.write.w.receiver]
}
loki.write "w" {
	endpoint {
		url = "http://loki"
	}
}
`;
  const report = await parity({ promtail: podTargets, alloy, files: podFiles });
  const found = shown(report);
  assert.ok(found.includes('line x2: partial -> partial\n'), found.join('\n'));
  assert.ok(found.includes('label instance x2: undefined -> shop/web-1:main'), found.join('\n'));
});

test('the journal keeps its job through the conversion', async () => {
  const entry = {
    __CURSOR: 's=1',
    __REALTIME_TIMESTAMP: '1770109200000000',
    _SYSTEMD_UNIT: 'a.service',
    MESSAGE: 'hi',
  };
  const alloy = `loki.source.journal "j" {
	forward_to    = [loki.write.w.receiver]
	relabel_rules = discovery.relabel.j.rules
}
discovery.relabel "j" {
	targets = []
	rule {
		target_label = "job"
		replacement  = "node"
	}
}
loki.write "w" {
	endpoint {
		url = "http://loki"
	}
}
`;
  const report = await parity({
    promtail: 'journal: {labels: {job: node}}',
    alloy,
    files: { 'journal.jsonl': `${JSON.stringify(entry)}\n` },
  });
  assert.deepEqual(shown(report), []);
  assert.equal(report.lines, 1);
});

test('discoveries that the agent does not run get their targets from a file, sources without input are named', async () => {
  const report = await parity({
    promtail: `docker_sd_configs:
  - host: unix:///var/run/docker.sock
    filters: [{name: n, values: [v]}]
consul_sd_configs:
  - services: [a]
relabel_configs:
  - {source_labels: [__meta_consul_service], target_label: service}
  - {target_label: __path__, replacement: /var/log/a.log}`,
    alloy: 'stage.static_labels { values = {job = "app"} }',
    files: { ...files, 'targets.yaml': 'discovery.consul.app:\n  - {__address__: "a:1", __meta_consul_service: a}\n' },
  });
  assert.deepEqual(shown(report), ['label service x2: a -> undefined', 'label job x2: undefined -> app']);
  assert.match(report.notes.join(), /from: discovery\.docker\.app, loki\.source\.docker\.app got no input/);
});

test('a configuration that is refused says where', async () => {
  const result = await runParity({
    from: { name: 'promtail.yaml', text: 'scrape_config: []' },
    to: { name: 'config.alloy', text: '' },
    logs: { root: '/nowhere', pods: [], journal: [], targets: {} },
    accept: [],
    environment: {},
    expandEnv: false,
    startNs,
    writers: { from: undefined, to: undefined },
  });
  assert.ok('diagnostics' in result);
  assert.deepEqual(
    result.diagnostics.map(({ file, line }) => `${file}:${line}`),
    ['promtail.yaml:1'],
  );
});
