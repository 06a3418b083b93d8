import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { test } from 'node:test';
import { withWorkplace } from '../test/agent-under-test.ts';
import { PushServer } from '../test/push-server.ts';
import { AgentHttp } from './agent-http.ts';

test('the page shows components, rates and what is wrong', () =>
  withWorkplace(async (work) => {
    const server = new PushServer();
    await server.listen();
    const file = work.path('a<b.log');
    appendFileSync(file, 'one\n');
    const agent = await work.start(`
loki.source.file "in" {
  targets    = [{ __path__ = "${file}" }]
  forward_to = [loki.process.p.receiver]
}
loki.process "p" {
  forward_to = [loki.write.out.receiver]
  stage.drop {
    expression          = "drop"
    drop_counter_reason = "noise"
  }
}
loki.write "out" {
  endpoint {
    url        = "${server.url}"
    batch_wait = "50ms"
  }
}`);
    const http = new AgentHttp(agent, work.clock);
    const get = (path: string) => {
      const answer = http.answer(path);
      assert.equal(answer?.status, 200, path);
      return answer!.body;
    };
    await work.until('the first line', () => server.entries.length === 1);
    for (let i = 0; i < 10; i++) {
      appendFileSync(file, 'line\nline\nline\ndrop\n');
      await work.until('three lines more', () => server.entries.length === 4 + 3 * i);
      await work.clock.advance(1000);
    }
    const page = get('/agent');
    assert.match(page, /^<!doctype html>/);
    assert.match(page, /3 components, all healthy/);
    const rate = (path: string) => Number(/<path class="moving"[^>]*><\/path>|([\d.]+)\/s<\/text>/.exec(path)?.[1]);
    assert.ok(rate(get('/agent/status')) > 0, 'an arrow has a rate');
    assert.match(page, /loki_process_dropped_lines_total\{reason=&#34;noise&#34;\}/);
    assert.match(page, /a&#60;b\.log/);
    assert.doesNotMatch(page, /a<b/);
    assert.match(get('/metrics'), /^alloy_component_forwarded_entries_total\{.*to="loki\.write\.out"\} 31$/m);
    assert.match(get('/metrics'), /^alloy_config_last_load_successful 1$/m);
    assert.match(get('/metrics'), /^alloy_config_hash\{sha256="[0-9a-f]{64}"\} 1$/m);
    assert.equal(get('/-/ready'), 'Alloy is ready.\n');
    assert.equal(get('/-/healthy'), 'All Alloy components are healthy.\n');
    const components = JSON.parse(get('/api/v0/web/components')) as { localID: string; dataFlowEdgesTo: string[] }[];
    assert.deepEqual(components.find(({ localID }) => localID === 'loki.process.p')!.dataFlowEdgesTo, [
      'loki.write.out',
    ]);
    assert.equal(http.answer('/nothing'), undefined);

    server.answer = () => 503;
    appendFileSync(file, 'more\n');
    await work.until('bad health', () => http.answer('/-/healthy')!.status === 500);
    assert.match(get('/agent'), /1 of 3 components are not well/);
    assert.match(http.answer('/-/healthy')!.body, /loki\.write\.out/);
    server.answer = () => 204;
    http.stop();
    await work.until('the last line', () => server.lines.at(-1) === 'more');
    await server.close();
  }));
