import assert from 'node:assert/strict';
import { unlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { checkFiles } from '../check.ts';
import { withWorkplace } from '../test/agent-under-test.ts';
import { PushServer } from '../test/push-server.ts';

const config = (file: string, url: string, more = '') => `
local.file "token" {
  filename       = "${file}"
  poll_frequency = "1s"
  ${more}
}
loki.source.api "in" {
  http {
    listen_address = "127.0.0.1"
    listen_port    = 0
  }
  forward_to = [loki.write.out.receiver]
  labels     = { app = "a" }
}
loki.write "out" {
  endpoint {
    url          = "${url}"
    bearer_token = local.file.token.content
    batch_wait   = "50ms"
  }
}`;

test('a token is used, and its change too; a file that is gone keeps the last content', () =>
  withWorkplace(async (work) => {
    const server = new PushServer();
    await server.listen();
    const file = work.path('token');
    writeFileSync(file, 'one');
    const agent = await work.start(config(file, server.url, 'is_secret = true'));
    await work.until('the API', () => work.messages.some((message) => message.includes('push API')));
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(work.messages.join('\n'))![1]);
    const push = async () => {
      const count = server.requests.length;
      void fetch(`http://127.0.0.1:${port}/loki/api/v1/raw`, { method: 'POST', body: 'line\n' });
      await work.until('a push', () => server.requests.length > count);
      return server.requests.at(-1)!.headers.authorization;
    };
    assert.equal(await push(), 'Bearer one');
    writeFileSync(file, 'two');
    await work.clock.advance(1500);
    assert.equal(await push(), 'Bearer two');
    unlinkSync(file);
    await work.clock.advance(1500);
    assert.equal(await push(), 'Bearer two');
    const status = agent.components().find(({ id }) => id === 'local.file.token')!;
    assert.match(status.message, /the file cannot be read: ENOENT/);
    await server.close();
  }));

test('a file that is not there keeps the agent from starting, and a check from nothing', () =>
  withWorkplace(async (work) => {
    const text = config(work.path('nothing'), 'http://127.0.0.1:1');
    await assert.rejects(work.start(text), /the file cannot be read: ENOENT/);
    const environment = { variable: () => undefined, hostname: '', os: '', arch: '', version: '' };
    assert.deepEqual(checkFiles({ files: [{ name: 'c.alloy', text }], environment }), []);
  }));
