import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { createRedaction } from './redaction/policy.ts';
import { setup } from './setup.ts';
import type { Sink } from './sinks/sink.ts';
import { captureLogs } from './testing.ts';

const settings = { service: 's', version: '1', environment: 'test', flushOnExit: false } as const;

function memory(): Sink & { readonly lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    write: (line) => lines.push(line),
    flush: () => Promise.resolve(),
    flushSync: () => undefined,
    close: () => Promise.resolve(),
    statistics: () => ({ written: lines.length, dropped: 0 }),
  };
}

function errorsOf(context: TestContext): string[] {
  const said: string[] = [];
  context.mock.method(console, 'error', (text: string) => said.push(text));
  return said;
}

test('the format is made from the record after redaction', () => {
  const sink = memory();
  setup({ ...settings, sink, format: 'logfmt', clock: () => 0 })
    .getLogger('a')
    .info('for bob@x.org', { password: 'x' });
  assert.deepEqual(sink.lines, [
    'timestamp=1970-01-01T00:00:00.000Z level=INFO event="for [REDACTED_EMAIL]" logger=a service=s version=1 environment=test data.password=[REDACTED_KEY]',
  ]);
});

test('redaction: a shared policy, options, none, and IP addresses from the environment', () => {
  const line = (redaction: Parameters<typeof captureLogs>[0]) => captureAndSay(redaction);
  const captureAndSay = (over: Parameters<typeof captureLogs>[0]) => {
    const logs = captureLogs(over);
    logs.getLogger().info('bob@x.org 10.1.2.3');
    return logs.records()[0]?.event;
  };
  assert.equal(line({ redaction: createRedaction({ patterns: [] }) }), 'bob@x.org 10.1.2.3');
  assert.equal(line({ redaction: { ipAddresses: true } }), '[REDACTED_EMAIL] [REDACTED_IP]');
  assert.equal(line({ redaction: false }), 'bob@x.org 10.1.2.3');
  process.env['LOG_REDACT_IPS'] = 'true';
  assert.equal(line({}), '[REDACTED_EMAIL] [REDACTED_IP]');
  delete process.env['LOG_REDACT_IPS'];
});

test('in development each kind of violation is said once; otherwise it is counted', (context) => {
  const said = errorsOf(context);
  const logs = captureLogs({ schema: 'report' });
  for (let i = 0; i < 3; i++) logs.getLogger('a').info('e', { trace_id: 'x' });
  logs.getLogger('a').info('e', { span_id: 'x' });
  assert.deepEqual(said, [
    '@cordwood/logger: a e: trace_id does not fit the log schema; it went to data',
    '@cordwood/logger: a e: span_id does not fit the log schema; it went to data',
  ]);
  assert.equal(logs.statistics().schemaViolations, 4);
  const off = captureLogs({ schema: 'off' });
  off.getLogger().info('e', { trace_id: 'x' });
  assert.equal(off.statistics().schemaViolations, 0);
  assert.equal(said.length, 2);
});

test('a signal shows everything, the next one hides it again', async () => {
  const logs = captureLogs({ level: 'warn', levels: { quiet: 'silent' }, levelSignal: 'SIGCONT' });
  const log = logs.getLogger('quiet.x');
  const signal = async () => {
    process.kill(process.pid, 'SIGCONT');
    await new Promise((resolve) => setTimeout(resolve, 20));
  };
  assert.ok(!log.isEnabled('fatal'));
  await signal();
  assert.ok(log.isEnabled('debug') && !log.isEnabled('trace'));
  await signal();
  assert.ok(!log.isEnabled('fatal'));
  await logs.close();
  assert.equal(process.listenerCount('SIGCONT'), 0);
});

test('a sink that throws is counted, not felt', () => {
  const sink = {
    ...memory(),
    write: () => {
      throw new Error('broken');
    },
  };
  const logging = setup({ ...settings, sink, format: 'json' });
  logging.getLogger().info('e');
  assert.deepEqual(logging.statistics(), { written: 0, dropped: 1, schemaViolations: 0 });
});

test('no listener is left behind after close', async () => {
  const before = ['exit', 'SIGTERM', 'uncaughtExceptionMonitor'].map((event) => process.listenerCount(event));
  const logging = [1, 2].map(() => setup({ ...settings, flushOnExit: true, sink: memory() }));
  assert.equal(process.listenerCount('exit'), (before[0] as number) + 1);
  for (const one of logging) await one.close();
  assert.deepEqual(
    ['exit', 'SIGTERM', 'uncaughtExceptionMonitor'].map((event) => process.listenerCount(event)),
    before,
  );
});

test('where there is no Node: lines go to the console, a context lasts for the synchronous part', () => {
  const program = `
    globalThis.process = undefined;
    const { setup, withContext, currentContext } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
    const logging = setup({ service: 's', environment: 'production', levelSignal: 'SIGUSR2' });
    withContext({ request_id: 'r' }, () => logging.getLogger().info('inside'));
    try { withContext({ request_id: 'r' }, () => { throw new Error('x'); }); } catch {}
    logging.getLogger().warn('outside');
    logging.getLogger().error('bad');
    await logging.flush();
    await logging.close();
    console.log(JSON.stringify([logging.statistics().written, currentContext()]));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const lines = output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual([lines[0].event, lines[0].request_id, lines[0].service], ['inside', 'r', 's']);
  assert.deepEqual(lines.at(-1), [3, {}]);
});
