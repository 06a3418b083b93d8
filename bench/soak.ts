import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { encodePushRequest } from '../packages/cordwood/src/codec/push-request.ts';
import { compressSnappy } from '../packages/cordwood/src/codec/snappy.ts';
import { createEntryColumns, type Entry, type PushStream } from '../packages/cordwood/src/model/entry.ts';
import { noLabels } from '../packages/cordwood/src/model/labels.ts';
import { int, logLine, services, streamLabels } from './load/log-lines.ts';

// `cordwood serve` under a steady load with queries beside it (INFRA-009: 20 MB/s sustained): does it keep up, how long do
// pushes and queries take, does memory stay where it is, and is every line there at the end?
// npm run bench -- soak [--mb 20] [--seconds 600] [--keep]

const { values: options } = parseArgs({
  options: {
    mb: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '600' },
    keep: { type: 'boolean', default: false },
  },
});
const bytesPerSecond = Number(options.mb) * 1e6;
const seconds = Number(options.seconds);
const bodyBytes = 1e6;
const templateCount = 24;
const pushConnections = 4;
const tenant = 'soak';

/** The lines of one push; each time they are sent they get new times, which makes them new entries. */
const templates = Array.from({ length: templateCount }, (): readonly PushStream[] => {
  const entries = streamLabels.map((): Entry[] => []);
  for (let size = 0; size < bodyBytes; ) {
    const stream = int(entries.length);
    const line = logLine(Date.now(), services[stream >> 1]!);
    entries[stream]!.push({ timestampNs: 0n, line, structuredMetadata: noLabels });
    size += line.length;
  }
  return entries.map((rows, i) => ({ labels: streamLabels[i]!, entries: createEntryColumns(rows) }));
});
const sizeOf = (streams: readonly PushStream[]) => streams.reduce((sum, { entries }) => sum + entries.bytes.length, 0);
const rowsOf = (streams: readonly PushStream[]) => streams.reduce((sum, { entries }) => sum + entries.rowCount, 0);

const directory = await mkdtemp(join(tmpdir(), 'cordwood-soak-'));
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
writeFileSync(join(directory, 'loki.yaml'), lokiYaml());
const cli = join(import.meta.dirname, '../packages/cordwood/bin/cordwood.js');
const server = spawn(process.execPath, [cli, 'serve', '--config', 'loki.yaml'], {
  cwd: directory,
  stdio: ['ignore', 'ignore', 'inherit'],
});
while (!(await fetch(`${url}/ready`).catch(() => undefined))?.ok)
  await new Promise((resolve) => setTimeout(resolve, 50));

const agent = new Agent({ keepAlive: true, maxSockets: pushConnections });
const startMs = performance.now();
const startNs = BigInt(Date.now()) * 1_000_000n;
const elapsed = () => (performance.now() - startMs) / 1000;
const pushMs: number[] = [];
const queryMs = new Map<string, number[]>();
const residentMiB: number[] = [];
let sentBytes = 0;
let sentRows = 0;
let refused = 0;
let failedQueries = 0;
let lastNs = startNs;
let behindSeconds = 0;

async function pushSteadily(): Promise<void> {
  while (elapsed() < seconds) {
    const dueSeconds = sentBytes / bytesPerSecond;
    const early = dueSeconds - elapsed();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early * 1000));
    else behindSeconds = Math.max(behindSeconds, -early);
    const streams = templates[int(templateCount)]!;
    sentBytes += sizeOf(streams);
    sentRows += rowsOf(streams);
    const body = compressSnappy(encodePushRequest(withTimes(streams)));
    for (;;) {
      const begin = performance.now();
      const status = await post(body);
      pushMs.push(performance.now() - begin);
      if (status === 204) break;
      if (status !== 429 && status !== 503) throw new Error(`the push was answered ${status}`);
      refused++;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

/** Times from now on, each once. */
function withTimes(streams: readonly PushStream[]): PushStream[] {
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  if (nowNs > lastNs) lastNs = nowNs;
  return streams.map(({ labels, entries }) => {
    const timestampsNs = new BigInt64Array(entries.rowCount);
    for (let row = 0; row < entries.rowCount; row++) timestampsNs[row] = ++lastNs;
    return { labels, entries: { ...entries, timestampsNs } };
  });
}

function post(body: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/x-protobuf',
      'content-length': body.length,
      'x-scope-orgid': tenant,
    };
    const sent = request(`${url}/loki/api/v1/push`, { method: 'POST', agent, headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode!));
    });
    sent.on('error', reject).end(body);
  });
}

const all = '{cluster="gl-eks"}';
/** What dashboards, alerts and people ask: over the last so many seconds. */
const questions: readonly [name: string, query: string, backSeconds: number, step: number | undefined][] = [
  ['last 100 of a service', '{service_name="csrd-agent-1"}', 900, undefined],
  ['needle', `${all} |= "req-00ff"`, 300, undefined],
  ['errors as JSON', `${all} | json | level="ERROR" | duration_ms > 99.9`, 120, undefined],
  ['rate by service', `sum by (service_name)(rate(${all}[1m]))`, 600, 30],
  ['errors by service', `sum by (service_name)(count_over_time(${all} | json | level="ERROR" [1m]))`, 300, 60],
  ['p99 by service', `quantile_over_time(0.99, ${all} | json | unwrap duration_ms [1m]) by (service_name)`, 120, 60],
];

async function askSteadily(): Promise<void> {
  for (let n = 0; elapsed() < seconds; n++) {
    const [name, query, backSeconds, step] = questions[n % questions.length]!;
    const endNs = BigInt(Date.now()) * 1_000_000n;
    const parameters = new URLSearchParams({
      query,
      start: String(endNs - BigInt(backSeconds) * 1_000_000_000n),
      end: String(endNs),
      limit: '100',
      ...(step === undefined ? {} : { step: String(step) }),
    });
    const begin = performance.now();
    const answer = await fetch(`${url}/loki/api/v1/query_range?${parameters}`, {
      headers: { 'x-scope-orgid': tenant },
    });
    await answer.text();
    if (!answer.ok) failedQueries++;
    queryMs.set(name, [...(queryMs.get(name) ?? []), performance.now() - begin]);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

async function watchMemory(): Promise<void> {
  while (elapsed() < seconds) {
    residentMiB.push(resident('VmRSS'));
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

await Promise.all([...Array.from({ length: pushConnections }, pushSteadily), askSteadily(), watchMemory()]);
const tookSeconds = elapsed();
const cpu = cpuSeconds();
await fetch(`${url}/flush`, { method: 'POST', headers: { 'x-scope-orgid': tenant } });
const spanSeconds = Math.ceil(tookSeconds) + 120;
const count = await fetch(
  `${url}/loki/api/v1/query?${new URLSearchParams({ query: `sum(count_over_time(${all}[${spanSeconds}s]))`, time: String(lastNs + 1n) })}`,
  { headers: { 'x-scope-orgid': tenant } },
);
const found = Number(
  ((await count.json()) as { data: { result: { value: [number, string] }[] } }).data.result[0]?.value[1],
);

const quantile = (values: readonly number[], q: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? Number.NaN;
const part = (from: number, to: number) =>
  residentMiB.slice(Math.floor(residentMiB.length * from), Math.ceil(residentMiB.length * to));
console.log(
  `asked for      ${options.mb} MB/s for ${seconds} s; at most ${behindSeconds.toFixed(1)} s behind, ${refused} pushes refused and sent again`,
);
console.log(
  `pushed         ${(sentBytes / 1e6).toFixed(0)} MB, ${sentRows} lines, ${(sentBytes / 1e6 / tookSeconds).toFixed(1)} MB/s`,
);
console.log(
  `push           p50 ${quantile(pushMs, 0.5).toFixed(0)} ms, p99 ${quantile(pushMs, 0.99).toFixed(0)} ms, longest ${Math.max(...pushMs).toFixed(0)} ms`,
);
for (const [name, values] of queryMs) {
  console.log(
    `${name.padEnd(22)} ${String(values.length).padStart(4)} times, p50 ${quantile(values, 0.5).toFixed(0)} ms, p99 ${quantile(values, 0.99).toFixed(0)} ms`,
  );
}
console.log(`failed queries ${failedQueries}`);
console.log(
  `memory         first half at most ${Math.max(...part(0, 0.5)).toFixed(0)} MiB, second half ${Math.max(...part(0.5, 1)).toFixed(0)} MiB, peak ${resident('VmHWM').toFixed(0)} MiB`,
);
console.log(`server         ${cpu.toFixed(0)} CPU s, with the queries`);
console.log(`found          ${found} lines, ${sentRows - found} missing`);
server.kill('SIGTERM');
await once(server, 'exit');
agent.destroy();
if (options.keep) console.log(directory);
else await rm(directory, { recursive: true });
if (found !== sentRows || failedQueries > 0) process.exitCode = 1;

function resident(key: 'VmRSS' | 'VmHWM'): number {
  return Number(new RegExp(`${key}:\\s+(\\d+)`).exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))![1]) / 1024;
}

function cpuSeconds(): number {
  const fields = readFileSync(`/proc/${server.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function freePort(): Promise<number> {
  const listening = createServer().listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const address = listening.address() as { port: number };
  listening.close();
  await once(listening, 'close');
  return address.port;
}

function lokiYaml(): string {
  return `auth_enabled: true
server: {http_listen_address: 127.0.0.1, http_listen_port: ${port}}
common: {path_prefix: ./data, replication_factor: 1, storage: {filesystem: {chunks_directory: ./data/chunks, rules_directory: ./data/rules}}}
schema_config: {configs: [{from: "2024-01-01", store: tsdb, object_store: filesystem, schema: v13, index: {prefix: index_, period: 24h}}]}
limits_config: {ingestion_rate_mb: 1000, ingestion_burst_size_mb: 1000, per_stream_rate_limit: 1GB, per_stream_rate_limit_burst: 1GB, creation_grace_period: 1h}
`;
}
