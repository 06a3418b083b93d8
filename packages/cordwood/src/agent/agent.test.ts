import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { SimulatedClock } from '../world/simulated-clock.ts';
import { createAgent } from './agent.ts';
import type { Stability } from './component.ts';
import { withWorkplace } from './test/agent-under-test.ts';
import { PushServer } from './test/push-server.ts';

function load(text: string, stability?: Stability) {
  return createAgent({
    files: [{ name: 'c.alloy', text }],
    dataDirectory: '/nowhere',
    clock: new SimulatedClock(0n),
    log: () => {},
    environment: {
      variable: (name) => ({ LEVEL: 'debug' })[name],
      hostname: 'h',
      os: 'linux',
      arch: 'amd64',
      version: '1',
    },
    ...(stability ? { stability } : {}),
  });
}

/** The diagnostics of a configuration, as `line:column message | hint`. */
function refuses(name: string, text: string, ...expected: string[]): void {
  test(`refuses ${name}`, () => {
    const found = load(text).diagnostics?.map(
      (d) => `${d.line}:${d.column} ${d.message}${d.hint ? ` | ${d.hint}` : ''}`,
    );
    assert.deepEqual(found, expected);
  });
}

const write = 'loki.write "out" {\n  endpoint {\n    url = "http://localhost:1"\n  }\n}\n';

refuses(
  'a syntax error',
  'loki.write "out" {\n  endpoint\n}',
  '2:11 expected attribute assignment or block body, got TERMINATOR | A label is a name in double quotes.',
);
refuses('an attribute at the top', 'a = 1', '1:1 unrecognized attribute a | A configuration consists of blocks.');
refuses(
  'an unknown component',
  'loki.proces "x" { }',
  '1:1 cannot find the definition of component name "loki.proces" | Did you mean loki.process?',
);
refuses(
  'a component that is not run here',
  'mimir.rules.kubernetes "x" { }',
  '1:1 cannot find the definition of component name "mimir.rules.kubernetes" | Grafana Alloy has it, and Cordwood does not run it.',
);
refuses('a component without label', 'loki.echo { }', '1:1 component "loki.echo" must have a label');
refuses(
  'a second one of a name',
  'loki.echo "x" { }\nloki.echo "x" { }',
  '2:1 block loki.echo.x already declared at c.alloy:1:1',
);
refuses(
  'a reference to nothing',
  'loki.process "p" {\n  forward_to = [loki.echo.y.receiver]\n}\nloki.echo "x" { }',
  '2:17 component "loki.echo.y.receiver" does not exist or is out of scope | Did you mean loki.echo.x.receiver?',
);
refuses(
  'a reference to what is not exported',
  'loki.process "p" {\n  forward_to = [loki.echo.x.input]\n}\nloki.echo "x" { }',
  '2:17 "loki.echo.x" does not export "input" | It exports receiver.',
);
refuses(
  'a cycle',
  'loki.process "a" {\n  forward_to = [loki.process.b.receiver]\n}\nloki.process "b" {\n  forward_to = [loki.process.a.receiver]\n}',
  '1:1 cycle: loki.process.a, loki.process.b | Components may not feed each other in a circle.',
);
refuses(
  'a component that feeds itself',
  'loki.process "a" {\n  forward_to = [loki.process.a.receiver]\n}',
  '2:17 self reference: loki.process.a',
);
refuses(
  'a value of the wrong type',
  `${write}loki.process "p" {\n  forward_to = loki.write.out.receiver\n}`,
  '7:16 loki.write.out.receiver should be list(capsule("loki.LogsReceiver")), got capsule("loki.LogsReceiver")',
);
refuses(
  'a bad expression in a nested stage, at its place',
  'loki.process "p" {\n  forward_to = []\n  stage.match {\n    selector = "{a=\\"b\\"}"\n    stage.regex {\n      expression = "(?P<x>a"\n    }\n  }\n}',
  '6:20 "(?P<x>a" could not compile regular expression: error parsing regexp: missing closing ): `(?P<x>a`',
);
refuses(
  'what Alloy has and we do not run',
  'loki.write "out" {\n  endpoint {\n    url       = "http://localhost:1"\n    proxy_url = "http://p"\n  }\n}',
  '4:5 attribute "proxy_url" is not supported: Cordwood does not speak through a proxy | Remove it, or run this file with Grafana Alloy.',
);
refuses(
  'a misspelt argument',
  `${write}loki.process "p" {\n  forward_t = []\n}`,
  '6:1 missing required attribute "forward_to"',
  '7:3 unrecognized attribute name "forward_t" | Did you mean forward_to?',
);
refuses(
  'two ways to authenticate',
  'loki.write "out" {\n  endpoint {\n    url = "http://localhost:1"\n    bearer_token = "a"\n    basic_auth {\n      username = "u"\n    }\n  }\n}',
  '2:3 at most one of basic_auth, authorization, oauth2, bearer_token & bearer_token_file must be configured',
);
refuses('a failing expression', 'logging {\n  level = sys.env("LEVEL") + 1\n}', '2:30 expected string, got number');
refuses(
  'an unknown component once, not wherever it is used',
  'loki.nope "x" { }\nloki.process "p" {\n  forward_to = [loki.nope.x.receiver]\n}',
  '1:1 cannot find the definition of component name "loki.nope" | Cordwood does not run this component; Grafana Alloy may.',
);
refuses(
  'all problems at once, in the order of the text',
  'loki.nope "x" { }\nloki.echo "y" {\n  z = 1\n}',
  '1:1 cannot find the definition of component name "loki.nope" | Cordwood does not run this component; Grafana Alloy may.',
  '3:3 unrecognized attribute name "z"',
);

test('accepts settings, and names of the standard library', () => {
  assert.ok(load('logging {\n  level = sys.env("LEVEL")\n}\nlivedebugging {\n  enabled = true\n}').agent);
});

test('components tell their health, metrics name them', () => {
  const { agent } = load(
    `${write}loki.process "p" {\n  forward_to = [loki.write.out.receiver]\n  stage.static_labels {\n    values = { a = "b" }\n  }\n}`,
  );
  assert.deepEqual(
    agent!.components().map(({ id, health, dependsOn }) => ({ id, health, dependsOn })),
    [
      { id: 'loki.write.out', health: 'healthy', dependsOn: [] },
      { id: 'loki.process.p', health: 'healthy', dependsOn: ['loki.write.out'] },
    ],
  );
  assert.match(agent!.metrics(), /alloy_component_controller_running_components\{health_type="healthy"\} 2/);
  assert.match(agent!.metrics(), /alloy_config_last_load_successful 1/);
});

test('an export that changes re-evaluates who uses it: files come through file_match and relabelling', () =>
  withWorkplace(async (work) => {
    const server = new PushServer();
    await server.listen();
    mkdirSync(work.path('logs'));
    const agent = await work.start(`
      local.file_match "m" {
        path_targets = [{ __path__ = "${work.path('logs')}/*.log", env = "test" }]
        sync_period  = "1s"
      }
      discovery.relabel "r" {
        targets = local.file_match.m.targets
        rule {
          source_labels = ["__path__"]
          regex         = ".*/([^/]+)\\\\.log"
          target_label  = "service"
        }
        rule {
          source_labels = ["service"]
          regex         = "noise"
          action        = "drop"
        }
      }
      loki.source.file "f" {
        targets    = discovery.relabel.r.output
        forward_to = [loki.relabel.l.receiver]
      }
      loki.relabel "l" {
        forward_to = [loki.write.out.receiver]
        rule {
          regex  = "filename"
          action = "labeldrop"
        }
      }
      loki.write "out" {
        endpoint {
          url = "${server.url}"
        }
      }`);
    writeFileSync(work.path('logs/shop.log'), 'one\n');
    writeFileSync(work.path('logs/noise.log'), 'no\n');
    await work.until('the first file', () => server.entries.length === 1);
    writeFileSync(work.path('logs/bank.log'), 'two\n');
    appendFileSync(work.path('logs/shop.log'), 'three\n');
    await work.until('the second file', () => server.entries.length === 3);
    assert.deepEqual(server.entries.map(({ labels, line }) => `${labels} ${line}`).sort(), [
      '{env="test", service="bank"} two',
      '{env="test", service="shop"} one',
      '{env="test", service="shop"} three',
    ]);
    await work.stop(agent);
    await server.close();
  }));

test('two pipelines behind one source do not see each other’s changes', () =>
  withWorkplace(async (work) => {
    const server = new PushServer();
    await server.listen();
    writeFileSync(work.path('a.log'), 'secret word\n');
    const branch = (name: string, stages: string) =>
      `loki.process "${name}" {\n forward_to = [loki.write.out.receiver]\n stage.static_labels {\n values = { branch = "${name}" }\n }\n${stages}\n}\n`;
    await work.start(`
      loki.source.file "f" {
        targets    = [{ __path__ = "${work.path('a.log')}" }]
        forward_to = [loki.process.x.receiver, loki.process.y.receiver]
      }
      ${branch('x', 'stage.replace {\n expression = "(secret)"\n replace = "***"\n }')}
      ${branch('y', '')}
      loki.write "out" {
        endpoint {
          url = "${server.url}"
        }
      }`);
    await work.until('both', () => server.entries.length === 2);
    assert.deepEqual(server.entries.map(({ labels, line }) => `${/branch="(.)"/.exec(labels)![1]} ${line}`).sort(), [
      'x *** word',
      'y secret word',
    ]);
    await server.close();
  }));
