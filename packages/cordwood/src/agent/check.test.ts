import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedClock } from '../world/simulated-clock.ts';
import { createAgent } from './agent.ts';
import { checkFiles } from './check.ts';
import { formatFile } from './format-file.ts';
import { graphMermaid } from './graph-mermaid.ts';
import { printTrace, traceLine } from './trace.ts';

const environment = { variable: () => undefined, hostname: 'h', os: 'linux', arch: 'amd64', version: '1' };

const source =
  'loki.source.file "in" {\n  targets    = [{ __path__ = "/a.log", app = "x" }]\n  forward_to = [loki.process.p.receiver]\n}\n';
const sink = 'loki.write "out" {\n  endpoint {\n    url = "http://localhost:1"\n  }\n}\n';
const pipeline = (stages: string) =>
  `${source}loki.process "p" {\n  forward_to = [loki.write.out.receiver]\n${stages}\n}\n${sink}`;

function warns(name: string, text: string, ...expected: string[]): void {
  test(name, () => {
    const found = checkFiles({ files: [{ name: 'c.alloy', text }], environment });
    assert.deepEqual(
      found.map((d) => `${d.severity} ${d.line}:${d.column} ${d.message}`),
      expected,
    );
  });
}

warns(
  'a good pipeline',
  pipeline(
    'stage.cri { }\nstage.json {\n  expressions = { level = "" }\n}\nstage.labels {\n  values = { level = "", app2 = "app" }\n}',
  ),
);
warns(
  'a label of nothing',
  pipeline('stage.json {\n  expressions = { level = "" }\n}\nstage.labels {\n  values = { lvl = "" }\n}'),
  'warning 11:3 nothing before this stage extracts "lvl"',
);
warns(
  'a timestamp of nothing',
  pipeline('stage.timestamp {\n  source = "ts"\n  format = "RFC3339"\n}'),
  'warning 8:3 nothing before this stage extracts "ts"',
);
warns(
  'what a regex could extract is not known',
  pipeline('stage.logfmt {\n  regex = ".*"\n}\nstage.output {\n  source = "msg"\n}'),
);
warns(
  'a name from inside a match lives on',
  pipeline(
    'stage.match {\n  selector = "{app=\\"x\\"}"\n  stage.json {\n    expressions = { m = "" }\n  }\n}\nstage.output {\n  source = "m"\n}',
  ),
);
warns(
  'hours without PM',
  pipeline('stage.cri { }\nstage.timestamp {\n  source = "time"\n  format = "2006-01-02 03:04:05"\n}'),
  'warning 10:3 "2006-01-02 03:04:05" reads hours from 1 to 12 only',
);
warns(
  'a layout of another language',
  pipeline('stage.cri { }\nstage.timestamp {\n  source = "time"\n  format = "YYYY-MM-DD HH:mm:ss"\n}'),
  'warning 10:3 "YYYY-MM-DD HH:mm:ss" has no part of a time in it',
);
warns('a layout by name', pipeline('stage.cri { }\nstage.timestamp {\n  source = "time"\n  format = "UnixMs"\n}'));
warns(
  'a selector of a label that nothing sets',
  pipeline('stage.match {\n  selector = "{app=\\"x\\", env!=\\"prod\\", level=~\\".+\\"}"\n  action = "drop"\n}'),
  'warning 8:3 no entry has a label "level" here',
);
warns(
  'a metric of nothing',
  pipeline(
    'stage.metrics {\n  metric.counter {\n    name = "a"\n    action = "inc"\n    match_all = true\n  }\n  metric.gauge {\n    name = "b"\n    source = "size"\n    action = "set"\n  }\n}',
  ),
  'warning 15:5 nothing before this stage extracts "size"',
);
const discovered = (rules: string, stages: string) => `discovery.kubernetes "k" {
  role = "pod"
}
discovery.relabel "r" {
  targets = discovery.kubernetes.k.targets
  ${rules}
}
loki.source.kubernetes "in" {
  targets    = discovery.relabel.r.output
  forward_to = [loki.process.p.receiver]
}
loki.process "p" {
  forward_to = [loki.write.out.receiver]
  ${stages}
}
${sink}`;
warns(
  'labels of discovered targets are those that relabelling sets',
  discovered(
    'rule {\n    source_labels = ["__meta_kubernetes_namespace"]\n    target_label  = "namespace"\n  }',
    'stage.match {\n    selector = "{namespace=\\"a\\"}"\n    action = "drop"\n  }\n  stage.tenant {\n    label = "team"\n  }',
  ),
  'warning 22:5 no entry has a label "team" here',
);
warns(
  'a labelmap may set any',
  discovered(
    'rule {\n    action = "labelmap"\n    regex  = "__meta_(.*)"\n  }',
    'stage.tenant {\n    label = "team"\n  }',
  ),
);
warns(
  'files of a pattern have the labels of their target',
  `local.file_match "m" {\n  path_targets = [{ __path__ = "/*.log", app = "x" }]\n}\n${pipeline(
    'stage.labels {\n  values = { a = "app", b = "filename", c = "other" }\n}',
  ).replace(/\[\{.*\}\]/, 'local.file_match.m.targets')}`,
  'warning 11:3 nothing before this stage extracts "other"',
);
const declared = (inner: string) =>
  `declare "c" {\n  argument "to" { }\n  loki.process "p" {\n    forward_to = argument.to.value\n    ${inner}\n  }\n  export "receiver" {\n    value = loki.process.p.receiver\n  }\n}\n`;
warns(
  'inside of a declared component, once however often it is used',
  `${declared('stage.replace { expression = "x" }')}${source.replace('loki.process.p', 'c.one')}c "one" {\n  to = [c.two.receiver]\n}\nc "two" {\n  to = [loki.echo.e.receiver]\n}\nloki.echo "e" { }`,
  'warning 5:21 the expression has no group, so nothing is ever replaced',
);
warns(
  'a declared component that is not used',
  `${declared('stage.regex { expression = "(" }')}loki.source.file "in" {\n  targets = []\n  forward_to = [loki.echo.e.receiver]\n}\nloki.echo "e" { }`,
  'warning 1:1 declare "c" is never used',
);
warns(
  'a component that only Alloy runs',
  'loki.source.docker "d" { }',
  'error 1:1 cannot find the definition of component name "loki.source.docker"',
);
warns(
  'a job of a journal',
  'loki.source.journal "j" {\n  labels     = { job = "node" }\n  forward_to = [loki.echo.e.receiver]\n}\nloki.echo "e" { }',
  'warning 2:3 the label job is overwritten: it is always "loki.source.journal.j"',
);
warns(
  'times without a year',
  'loki.source.syslog "s" {\n  listener {\n    address = ":1514"\n    syslog_format = "rfc3164"\n    use_incoming_timestamp = true\n  }\n  forward_to = [loki.echo.e.receiver]\n}\nloki.echo "e" { }',
  'warning 5:5 times of RFC 3164 have no year: Alloy sends the year 0, which Loki refuses',
);
warns(
  'a replace that cannot replace',
  pipeline('stage.replace {\n  expression = "secret"\n}'),
  'warning 8:3 the expression has no group, so nothing is ever replaced',
);
warns(
  'a process that nothing reaches',
  `${sink}loki.process "p" {\n  forward_to = [loki.write.out.receiver]\n}`,
  'warning 1:1 nothing is ever sent to loki.write.out',
  'warning 6:1 nothing is ever sent to loki.process.p',
);
warns(
  'a source that feeds nothing',
  'loki.source.file "in" {\n  targets    = []\n  forward_to = []\n}',
  'warning 3:3 what reaches loki.source.file.in goes nowhere',
);
warns(
  'a pattern without file_match',
  'loki.source.file "in" {\n  targets    = [{ __path__ = "/var/log/*.log" }]\n  forward_to = [loki.echo.e.receiver]\n}\nloki.echo "e" { }',
  'warning 2:3 "/var/log/*.log" is a pattern, but file_match is not enabled: it is taken for the name of a file',
);
warns(
  'a deprecated name',
  `${source.replace('"x"', 'env("APP")')}loki.process "p" {\n  forward_to = [loki.write.out.receiver]\n}\n${sink}`,
  'warning 2:46 function "env" is deprecated',
);
warns(
  'a tenant header that is replaced',
  `${source.replace('process.p', 'write.out')}loki.write "out" {\n  endpoint {\n    url       = "http://localhost:1"\n    headers   = { "X-Scope-OrgID" = "a" }\n    tenant_id = "b"\n  }\n}`,
  'warning 8:5 the header X-Scope-OrgID is replaced by the tenant of the batch',
);
warns('errors come alone', 'loki.process "p" { }', 'error 1:1 missing required attribute "forward_to"');

test('format: canonical text, and where a file differs', () => {
  assert.deepEqual(formatFile({ name: 'a', text: 'a {\n\tb = 1\n}\n' }), {
    text: 'a {\n\tb = 1\n}\n',
    differsAt: undefined,
  });
  assert.deepEqual(formatFile({ name: 'a', text: 'a {\n  b = 1\n}\n' }), {
    text: 'a {\n\tb = 1\n}\n',
    differsAt: { line: 2, column: 1 },
  });
  assert.equal(formatFile({ name: 'a', text: 'a {' }).diagnostics?.length, 1);
});

test('graph: entries flow from sources to sinks, targets from discovery to sources', () => {
  const text = `local.file_match "m" {\n  path_targets = []\n}\n${source.replace(/\[\{.*\}\]/, 'local.file_match.m.targets')}loki.process "p" {\n  forward_to = [loki.write.out.receiver]\n}\n${sink}`;
  const { agent } = createAgent({
    files: [{ name: 'c', text }],
    environment,
    dataDirectory: '',
    clock: new SimulatedClock(0n),
    log: () => {},
  });
  assert.deepEqual(
    graphMermaid(agent!)
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
    [
      'flowchart LR',
      'n0["local.file_match<br>m"]',
      'n1["loki.write<br>out"]',
      'n2["loki.process<br>p"]',
      'n3["loki.source.file<br>in"]',
      'n2 --> n1',
      'n0 --> n3',
      'n3 --> n2',
    ],
  );
});

test('trace: a line through every stage, and where it ends', async () => {
  const text = pipeline(`stage.cri { }
  stage.json { expressions = { level = "", msg = "" } }
  stage.match {
    selector = "{app=\\"x\\"}"
    stage.labels { values = { level = "" } }
  }
  stage.drop {
    source              = "level"
    value               = "debug"
    drop_counter_reason = "noise"
  }
  stage.output { source = "msg" }`);
  const trace = (line: string) =>
    traceLine({
      files: [{ name: 'c.alloy', text }],
      environment,
      clock: new SimulatedClock(0n),
      line,
      labels: { app: 'x' },
    });
  const kept = await trace('2026-01-02T03:04:05.5Z stdout F {"level":"info","msg":"hello"}');
  assert.ok(kept.trace);
  assert.equal(
    printTrace(kept.trace),
    `loki.process.p
  stage.cri
    line       "{\\"level\\":\\"info\\",\\"msg\\":\\"hello\\"}"
    time       2026-01-02T03:04:05.500000000Z
    label      stream = "stdout"
    extracted  content = "{\\"level\\":\\"info\\",\\"msg\\":\\"hello\\"}"
    extracted  flags = "F"
    extracted  time = "2026-01-02T03:04:05.5Z"
  stage.json
    extracted  level = "info"
    extracted  msg = "hello"
  stage.match
    stage.labels
      label      level = "info"
  stage.drop
    no change
  stage.output
    line       "hello"
loki.write.out
  line       "hello"
  labels     {"app":"x","level":"info","stream":"stdout"}
  time       2026-01-02T03:04:05.500000000Z
`,
  );
  const dropped = await trace('2026-01-02T03:04:05.5Z stdout F {"level":"debug"}');
  assert.ok(dropped.trace);
  assert.deepEqual(dropped.trace.dropped, { 'loki.process.p: noise': 1 });
  assert.match(
    printTrace(dropped.trace),
    /stage\.drop\n {4}the line ends here, or waits for others\ndropped by loki\.process\.p: noise \(1\)\n$/,
  );
});

test('trace: the rules of loki.relabel, and an entry that becomes several', async () => {
  const text = `loki.relabel "r" {
  forward_to = [loki.process.p.receiver]
  rule {
    target_label = "env"
    replacement  = "prod"
  }
}
loki.process "p" {
  forward_to = [loki.write.out.receiver]
  stage.split_json { }
}
${sink}`;
  const options = {
    files: [{ name: 'c.alloy', text }],
    environment,
    clock: new SimulatedClock(0n),
    line: '[1,2]',
    labels: { app: 'x' },
  };
  const { trace } = await traceLine(options);
  assert.match(
    printTrace(trace!),
    /^loki\.relabel\.r\n {2}rules\n {4}label {6}env = "prod"\nloki\.process\.p\n {2}stage\.split_json\n {4}becomes 2 entries\n/,
  );
  assert.equal(trace!.delivered.length, 2);
});

test('trace: where a line enters must be clear', async () => {
  const process = (name: string) => `loki.process "${name}" {\n  forward_to = [loki.write.out.receiver]\n}\n`;
  const options = {
    files: [{ name: 'c.alloy', text: `${process('a')}${process('b')}${sink}` }],
    environment,
    clock: new SimulatedClock(0n),
    line: 'x',
    labels: {},
  };
  assert.equal(
    (await traceLine(options)).problem,
    'the line could enter at loki.process.a, loki.process.b; --component says where',
  );
  assert.equal((await traceLine({ ...options, component: 'loki.process.b' })).trace?.delivered.length, 1);
  assert.match(
    (await traceLine({ ...options, component: 'loki.process.c' })).problem!,
    /^loki\.process\.c takes no log/,
  );
});
