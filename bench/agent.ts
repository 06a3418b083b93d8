/**
 * Throughput of the agent per CPU second: a file of CRI lines (about 265 bytes each) through the pipelines that issue 5 names,
 * to a server that answers 204. User and system time of this process, from the first read to the last acknowledgement.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from '@cordwood/alloy';
import { createAgent } from '../packages/cordwood/src/agent/agent.ts';
import { seededRandom } from '../packages/cordwood/src/world/random.ts';
import { systemClock } from '../packages/cordwood/src/world/system-clock.ts';

const lineCount = Number(process.env['LINES'] ?? 500_000);

/** A server that takes everything. */
function runSink(): void {
  const server = createServer((request, response) => {
    request.on('data', () => {});
    request.on('end', () => response.writeHead(204).end());
  });
  server.listen(0, '127.0.0.1', () => process.send!((server.address() as { port: number }).port));
}

function writePodsLog(path: string): void {
  const random = seededRandom(1);
  const hex = (length: number) => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
  const events = ['emission_calculated', 'record_validated', 'http_request'];
  const levels = ['INFO', 'INFO', 'WARN', 'ERROR'];
  const file = openSync(path, 'w');
  let text = '';
  let timeMs = Date.UTC(2026, 0, 2);
  for (let i = 0; i < lineCount; i++) {
    timeMs += 3;
    const iso = new Date(timeMs).toISOString();
    const line = JSON.stringify({
      timestamp: iso,
      level: levels[i % 4],
      event: events[i % 3],
      service: 'csrd-agent',
      request_id: `req-${hex(8)}`,
      trace_id: hex(32),
      duration_ms: (i % 1000) / 10,
      data: { user: i % 50 === 0 ? `jane.doe${i}@example.com` : `u${i}` },
    });
    text += `${iso.replace('Z', '123456Z')} stdout F ${line}\n`;
    if (text.length > 1 << 20) {
      writeSync(file, text);
      text = '';
    }
  }
  writeSync(file, text);
  closeSync(file);
}

const pipelines: Readonly<Record<string, string>> = {
  'cri → write': 'stage.cri { }',
  'cri → json → labels → two replaces → write': `stage.cri { }
  stage.json { expressions = { level = "", event = "", trace_id = "" } }
  stage.labels { values = { level = "" } }
  stage.replace {
    expression = \`([a-zA-Z0-9_.+-]+@[a-zA-Z0-9-]+\\.[a-zA-Z0-9.-]+)\`
    replace    = "<email>"
  }
  stage.replace {
    expression = \`((?:sk|pk|api|key)[-_][A-Za-z0-9]{16,})\`
    replace    = "<key>"
  }`,
  'cri → the redaction of greenlang/config.alloy → write': `stage.cri { }\n${greenlangRedaction()}`,
};

/** The stages of the process that redacts: what GreenLang runs on every line. */
function greenlangRedaction(): string {
  const name = join(import.meta.dirname, '..', 'greenlang', 'config.alloy');
  const text = readFileSync(name, 'utf8');
  const process = parse({ name, text }).file.body.find(
    (statement) => statement.kind === 'block' && statement.label?.text === 'redact',
  );
  if (process?.kind !== 'block') throw new Error(`${name} has no component "redact"`);
  const stages = process.body.filter((statement) => statement.kind === 'block');
  return stages.map((stage) => text.slice(stage.start, stage.end)).join('\n');
}

async function runBenchmark(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'cordwood-bench-'));
  const path = join(directory, 'pods.log');
  const sink: ChildProcess = fork(import.meta.filename, ['sink']);
  try {
    writePodsLog(path);
    const port = await new Promise<number>((resolve) => sink.once('message', (message) => resolve(message as number)));
    const only = process.env['ONLY'];
    for (const [name, stages] of Object.entries(pipelines)) {
      if (only === undefined || name.includes(only))
        await measure(name, stages, path, port, join(directory, name.replace(/\W+/g, '-')));
    }
  } finally {
    sink.kill();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measure(name: string, stages: string, path: string, port: number, dataDirectory: string): Promise<void> {
  const text = `
loki.source.file "in" {
  targets    = [{ __path__ = "${path}", job = "bench", namespace = "greenlang", pod = "csrd-agent-0" }]
  forward_to = [loki.process.p.receiver]
}
loki.process "p" {
  forward_to = [loki.write.out.receiver]
  ${stages}
}
loki.write "out" {
  endpoint {
    url        = "http://127.0.0.1:${port}/loki/api/v1/push"
    batch_wait = "200ms"
  }
}`;
  const { agent, diagnostics } = createAgent({
    files: [{ name: 'bench.alloy', text }],
    dataDirectory,
    clock: systemClock,
    log: (level, message, fields) => level === 'error' && console.error(message, fields),
    environment: { variable: () => undefined, hostname: 'bench', os: 'linux', arch: 'amd64', version: 'bench' },
  });
  if (agent === undefined) throw new Error(JSON.stringify(diagnostics));
  // Timers of the agent do not keep a process alive.
  const alive = setInterval(() => {}, 1000);
  const startMs = performance.now();
  const before = process.cpuUsage();
  await agent.start();
  const sentEntries = () => Number(/^loki_write_sent_entries_total\{[^}]*\} (\d+)/m.exec(agent.metrics())?.[1] ?? 0);
  while (sentEntries() < lineCount) await new Promise((resolve) => setTimeout(resolve, 20));
  const { user, system } = process.cpuUsage(before);
  const wallMs = performance.now() - startMs;
  await agent.stop();
  clearInterval(alive);
  const cpuSeconds = (user + system) / 1e6;
  const megabytes = statSync(path).size / 1e6;
  const figure = (value: number) => Math.round(value).toLocaleString('en-US');
  console.log(
    `${name}: ${figure(lineCount / cpuSeconds)} lines and ${figure(megabytes / cpuSeconds)} MB per CPU second ` +
      `(${figure(lineCount)} lines, ${cpuSeconds.toFixed(2)} CPU s, ${(wallMs / 1000).toFixed(2)} s, ${figure(process.memoryUsage.rss() / 1e6)} MB resident)`,
  );
}

if (process.argv[2] === 'sink') runSink();
else await runBenchmark();
