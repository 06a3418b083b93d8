import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, environmentVariables, resolveSettings, type Settings } from './config.ts';

function problems(settings: Settings, environment: Record<string, string> = {}): readonly string[] {
  try {
    resolveSettings(settings, environment);
    return [];
  } catch (failure) {
    assert.ok(failure instanceof ConfigError);
    return failure.problems;
  }
}

test('settings before environment before defaults', () => {
  const environment = {
    OTEL_SERVICE_NAME: 'from-env',
    SERVICE_VERSION: '9.9.9',
    LOG_LEVEL: 'DEBUG',
    LOG_LEVELS: 'a.b=warn, c=error',
    LOG_FORMAT: 'logfmt',
    NODE_ENV: 'production',
    LOG_REDACT_IPS: 'true',
  };
  assert.deepEqual(resolveSettings({}, environment), {
    service: 'from-env',
    version: '9.9.9',
    environment: 'production',
    level: 'debug',
    levels: { 'a.b': 'warn', c: 'error' },
    format: 'logfmt',
    schema: 'count',
    ipAddresses: true,
  });
  const resolved = resolveSettings(
    { service: 's', level: 'error', levels: { c: 'info' }, environment: 'test' },
    environment,
  );
  assert.deepEqual(
    [resolved.service, resolved.level, resolved.levels['c'], resolved.schema],
    ['s', 'error', 'info', 'report'],
  );
  assert.deepEqual(resolveSettings({ service: 's' }, {}, true), {
    service: 's',
    version: '0.0.0',
    environment: 'development',
    level: 'info',
    levels: {},
    format: 'pretty',
    schema: 'report',
    ipAddresses: false,
  });
});

test('OpenTelemetry resource attributes', () => {
  const resolved = resolveSettings(
    {},
    {
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=my%20svc,service.version=2,deployment.environment.name=staging,bad,x=%zz',
    },
  );
  assert.deepEqual([resolved.service, resolved.version, resolved.environment], ['my svc', '2', 'staging']);
});

test('all problems are reported at once', () => {
  const found = problems(
    { version: '', format: 'xml' as never, levels: { a: 'loud' as never } },
    { LOG_LEVEL: 'loud', LOG_LEVELS: 'a=b=c,d=loud,=info', LOG_REDACT_IPS: 'maybe', LOG_SCHEMA: 'x' },
  );
  assert.equal(found.length, 10, found.join('\n'));
  for (const part of [
    'service: not set',
    'version:',
    'format: "xml"',
    'LOG_LEVEL: "loud"',
    'levels: "loud" of a',
    'LOG_REDACT_IPS',
    'LOG_SCHEMA',
  ]) {
    assert.ok(
      found.some((problem) => problem.startsWith(part)),
      part,
    );
  }
  assert.match(new ConfigError(found).message, /^logger settings:\n {2}- /);
});

test('every variable that is read is documented', async () => {
  const { readFile } = await import('node:fs/promises');
  const source =
    (await readFile(new URL('./config.ts', import.meta.url), 'utf8')) +
    (await readFile(new URL('./setup.ts', import.meta.url), 'utf8'));
  const read = new Set(
    [...source.matchAll(/(?:text\(|environment\[|environment\(\)\[)'([A-Z_]+)'/g)].map((match) => match[1] as string),
  );
  read.delete('NO_COLOR');
  assert.deepEqual([...read].sort(), Object.keys(environmentVariables).sort());
});
