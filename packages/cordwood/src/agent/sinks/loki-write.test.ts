import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Workplace, withWorkplace } from '../test/agent-under-test.ts';
import { PushServer } from '../test/push-server.ts';

/** File `in.log` to the server, with more arguments for the endpoint, and for the component. */
function config(work: Workplace, server: PushServer, endpoint = '', component = '', stages = ''): string {
  return `
loki.source.file "in" {
  targets    = [{ __path__ = "${work.path('in.log')}", app = "a" }]
  forward_to = [loki.process.p.receiver]
}
loki.process "p" {
  forward_to = [loki.write.out.receiver]
  ${stages}
}
loki.write "out" {
  ${component}
  endpoint {
    url = "${server.url}"
    ${endpoint}
  }
}`;
}

function scenario(name: string, run: (work: Workplace, server: PushServer) => Promise<void>): void {
  test(name, () =>
    withWorkplace(async (work) => {
      const server = new PushServer();
      await server.listen();
      try {
        await run(work, server);
      } finally {
        await server.close();
      }
    }),
  );
}

function write(work: Workplace, ...lines: string[]): void {
  appendFileSync(work.path('in.log'), lines.map((line) => `${line}\n`).join(''));
}

scenario('labels, tenant, metadata and time reach the server', async (work, server) => {
  write(work, '{"ns":"team-a","trace":"t1","ts":"2024-01-02T03:04:05.000000006Z"}', 'plain');
  await work.start(
    config(
      work,
      server,
      'headers = { "X-Extra" = "1", "X-Scope-OrgID" = "ignored" }\ntenant_id = "fallback"',
      'external_labels = { cluster = "c1", app = "never wins" }',
      `stage.json { expressions = { ns = "", trace = "", ts = "" } }
       stage.tenant { source = "ns" }
       stage.labels { values = { __hidden = "trace" } }
       stage.structured_metadata { values = { trace = "" } }
       stage.timestamp {
         source            = "ts"
         format            = "RFC3339Nano"
         action_on_failure = "skip"
       }`,
    ),
  );
  await work.until('both entries', () => server.entries.length === 2);
  const labels = `{app="a", cluster="c1", filename="${work.path('in.log')}"}`;
  const json = server.entries.find((entry) => entry.tenant === 'team-a');
  assert.deepEqual(json, {
    tenant: 'team-a',
    labels,
    timestampNs: 1704164645000000006n,
    line: '{"ns":"team-a","trace":"t1","ts":"2024-01-02T03:04:05.000000006Z"}',
    metadata: { trace: 't1' },
  });
  const plain = server.entries.find((entry) => entry.tenant === 'fallback');
  assert.equal(plain?.line, 'plain');
  assert.equal(plain?.labels, labels);
  const { headers } = server.requests[0]!;
  assert.equal(headers['x-extra'], '1');
  assert.equal(headers['content-type'], 'application/x-protobuf');
  assert.equal(headers['content-encoding'], 'snappy');
  assert.match(String(headers['user-agent']), /^Cordwood\//);
});

scenario('a batch is sent when it is full, and after its wait', async (work, server) => {
  write(work, ...Array.from({ length: 10 }, (_, i) => `${i}`.padEnd(100, '.')));
  await work.start(config(work, server, 'batch_size = "350B"\nbatch_wait = "2s"'));
  await work.until('three full batches', () => server.requests.length >= 3);
  assert.deepEqual(
    server.requests.map((request) => request.entries.length),
    [3, 3, 3],
  );
  await work.until('the rest', () => server.entries.length === 10);
  assert.deepEqual(
    server.lines.map((line) => line[0]),
    [...'0123456789'],
  );
});

scenario('an entry larger than a batch is sent alone', async (work, server) => {
  write(work, 'small', 'x'.repeat(1000), 'small too');
  await work.start(config(work, server, 'batch_size = "100B"'));
  await work.until('all entries', () => server.entries.length === 3);
  assert.deepEqual(
    server.requests.map((request) => request.entries.length),
    [1, 1, 1],
  );
});

scenario('5xx and 429 are tried again, in order, with growing pauses', async (work, server) => {
  const times: number[] = [];
  server.answer = (attempt) => {
    times.push(work.clock.monotonicMs());
    return [500, 429, 503, 204][Math.min(attempt, 3)]!;
  };
  write(work, 'one', 'two');
  const agent = await work.start(config(work, server));
  await work.until('delivery', () => server.entries.length === 2);
  const pauses = times.slice(1).map((time, i) => time - times[i]!);
  for (const [i, pause] of pauses.entries()) {
    assert.ok(pause >= 500 * 2 ** i - 1 && pause <= 1000 * 2 ** i + 200, `pause ${i} is ${pause} ms`);
  }
  assert.match(agent.metrics(), /loki_write_batch_retries_total\{[^}]*\} 3/);
  assert.match(agent.metrics(), /loki_write_sent_entries_total\{[^}]*\} 2/);
});

scenario('Retry-After is honoured', async (work, server) => {
  const times: number[] = [];
  server.answer = (attempt) => {
    times.push(work.clock.monotonicMs());
    return attempt === 0 ? { status: 429, headers: { 'retry-after': '20' } } : 204;
  };
  write(work, 'one');
  await work.start(config(work, server));
  await work.until('delivery', () => server.entries.length === 1);
  assert.ok(times[1]! - times[0]! >= 20_000, `${times[1]! - times[0]!}`);
});

scenario('other 4xx and exhausted retries are dropped, counted, and do not stop what follows', async (work, server) => {
  server.answer = (_attempt, entries) => {
    if (entries[0]!.line === 'bad') return { status: 400, body: 'no such thing' };
    return entries[0]!.line === 'never' ? 500 : 204;
  };
  write(work, 'bad', 'never', 'good');
  const agent = await work.start(config(work, server, 'batch_size = "1B"\nmax_backoff_retries = 3'));
  await work.until('the good one', () => server.entries.length === 1);
  assert.deepEqual(server.lines, ['good']);
  assert.match(agent.metrics(), /loki_write_dropped_entries_total\{[^}]*reason="ingester_error"[^}]*\} 2/);
  assert.ok(work.messages.some((message) => message.includes('no such thing')));
  await work.stop(agent);
  assert.match(readFileSync(work.path('data/loki.source.file.in/positions.yml'), 'utf8'), /: "15"/);
});

scenario('retry_on_http_429 = false drops what is rate limited', async (work, server) => {
  server.answer = (attempt) => (attempt === 0 ? 429 : 204);
  write(work, 'one', 'two');
  const agent = await work.start(config(work, server, 'batch_size = "1B"\nretry_on_http_429 = false'));
  await work.until('the second', () => server.entries.length === 1);
  assert.match(agent.metrics(), /loki_write_dropped_entries_total\{[^}]*reason="rate_limited"[^}]*\} 1/);
});

scenario('a batch that is too large for the server goes in parts', async (work, server) => {
  server.answer = (_attempt, entries) => (entries.length > 2 ? 413 : 204);
  write(work, ...Array.from({ length: 7 }, (_, i) => `line ${i}`));
  await work.start(config(work, server));
  await work.until('all', () => server.entries.length === 7);
  assert.deepEqual(
    server.lines,
    Array.from({ length: 7 }, (_, i) => `line ${i}`),
  );
});

scenario('streams above max_streams are dropped and counted', async (work, server) => {
  write(work, 'a', 'b', 'c', 'a', 'b');
  const stages = 'stage.regex { expression = "(?P<l>.)" }\nstage.labels { values = { l = "" } }';
  const agent = await work.start(config(work, server, '', 'max_streams = 2', stages));
  await work.until('the rest', () => server.entries.length === 4);
  assert.deepEqual([...server.lines].sort(), ['a', 'a', 'b', 'b']);
  assert.match(agent.metrics(), /reason="stream_limited"[^}]*\} 1/);
});

scenario('authentication and configured headers', async (work, server) => {
  write(work, 'one');
  writeFileSync(work.path('token'), ' s3cret\n');
  await work.start(
    config(work, server, `bearer_token_file = "${work.path('token')}"\nhttp_headers = { "X-A" = ["1", "2"] }`),
  );
  await work.until('delivery', () => server.entries.length === 1);
  assert.equal(server.requests[0]!.headers.authorization, 'Bearer s3cret');
  assert.equal(server.requests[0]!.headers['x-a'], '1, 2');
});

scenario('basic authentication', async (work, server) => {
  write(work, 'one');
  await work.start(config(work, server, 'basic_auth {\n username = "u"\n password = "p"\n }'));
  await work.until('delivery', () => server.entries.length === 1);
  assert.equal(server.requests[0]!.headers.authorization, `Basic ${Buffer.from('u:p').toString('base64')}`);
});

scenario('a server that is away stops the source, bounds the memory, and loses nothing', async (work, server) => {
  await server.close();
  const lines = Array.from({ length: 2000 }, (_, i) => `line ${i}`);
  write(work, ...lines);
  const agent = await work.start(config(work, server, 'batch_size = "1KiB"\nqueue_config {\n capacity = "2KiB"\n }'));
  await work.until('a retry', () => /batch_retries_total\{[^}]*\} [3-9]/.test(agent.metrics()));
  assert.equal(agent.components().find((c) => c.id === 'loki.write.out')?.health, 'unhealthy');
  await server.listen();
  await work.until('all lines', () => server.entries.length >= lines.length);
  assert.deepEqual(server.lines, lines);
});

scenario(
  'a clean restart neither loses nor repeats; a stop without server keeps the position',
  async (work, server) => {
    write(work, 'one', 'two');
    const first = await work.start(config(work, server));
    await work.until('the first lines', () => server.entries.length === 2);
    await work.stop(first);
    write(work, 'three');
    await server.close();
    const second = await work.start(config(work, server), { drainTimeoutMs: 3000 });
    await work.until('a retry', () => /batch_retries_total\{[^}]*\} [1-9]/.test(second.metrics()));
    await work.stop(second);
    await server.listen();
    write(work, 'four');
    const agent = await work.start(config(work, server));
    await work.until('the rest', () => server.entries.length >= 4);
    await work.stop(agent);
    assert.deepEqual(server.lines, ['one', 'two', 'three', 'four']);
  },
);

scenario('one dead endpoint does not stop the other, and gets everything later', async (work, server) => {
  const other = new PushServer();
  await other.listen();
  const { url } = other;
  await other.close();
  const lines = Array.from({ length: 3000 }, (_, i) => `line ${i}`);
  write(work, ...lines);
  const endpoint = `batch_size = "1KiB"
    queue_config {
      capacity = "4KiB"
    }
  }
  endpoint {
    url        = "${url}"
    batch_size = "1KiB"
    queue_config {
      capacity = "4KiB"
    }`;
  const agent = await work.start(config(work, server, endpoint));
  await work.until('the healthy one has all', () => server.entries.length === lines.length);
  assert.deepEqual(server.lines, lines);
  await work.stop(agent);
  // The rest is in the buffer on disk, and the position is at the end of the file.
  assert.match(readFileSync(work.path('data/loki.source.file.in/positions.yml'), 'utf8'), /: "28890"/);
  await other.listen();
  const again = await work.start(config(work, server, endpoint));
  await work.until('the dead one is served', () => other.entries.length >= lines.length);
  await work.stop(again);
  assert.deepEqual(other.lines, lines);
  assert.equal(server.entries.length, lines.length);
  await other.close();
});
