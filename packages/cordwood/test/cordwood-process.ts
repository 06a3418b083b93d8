import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Real processes of Cordwood, as its users start them. */
export const cordwood = join(import.meta.dirname, '../bin/cordwood.js');

const readyWithinMs = 60_000;

/** A `loki.yaml` that refuses nothing for its rate or age. `more` is added at its end. */
export function generousLokiYaml(port: number, options: { authEnabled?: boolean; more?: string } = {}): string {
  return `auth_enabled: ${options.authEnabled ?? false}
server:
  http_listen_address: 127.0.0.1
  http_listen_port: ${port}
common:
  path_prefix: ./data
  replication_factor: 1
  storage:
    filesystem:
      chunks_directory: ./data/chunks
      rules_directory: ./data/rules
schema_config:
  configs:
    - from: "2024-01-01"
      store: tsdb
      object_store: filesystem
      schema: v13
      index:
        prefix: index_
        period: 24h
limits_config:
  ingestion_rate_mb: 1024
  ingestion_burst_size_mb: 1024
  per_stream_rate_limit: 1024MB
  per_stream_rate_limit_burst: 1024MB
  reject_old_samples: false
${options.more ?? ''}`;
}

/** `cordwood serve` in a folder with a `loki.yaml`; it can be killed and started again on the same port and data. */
export class ServerProcess {
  readonly url: string;
  readonly #directory: string;
  #child: ChildProcess | undefined;

  constructor(directory: string, port: number, lokiYaml: string) {
    this.#directory = directory;
    this.url = `http://127.0.0.1:${port}`;
    writeFileSync(join(directory, 'loki.yaml'), lokiYaml);
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [cordwood, 'serve', '--config', 'loki.yaml'], {
      cwd: this.#directory,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.#child = child;
    for (const endMs = Date.now() + readyWithinMs; Date.now() < endMs; ) {
      const answer = await fetch(`${this.url}/ready`).catch(() => undefined);
      if (answer?.ok) return;
      assert.equal(child.exitCode, null, 'cordwood serve started');
      await delay(25);
    }
    throw new Error('cordwood serve did not become ready');
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}

/** A command that ends by itself: its output and exit code. */
export async function runCordwood(
  args: readonly string[],
  options: { cwd?: string; onStart?: (child: ChildProcess) => void } = {},
): Promise<{ code: number | null; out: string; notes: string }> {
  const child = spawn(process.execPath, [cordwood, ...args], { cwd: options.cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  options.onStart?.(child);
  let out = '';
  let notes = '';
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (notes += chunk));
  const [code] = await once(child, 'close');
  return { code, out, notes };
}
