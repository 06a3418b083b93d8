import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { packPackage } from '../../../build/pack-package.ts';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  exports: Record<string, string>;
  dependencies?: object;
};

test('the packed package, installed into an empty folder, runs and type-checks without any other', (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'logger-package-'));
  context.after(() => rmSync(directory, { recursive: true }));
  const tarball = packPackage('logger', join(directory, 'pack'));
  assert.equal(manifest.dependencies, undefined, 'a logger brings nothing along');
  writeFileSync(join(directory, 'package.json'), '{"private":true,"type":"module"}');
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], {
    cwd: directory,
    stdio: 'ignore',
  });

  writeFileSync(
    join(directory, 'main.js'),
    `import { setup, withContext, defineEvents } from '@cordwood/logger';
     import { createFileSink, createTeeSink, createLokiSink } from '@cordwood/logger/node';
     import { createRedaction } from '@cordwood/logger/redaction';
     import { captureLogs } from '@cordwood/logger/testing';
     import { logRequests } from '@cordwood/logger/http';
     import schema from '@cordwood/logger/log-record.schema.json' with { type: 'json' };
     for (const door of ['fastify', 'express', 'nestjs', 'opentelemetry']) await import('@cordwood/logger/' + door);
     const logging = setup({ service: 's', version: '1', environment: 'test', format: 'json' });
     withContext({ request_id: 'r-1' }, () => logging.getLogger('a', defineEvents({ started: { level: 'info' } })).started({ duration_ms: 1 }));
     logging.getLogger('a').info('for bob@x.org');
     // The worker thread is compiled code too.
     const push = createLokiSink({ url: 'http://127.0.0.1:9/', exitTimeoutMs: 50, report: () => {} });
     push.write('x', 'info');
     await push.close();
     process.stderr.write(JSON.stringify([schema.title, createRedaction().toAlloy().includes('stage.replace'), push.statistics().dropped, typeof logRequests, typeof createFileSink, typeof createTeeSink, typeof captureLogs]));`,
  );
  const { stdout, stderr, status } = spawnSync(process.execPath, ['main.js'], { cwd: directory, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.deepEqual(JSON.parse(stderr), ['Log record', true, 1, 'function', 'function', 'function', 'function']);
  const [first, second] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual([first.event, first.request_id, second.event], ['started', 'r-1', 'for [REDACTED_EMAIL]']);

  writeFileSync(
    join(directory, 'check.ts'),
    `import { setup, type Logger } from '@cordwood/logger';
     import { createLokiSink } from '@cordwood/logger/node';
     const log: Logger = setup({ service: 's', sink: createLokiSink({ url: 'http://x' }) }).getLogger();
     log.info('e', { duration_ms: 1 });
     // @ts-expect-error a duration is a number
     log.info('e', { duration_ms: 'x' });`,
  );
  const checked = spawnSync(
    'tsc',
    [
      '--noEmit',
      '--strict',
      '--module',
      'NodeNext',
      '--target',
      'ES2024',
      '--lib',
      'ES2024,DOM',
      '--types',
      '',
      'check.ts',
    ],
    { cwd: directory, encoding: 'utf8' },
  );
  assert.equal(checked.status, 0, checked.stdout);
});

test('the core imports no module of Node, and no door is missing from the list', async () => {
  const seen = new Set<string>();
  const visit = (url: URL) => {
    if (seen.has(url.href)) return;
    seen.add(url.href);
    const text = readFileSync(url, 'utf8');
    for (const [, path] of text.matchAll(/^(?:import|export)\s(?!type\b)[^;]*?from '([^']+)'/gms)) {
      assert.ok(path?.startsWith('.'), `${url.pathname} imports ${path}`);
      visit(new URL(path as string, url));
    }
  };
  for (const door of ['.', './redaction', './testing']) visit(new URL(`../${manifest.exports[door]}`, import.meta.url));
  assert.ok(seen.size > 15);
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  for (const door of Object.keys(manifest.exports))
    assert.ok(readme.includes(door === '.' ? '`@cordwood/logger`' : door.slice(1)), door);
});
