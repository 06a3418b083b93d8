/** `cordwood serve` as a user runs it: its own process, a loki.yaml, an empty data folder, entries that end now. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface RealServer {
  readonly url: string;
  push(tenant: string, streams: readonly PushedStream[]): Promise<void>;
  stop(): Promise<void>;
}

export interface PushedStream {
  readonly stream: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [string, string, Readonly<Record<string, string>>])[];
}

const cordwood = join(import.meta.dirname, '../../cordwood/bin/cordwood.js');

const lokiYaml = `
auth_enabled: true
server:
  http_listen_address: 127.0.0.1
common:
  path_prefix: ./data
  replication_factor: 1
  storage:
    filesystem:
      chunks_directory: ./data/chunks
      rules_directory: ./rules
schema_config:
  configs:
    - from: "2024-01-01"
      store: tsdb
      object_store: filesystem
      schema: v13
      index: { prefix: index_, period: 24h }
ruler:
  evaluation_interval: 1s
  storage:
    type: local
    local:
      directory: ./rules
`;

const rules = `
groups:
  - name: errors
    interval: 1s
    rules:
      - alert: ErrorsSeen
        expr: sum by (service_name) (count_over_time({service_name=~".+"} | detected_level="error" [1h])) > 5
        labels: { severity: critical }
        annotations: { summary: '{{ $labels.service_name }} logged {{ $value }} errors' }
      - alert: NothingFromNowhere
        expr: sum(count_over_time({service_name="nowhere"}[5m])) > 0
`;

export async function startRealServer(): Promise<RealServer> {
  const folder = mkdtempSync(join(tmpdir(), 'cordwood-page-'));
  mkdirSync(join(folder, 'rules/aurora'), { recursive: true });
  writeFileSync(join(folder, 'loki.yaml'), lokiYaml);
  writeFileSync(join(folder, 'rules/aurora/errors.yaml'), rules);
  const child = spawn(process.execPath, [cordwood, 'serve', '--config', 'loki.yaml', '--port', '0'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const url = await new Promise<string>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      said += chunk.toString();
      const found = /cordwood serves (http:\S+?),? /.exec(said);
      if (found) resolve(`${found[1]}/`);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.once('exit', (code) => reject(new Error(`cordwood serve ended with ${code}:\n${said}`)));
  });

  return {
    url,
    async push(tenant, streams) {
      const response = await fetch(`${url}loki/api/v1/push`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'X-Scope-OrgID': tenant },
        body: JSON.stringify({ streams }),
      });
      if (response.status !== 204) throw new Error(`push: ${response.status} ${await response.text()}`);
    },
    async stop() {
      child.removeAllListeners('exit');
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Recorded entries of six hours as streams of the last `minutes`, the newest `endMs`. */
export function recentStreams(minutes: number, endMs: number): readonly PushedStream[] {
  const rows = readFileSync(join(import.meta.dirname, 'fixtures/entries.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map(
      (line) =>
        JSON.parse(line) as {
          labels: Record<string, string>;
          ts: string;
          line: string;
          metadata: Record<string, string>;
        },
    );
  const firstNs = BigInt(rows[0]!.ts);
  const lengthNs = BigInt(rows.at(-1)!.ts) - firstNs;
  const wantedNs = BigInt(minutes) * 60_000_000_000n;
  const endNs = BigInt(endMs) * 1_000_000n;
  const streams = new Map<
    string,
    { stream: Record<string, string>; values: [string, string, Record<string, string>][] }
  >();
  for (const { labels, ts, line, metadata } of rows) {
    const key = JSON.stringify(labels);
    const stream = streams.get(key) ?? { stream: labels, values: [] };
    const ns = endNs - ((lengthNs - (BigInt(ts) - firstNs)) * wantedNs) / lengthNs;
    stream.values.push([String(ns), line, metadata]);
    streams.set(key, stream);
  }
  return [...streams.values()];
}
