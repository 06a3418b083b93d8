import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { type PublishedPackage, packPackage, publishedPackages } from '../../../build/pack-package.ts';
import { eventually, processWaitMs } from './eventually.ts';

// The published packages as their users have them: tarballs, installed into an empty folder outside this repository.

const root = join(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'cordwood-packages-'));
/** This Node, and nothing of the repository: its node_modules/.bin has a cordwood too, and `npm test` tells children where it runs. */
const ofThisRun = /^(NODE_TEST_CONTEXT|npm_(package|lifecycle)_.*|npm_config_(call|yes|local_prefix))$/;
const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofThisRun.test(name))),
  PATH: [
    dirname(process.execPath),
    ...(process.env['PATH'] ?? '').split(delimiter).filter((path) => !path.includes('node_modules')),
  ].join(delimiter),
  CORDWOOD_PODS: join(folder, 'pods'),
  CORDWOOD_MACHINE_LOGS: join(folder, 'none-*.log'),
  CORDWOOD_OTLP_HTTP: '127.0.0.1:0',
  CORDWOOD_OTLP_GRPC: '127.0.0.1:0',
};

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

let server: ChildProcess | undefined;

before(async () => {
  const tarballs = publishedPackages.map((name) => packPackage(name, join(folder, 'pack')));
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  // The user's own: the one framework that a door of the logger loads.
  const hono = `hono@${manifestOf('logger').devDependencies!['hono']}`;
  await run('npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', ...tarballs, hono);
});
after(() => {
  stopGroup('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function manifestOf(name: PublishedPackage): Manifest {
  return JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')) as Manifest;
}

/** Stdout and stderr of a program that ends well. */
async function run(program: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) =>
    execFile(
      program,
      args,
      { cwd: folder, env: environment, timeout: processWaitMs, maxBuffer: 2 ** 26 },
      (error, out, notes) =>
        error === null ? resolve(out + notes) : reject(new Error(`${error.message}\n${out}`, { cause: error })),
    ),
  );
}

/** `--no`: nothing is fetched should the package not be installed. */
const cordwood = (...args: string[]): Promise<string> => run('npx', '--no', '--', 'cordwood', ...args);

/** As Ctrl-C in a terminal does: to npx and to what it has started. */
function stopGroup(signal: NodeJS.Signals): void {
  if (server?.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  process.kill(-server.pid, signal);
}

test('every door of every package opens', async () => {
  const doors = publishedPackages.flatMap((name) => {
    const manifest = manifestOf(name);
    return Object.keys(manifest.exports).map((door) => manifest.name + door.slice(1));
  });
  assert.ok(doors.length > 12);
  const imports = doors.map(
    (door) => `await import('${door}'${door.endsWith('.json') ? ", { with: { type: 'json' } }" : ''});`,
  );
  writeFileSync(join(folder, 'doors.js'), imports.join('\n'));
  await run(process.execPath, 'doors.js');
});

test('a platform that init wrote is linted, rendered, checked and tested', async () => {
  assert.match(await cordwood('--help'), /init +Write a small platform\.ts/);
  await cordwood('init', 'logs', '--name', 'acme', '--namespaces', 'shop', '--services', 'web', '-y');
  // The bucket's Terraform module is a file of @cordwood/platform.
  await cordwood(
    ...['init', 'cloud', '--name', 'acme', '-y', '--account', '123456789012'],
    ...['--oidc-provider', 'oidc.eks.eu-central-1.amazonaws.com/id/ABC'],
  );
  assert.match(await cordwood('render', 'cloud'), /files rendered/);
  readFileSync(join(folder, 'cloud/deployment/terraform/modules/loki-storage/main.tf'));
  assert.match(await cordwood('render', 'logs'), /files rendered/);
  assert.match(await cordwood('render', 'logs', '--check'), /./);
  assert.match(await cordwood('lint', 'logs'), /0 errors, 0 warnings/);
  assert.match(await cordwood('check', 'logs/config.alloy'), /nothing found/);
  assert.match(await cordwood('test', 'logs/tests/alerts.test.yaml'), /2 passed, 0 failed/);
});

test('a definition and a test file are checked by the declarations', async () => {
  writeFileSync(
    join(folder, 'types.ts'),
    `import definition from './logs/platform.ts';
     import { definePlatform } from '@cordwood/platform';
     import { parse } from '@cordwood/logql';
     import { openRules } from 'cordwood/testing';
     const name: string = definition.name;
     const found = parse('{a="b"}').expression;
     await using rules = await openRules({ folder: name, ruleFiles: [] });
     // @ts-expect-error a platform has a name
     definePlatform({ name: 1 });
     // @ts-expect-error a folder is a text
     await openRules({ folder: found, ruleFiles: [] });`,
  );
  const compiler = join(root, 'node_modules/.bin/tsc');
  const strict = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'NodeNext', '--target', 'ES2024'];
  await run(
    compiler,
    ...strict,
    '--allowImportingTsExtensions',
    '--lib',
    'ES2024,ESNext.Disposable,DOM',
    '--types',
    '',
    'types.ts',
  );
});

test('up serves page and API; a heavy query runs in a worker thread; Ctrl-C stops', async () => {
  let output = '';
  server = spawn('npx', ['--no', '--', 'cordwood', 'up', 'logs', '--port', '0', '--data', 'data'], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  for (const stream of [server.stdout!, server.stderr!]) stream.on('data', (chunk) => (output += chunk));
  await eventually(
    () => {
      assert.equal(server?.exitCode, null, output);
      return output.includes('Ctrl-C stops.') || undefined;
    },
    () => output,
  );
  const url = /page +(http:\S+?)\/\n/.exec(output)![1]!;
  assert.equal((await fetch(`${url}/ready`)).status, 200);
  const page = await (await fetch(`${url}/`)).text();
  const script = /assets\/app-\w+\.js/.exec(page)?.[0];
  assert.equal((await fetch(`${url}/${script}`)).status, 200, page);

  // More than the engine reads in the thread that answers (pooled-engine.ts), after compression.
  const lines = Array.from({ length: 2000 }, (_, n) => `${n} ${randomBytes(900).toString('base64')}`);
  writeFileSync(join(folder, 'lines.log'), lines.join('\n'));
  await cordwood('push', 'lines.log', '--addr', url, '-t', 'acme', '-l', 'namespace=shop', '-l', 'service=web');
  await fetch(`${url}/flush`, { method: 'POST' });
  await eventually(
    async () => {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      const stored = /^loki_ingester_chunk_stored_bytes_total\{tenant="acme"\} (\S+)/m.exec(metrics);
      return Number(stored?.[1] ?? 0) > 1024 * 1024 || undefined;
    },
    () => `the lines are sealed into a chunk\n${output}`,
  );
  const query = 'sum(count_over_time({namespace="shop"} |~ "^[0-9]*7 " [1h]))';
  const answer = await cordwood('query', query, '--instant', '--addr', url, '-t', 'acme', '-q');
  assert.match(answer, /\b200\b/, output);
  assert.doesNotMatch(output, /thread failed/);

  const closed = once(server, 'close');
  stopGroup('SIGINT');
  await closed;
  assert.match(output, /^stopped$/m);
});
