import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OtlpLogs } from '../../codec/otlp-logs.ts';
import type { OtlpLogsConsumer } from '../otelcol/logs-consumer.ts';
import { noReceipt } from '../receipt.ts';
import { withWorkplace } from '../test/agent-under-test.ts';
import { PushServer } from '../test/push-server.ts';

const record = {
  timeNs: 1n,
  observedTimeNs: 0n,
  severityNumber: 9,
  severityText: 'INFO',
  body: { kind: 'string' as const, value: 'hello' },
  attributes: [],
  droppedAttributesCount: 0,
  flags: 0,
  traceId: '',
  spanId: '',
  eventName: '',
};
const scope = { name: '', version: '', attributes: [], droppedAttributesCount: 0, records: [record] };
const logs: OtlpLogs = { resourceLogs: [{ attributes: [], droppedAttributesCount: 0, scopeLogs: [scope] }] };

const config = (args: string, url = 'http://127.0.0.1:1') => `
otelcol.processor.memory_limiter "m" {
  check_interval = "1s"
  ${args}
  output {
    logs = [otelcol.exporter.loki.l.input]
  }
}
otelcol.exporter.loki "l" {
  forward_to = [loki.write.out.receiver]
}
loki.write "out" {
  endpoint {
    url        = "${url}"
    batch_wait = "50ms"
  }
}`;

for (const [limit, arrives] of [
  ['100GiB', true],
  ['1MiB', false],
] as const) {
  test(`with a limit of ${limit} records ${arrives ? 'pass' : 'wait'}`, () =>
    withWorkplace(async (work) => {
      const server = new PushServer();
      await server.listen();
      const agent = await work.start(config(`limit = "${limit}"`, server.url));
      const component = agent.nodes().find(({ node }) => node.definition.name.endsWith('memory_limiter'))!.component;
      let taken = false;
      void (component as unknown as OtlpLogsConsumer).consumeLogs(logs, noReceipt).then(() => {
        taken = true;
      });
      if (arrives) await work.until('the record', () => server.entries.length === 1);
      else {
        await work.clock.advance(10_000);
        assert.equal(taken, false);
        assert.match(component.health!()!, /above the soft limit/);
        // At the end nothing is kept back.
        await work.stop(agent);
        assert.equal(server.entries.length, 1);
      }
      await server.close();
    }));
}

function refuses(args: string, message: RegExp): void {
  test(`refuses ${args || 'no limit'}`, () =>
    withWorkplace((work) => assert.rejects(work.start(config(args)), message)));
}
refuses('', /limit_percentage must be greater than 0/);
refuses('limit = "1GiB"\nlimit_percentage = 50', /but not both/);
refuses('limit = "1GiB"\nspike_limit = "2GiB"', /spike_limit must be less than limit/);
refuses('limit_percentage = 50\nspike_limit_percentage = 60', /spike_limit_percentage must be less/);
