import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { SimulatedClock } from '../world/simulated-clock.ts';
import { createAgent } from './agent.ts';
import type { Stability } from './component.ts';
import { type Workplace, withWorkplace } from './test/agent-under-test.ts';
import { PushServer } from './test/push-server.ts';

function load(text: string, stability: Stability = 'generally-available') {
  return createAgent({
    files: [{ name: 'c.alloy', text }],
    dataDirectory: '/nowhere',
    clock: new SimulatedClock(0n),
    log: () => {},
    environment: { variable: () => undefined, hostname: 'h', os: 'linux', arch: 'amd64', version: '1' },
    stability,
  });
}

function refuses(name: string, text: string, ...expected: string[]): void {
  test(`refuses ${name}`, () => {
    assert.deepEqual(
      load(text).diagnostics?.map((d) => `${d.file}:${d.line}:${d.column} ${d.message}`),
      expected,
    );
  });
}

function scenario(name: string, run: (work: Workplace, server: PushServer, sink: string) => Promise<void>): void {
  test(name, () =>
    withWorkplace(async (work) => {
      const server = new PushServer();
      await server.listen();
      const sink = `loki.write "out" {\n  endpoint {\n    url = "${server.url}"\n  }\n}\n`;
      try {
        await run(work, server, sink);
      } finally {
        await server.close();
      }
    }),
  );
}

const tagger = `declare "tagger" {
  argument "forward_to" { }
  argument "tag" {
    optional = true
    default  = "none"
  }
  loki.process "p" {
    forward_to = argument.forward_to.value
    stage.static_labels {
      values = { tag = argument.tag.value }
    }
  }
  export "receiver" {
    value = loki.process.p.receiver
  }
}
`;

scenario('a declared component: arguments, defaults, exports, two uses', async (work, server, sink) => {
  writeFileSync(work.path('a.log'), 'one\n');
  const agent = await work.start(`${tagger}${sink}
    tagger "a" {
      forward_to = [loki.write.out.receiver]
      tag        = "A"
    }
    tagger "b" {
      forward_to = [tagger.a.receiver]
    }
    loki.source.file "f" {
      targets    = [{ __path__ = "${work.path('a.log')}" }]
      forward_to = [tagger.a.receiver, tagger.b.receiver]
    }`);
  await work.until('two entries', () => server.entries.length === 2);
  assert.deepEqual(
    server.entries.map(({ labels }) => /tag="([^"]*)"/.exec(labels)![1]),
    ['A', 'A'],
  );
  assert.deepEqual(
    agent
      .components()
      .map(({ id }) => id)
      .filter((id) => id.includes('/')),
    ['tagger.a/loki.process.p', 'tagger.b/loki.process.p'],
  );
});

scenario(
  'a module with a source of its own gets new arguments when targets change, and drains at stop',
  async (work, server, sink) => {
    mkdirSync(work.path('logs'));
    writeFileSync(work.path('logs/1.log'), 'one\n');
    const agent = await work.start(`
    declare "tail" {
      argument "targets" { }
      argument "to" { }
      loki.source.file "f" {
        targets    = argument.targets.value
        forward_to = argument.to.value
      }
    }
    ${sink}
    local.file_match "m" {
      path_targets = [{ __path__ = "${work.path('logs')}/*.log" }]
      sync_period  = "1s"
    }
    tail "x" {
      targets = local.file_match.m.targets
      to      = [loki.write.out.receiver]
    }`);
    await work.until('the first', () => server.entries.length === 1);
    writeFileSync(work.path('logs/2.log'), 'two\n');
    await work.until('the second', () => server.entries.length === 2);
    appendFileSync(work.path('logs/2.log'), 'three\n');
    await work.stop(agent);
    const again = await work.start(`
    declare "tail" {
      argument "targets" { }
      argument "to" { }
      loki.source.file "f" {
        targets    = argument.targets.value
        forward_to = argument.to.value
      }
    }
    ${sink}
    tail "x" {
      targets = [{ __path__ = "${work.path('logs')}/1.log" }, { __path__ = "${work.path('logs')}/2.log" }]
      to      = [loki.write.out.receiver]
    }`);
    await work.until('the third', () => server.entries.length >= 3);
    await work.stop(again);
    assert.deepEqual(server.lines.sort(), ['one', 'three', 'two']);
  },
);

scenario(
  'import.file of a file and of a folder, import.string, an import within an import',
  async (work, server, sink) => {
    mkdirSync(work.path('modules'));
    writeFileSync(work.path('modules/tag.alloy'), tagger);
    writeFileSync(
      work.path('modules/deep.alloy'),
      `import.file "inner" {\n  filename = file.path_join(module_path, "tag.alloy")\n}\ndeclare "deep" {\n  argument "to" { }\n  inner.tagger "t" {\n    forward_to = argument.to.value\n    tag        = "deep"\n  }\n  export "receiver" {\n    value = inner.tagger.t.receiver\n  }\n}\n`,
    );
    writeFileSync(work.path('a.log'), 'one\n');
    await work.start(`
    import.file "files" {
      filename = "${work.path('modules')}"
    }
    import.file "one" {
      filename = "${work.path('modules/tag.alloy')}"
    }
    import.string "text" {
      content = \`${tagger}\`
    }
    ${sink}
    files.deep "d" {
      to = [loki.write.out.receiver]
    }
    one.tagger "o" {
      forward_to = [loki.write.out.receiver]
      tag        = "one"
    }
    text.tagger {
      forward_to = [loki.write.out.receiver]
      tag        = "text"
    }
    loki.source.file "f" {
      targets    = [{ __path__ = "${work.path('a.log')}" }]
      forward_to = [files.deep.d.receiver, one.tagger.o.receiver, text.tagger.receiver]
    }`);
    await work.until('three entries', () => server.entries.length === 3);
    assert.deepEqual(server.entries.map(({ labels }) => /tag="([^"]*)"/.exec(labels)![1]).sort(), [
      'deep',
      'one',
      'text',
    ]);
  },
);

test('foreach runs its template for each element', () =>
  withWorkplace(async (work) => {
    const server = new PushServer();
    await server.listen();
    const { agent, diagnostics } = load(
      `loki.write "out" {
        endpoint {
          url = "${server.url}"
        }
      }
      foreach "teams" {
        collection = [{ name = "a-1" }, { name = "b" }, { name = "b" }, { name = 3 }]
        var        = "team"
        id         = "name"
        template {
          loki.process "p" {
            forward_to = [loki.write.out.receiver]
            stage.static_labels {
              values = { team = string.to_upper(team["name"]) }
            }
          }
          loki.relabel "r" {
            forward_to = [loki.process.p.receiver]
          }
        }
      }`,
      'experimental',
    );
    assert.deepEqual(diagnostics, undefined);
    const ids = agent!
      .components()
      .map(({ id }) => id)
      .filter((id) => id.endsWith('.p'));
    assert.deepEqual(
      ids,
      ['a_1_1', 'b_1', 'b_2', '3_1'].map((id) => `foreach.teams/foreach_${id}/loki.process.p`),
    );
    await server.close();
    assert.equal(work.messages.length, 0);
  }));

refuses(
  'foreach below its stability',
  'foreach "x" {\n  collection = []\n  var = "v"\n  template { }\n}',
  'c.alloy:1:1 component "foreach" is at stability level "experimental", which is below the minimum allowed stability level "generally-available"',
);
refuses(
  'an experimental function',
  'loki.process "p" {\n  forward_to = array.combine_maps([], [], ["a"])\n}',
  'c.alloy:2:16 function "array.combine_maps" is experimental',
);
refuses(
  'a missing argument',
  `${tagger}tagger "a" { }`,
  'c.alloy:17:1 missing required argument "forward_to" to module',
);
refuses(
  'an argument that is not declared',
  `${tagger}tagger "a" {\n  forward_to = []\n  tags = 1\n}`,
  'c.alloy:17:1 Provided argument "tags" is not defined in the module',
);
refuses(
  'a mistake inside of a module, at its place',
  'declare "d" {\n  loki.process "p" {\n    forward = []\n  }\n}\nd "x" { }',
  'c.alloy:2:3 missing required attribute "forward_to"',
  'c.alloy:3:5 unrecognized attribute name "forward"',
);
refuses(
  'a module that reaches outside',
  `loki.echo "e" { }\ndeclare "d" {\n  loki.process "p" {\n    forward_to = [loki.echo.e.receiver]\n  }\n}\nd "x" { }`,
  'c.alloy:4:19 component "loki.echo.e.receiver" does not exist or is out of scope',
);
refuses(
  'two declarations of a name',
  'declare "d" { }\ndeclare "d" { }',
  'c.alloy:2:1 component "d" is already declared',
);
refuses(
  'a module file that is not there',
  'import.file "m" {\n  filename = "/no/such.alloy"\n}',
  "c.alloy:1:1 cannot read the module: ENOENT: no such file or directory, stat '/no/such.alloy'",
);
refuses(
  'components at the top of a module',
  'import.string "m" {\n  content = "loki.echo \\"x\\" { }"\n}',
  'c.alloy (import.string "m"):1:1 only declare and import blocks are allowed in a module',
);
refuses(
  'imports from elsewhere',
  'import.http "m" {\n  url = "http://x"\n}',
  'c.alloy:1:1 import.http is not supported',
);
