import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import type { Agent } from '../agent.ts';
import { type Workplace, withWorkplace } from '../test/agent-under-test.ts';
import { PushServer } from '../test/push-server.ts';
import { createSelfSigned, withoutOpenssl } from '../test/self-signed.ts';

interface Scene {
  readonly work: Workplace;
  readonly server: PushServer;
  readonly agent: Agent;
  readonly port: number;
  /** Sends over TCP and closes. */
  send(text: string): Promise<void>;
  received(count: number): Promise<string[]>;
}

const rules = `
loki.relabel "r" {
  forward_to = []
  rule {
    action = "labelmap"
    regex  = "__syslog_(message_.*|connection_ip_address)"
  }
}`;

function scenario(name: string, listener: string, run: (scene: Scene) => Promise<void>): void {
  test(name, () =>
    withWorkplace(async (work) => {
      const server = new PushServer();
      await server.listen();
      const agent = await work.start(`${rules}
loki.source.syslog "in" {
  listener {
    address = "127.0.0.1:0"
    labels  = { job = "syslog" }
    ${listener.replaceAll('FOLDER', work.directory)}
  }
  relabel_rules = loki.relabel.r.rules
  forward_to    = [loki.write.out.receiver]
}
loki.write "out" {
  endpoint {
    url        = "${server.url}"
    batch_wait = "50ms"
  }
}`);
      const line = () => work.messages.find((message) => message.includes('syslog listener'));
      await work.until('the listener', () => line() !== undefined);
      const port = Number(/127\.0\.0\.1:(\d+)/.exec(line()!)![1]);
      try {
        await run({
          work,
          server,
          agent,
          port,
          send: (text) =>
            new Promise((resolve, reject) => {
              const socket = connectTcp(port, '127.0.0.1', () => socket.end(text, resolve));
              socket.on('error', reject);
            }),
          async received(count) {
            await work.until(`${count} entries`, () => server.entries.length >= count);
            return server.lines;
          },
        });
      } finally {
        await server.close();
      }
    }),
  );
}

scenario(
  'RFC 5424 over TCP, counted and by lines',
  'label_structured_data = true',
  async ({ send, received, server }) => {
    const first = '<165>1 2026-01-02T03:04:05Z host-5 e 77 id1 [custom@32473 exkey="1"] An application event';
    await send(`${first.length} ${first}`);
    await received(1);
    await send('<13>1 - - app - - - second\n<13>1 - - app - - - third\n');
    assert.deepEqual(await received(3), ['An application event', 'second', 'third']);
    assert.equal(
      server.entries[0]!.labels,
      '{connection_ip_address="127.0.0.1", job="syslog", message_app_name="e", message_facility="local4", message_hostname="host-5", message_msg_id="id1", message_proc_id="77", message_sd_custom_32473_exkey="1", message_severity="notice"}',
    );
  },
);

scenario('the time of the message when asked', 'use_incoming_timestamp = true', async ({ send, received, server }) => {
  await send('<13>1 2026-01-02T03:04:05.000007Z - app - - - x\n');
  await received(1);
  assert.equal(server.entries[0]!.timestampNs, BigInt(Date.UTC(2026, 0, 2, 3, 4, 5)) * 1_000_000n + 7000n);
});

scenario('the whole message when asked', 'use_rfc5424_message = true', async ({ send, received }) => {
  await send('<13>1 - - app - - - x\n');
  assert.deepEqual(await received(1), ['<13>1 - - app - - - x']);
});

scenario(
  'RFC 3164',
  'syslog_format = "rfc3164"\nuse_incoming_timestamp = true\nrfc3164_default_to_current_year = true',
  async ({ send, received, server }) => {
    await send('<34>Mar 11 22:14:15 mymachine su[230]: failed\n');
    assert.deepEqual(await received(1), ['failed']);
    assert.equal(server.entries[0]!.timestampNs, BigInt(Date.UTC(2026, 2, 11, 22, 14, 15)) * 1_000_000n);
    assert.match(server.entries[0]!.labels, /message_app_name="su".*message_proc_id="230"/);
  },
);

scenario('raw lines', 'syslog_format = "raw"', async ({ send, received }) => {
  await send('anything\n12 goes\n');
  assert.deepEqual(await received(2), ['anything', '12 goes']);
});

scenario('UDP', 'protocol = "udp"', async ({ port, received }) => {
  const socket = createSocket('udp4');
  for (let i = 0; i < 20; i++) socket.send(`<13>1 - - app - - - m${i}\n`, port, '127.0.0.1');
  const lines = await received(20);
  socket.close();
  assert.deepEqual(lines.toSorted(), Array.from({ length: 20 }, (_, i) => `m${i}`).toSorted());
});

scenario(
  'what cannot be read is counted, and the rest goes on',
  'max_message_length = "100B"',
  async ({ send, received, agent, work }) => {
    await send(
      `<999>1 - - app - - - bad\n<13>1 - - app - - - ${'x'.repeat(200)}\n<13>1 - - app - - -\n<13>1 - - app - - - good\n`,
    );
    assert.deepEqual(await received(1), ['good']);
    await send('hello');
    await work.until('the errors', () => /parsing_errors_total\{.*\} 3/.test(agent.metrics()));
    assert.match(agent.metrics(), /empty_messages_total\{.*\} 1/);
  },
);

scenario('nothing is lost while the server is away', '', async ({ send, received, server }) => {
  server.answer = () => 503;
  for (let i = 0; i < 50; i++) await send(`<13>1 - - app - - - m${i}\n`);
  server.answer = () => 204;
  assert.equal(new Set(await received(50)).size, 50);
});

test('TLS', { skip: withoutOpenssl() }, () =>
  withWorkplace(async (work) => {
    const { key, cert } = createSelfSigned(work.directory);
    const server = new PushServer();
    await server.listen();
    await work.start(`
loki.source.syslog "in" {
  listener {
    address = "127.0.0.1:0"
    labels  = { job = "syslog" }
    tls_config {
      cert_file = "${cert}"
      key_file  = "${key}"
    }
  }
  forward_to = [loki.write.out.receiver]
}
loki.write "out" {
  endpoint {
    url        = "${server.url}"
    batch_wait = "50ms"
  }
}`);
    const line = () => work.messages.find((message) => message.includes('syslog listener'));
    await work.until('the listener', () => line() !== undefined);
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(line()!)![1]);
    await new Promise<void>((resolve, reject) => {
      const socket: Socket = connectTls(
        { port, host: '127.0.0.1', servername: 'localhost', ca: readFileSync(cert) },
        () => socket.end('<13>1 - - app - - - secret\n', resolve),
      );
      socket.on('error', reject);
    });
    await work.until('the entry', () => server.entries.length === 1);
    assert.deepEqual(server.lines, ['secret']);
    await server.close();
  }),
);

test('an address that is taken makes the component unhealthy', () =>
  withWorkplace(async (work) => {
    const config = (port: number) => `
loki.source.syslog "in" {
  listener {
    address = "127.0.0.1:${port}"
  }
  forward_to = [loki.echo.e.receiver]
}
loki.echo "e" { }`;
    const first = await work.start(config(0));
    await work.until('the listener', () => work.messages.some((message) => message.includes('syslog listener')));
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(work.messages.join('\n'))![1]);
    const second = await work.start(config(port));
    await work.until('bad health', () => second.components().some(({ health }) => health === 'unhealthy'));
    assert.ok(first.components().every(({ health }) => health === 'healthy'));
  }));
