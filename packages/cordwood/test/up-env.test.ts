import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { eventually } from './eventually.ts';

// `cordwood up --env dev` in a folder that holds a platform.ts and nothing else: rendered, run, a line of a pod redacted and stored.

const root = join(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'cordwood-up-env-'));
let up: ChildProcess | undefined;
after(() => {
  up?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

test('the environment dev of a platform.ts renders, runs and stores a redacted line', async () => {
  for (const name of ['platform.ts', 'log-rules.ts']) cpSync(join(root, 'greenlang', name), join(folder, 'acme', name));
  const pods = join(folder, 'pods');
  let output = '';
  up = spawn(
    process.execPath,
    [
      join(root, 'packages/cordwood/bin/cordwood.js'),
      'up',
      'acme',
      '--env',
      'dev',
      '--port',
      '0',
      '--data',
      join(folder, 'data'),
    ],
    {
      cwd: folder,
      env: {
        ...process.env,
        CORDWOOD_PODS: pods,
        CORDWOOD_OTLP_HTTP: '127.0.0.1:0',
        CORDWOOD_OTLP_GRPC: '127.0.0.1:0',
        CORDWOOD_MACHINE_LOGS: join(folder, 'none-*.log'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  for (const stream of [up.stdout!, up.stderr!]) stream.on('data', (chunk) => (output += chunk));
  const url = await eventually(
    () => /page +(http:\S+)\//.exec(output)?.[1],
    () => output,
  );
  assert.match(output, /rendered dev anew: deployment\/local\/dev\/config\.alloy|rendered dev anew: \S*local\/dev/);
  assert.match(output, /tenants +fake \(auth is off\)/);
  assert.ok(existsSync(join(folder, 'deployment/local/dev/rules/fake/recording.yaml')));

  const log = join(pods, 'greenlang-dev_csrd-agent-1_u1/csrd-agent/0.log');
  mkdirSync(dirname(log), { recursive: true });
  appendFileSync(log, `${new Date().toISOString()} stdout F {"level":"INFO","event":"sent to jane.doe@example.com"}\n`);
  const parameters = new URLSearchParams({ query: '{service="csrd-agent"}', since: '1h' });
  const line = await eventually(
    async () => {
      const response = await fetch(`${url}/loki/api/v1/query_range?${parameters}`);
      const body = (await response.json()) as { data: { result: { values: [string, string][] }[] } };
      return body.data.result[0]?.values[0]?.[1];
    },
    () => output,
  );
  assert.equal(line, '{"level":"INFO","event":"sent to [REDACTED_EMAIL]"}');
  up.kill('SIGINT');
  const [code] = await once(up, 'exit');
  assert.equal(code, 0, output);
});
