import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { runCaptured } from '../src/cli/test/run-captured.ts';
import type { CheckState } from '../src/proof/acceptance/criterion.ts';
import { freePort } from '../src/rules/test/real-process.ts';
import { cordwood } from './cordwood-process.ts';

/** GreenLang's platform in a process of its own, from its production files, which a test may break first. */
export interface PlatformUnderTest extends AsyncDisposable {
  readonly url: string;
  readonly otlp: string;
  readonly directory: string;
  readonly pods: string;
  /** Resolves when the pods' lines have arrived. */
  lines(): Promise<void>;
  /** `cordwood verify` against it, some criteria only: their states, and all evidence as one text. */
  verify(only: string, ...more: readonly string[]): Promise<Verdict>;
}

export interface Verdict {
  readonly code: number;
  readonly states: Readonly<Record<number, CheckState>>;
  /** `failed: what: evidence`, a line for each check. */
  readonly evidence: string;
  readonly failures: string;
}

// biome-ignore lint/suspicious/noExplicitAny: a test changes whatever the file has
export type Document = any;

export interface Breakage {
  /** Changes the parsed file. */
  readonly loki?: (config: Document) => void;
  readonly overrides?: (tenants: Document) => void;
  /** Changes the text; a change that changes nothing fails the test. */
  readonly alloy?: (text: string) => string;
  /** Does something to the folder before the start. */
  readonly folder?: (directory: string) => void;
  /** For the process, beside what it needs to run here. */
  readonly env?: NodeJS.ProcessEnv;
  /** What a pod writes instead of records. */
  readonly line?: (pod: PodUnderTest, n: number) => string;
}

export interface PodUnderTest {
  readonly namespace: string;
  readonly service: string;
}

const podsUnderTest: readonly PodUnderTest[] = [
  { namespace: 'greenlang-prod', service: 'csrd-agent' },
  { namespace: 'greenlang-prod', service: 'api-gateway' },
  { namespace: 'greenlang-staging', service: 'sb253-agent' },
  { namespace: 'greenlang-dev', service: 'cbam-agent' },
  { namespace: 'greenlang-audit', service: 'audit-trail' },
];

const greenlang = join(import.meta.dirname, '../../../greenlang');
const writeEveryMs = 250;
const readyWithinMs = 60_000;

export async function startPlatform(breakage: Breakage = {}): Promise<PlatformUnderTest> {
  const root = mkdtempSync(join(tmpdir(), 'cordwood-verify-'));
  const directory = join(root, 'platform');
  const pods = join(root, 'pods');
  mkdirSync(directory);
  for (const name of ['loki.yaml', 'overrides.yaml', 'config.alloy', 'rules'])
    cpSync(join(greenlang, name), join(directory, name), { recursive: true });
  breakFiles(directory, breakage);

  const [port, otlpPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  let output = '';
  const child = spawn(
    process.execPath,
    [cordwood, 'up', directory, '--port', String(port), '--data', join(root, 'data')],
    {
      env: {
        ...process.env,
        CORDWOOD_PODS: pods,
        CORDWOOD_OTLP_HTTP: `127.0.0.1:${otlpPort}`,
        CORDWOOD_OTLP_GRPC: `127.0.0.1:${await freePort()}`,
        CORDWOOD_MACHINE_LOGS: join(root, 'none-*.log'),
        ...breakage.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const stopPods = writePods(pods, breakage.line ?? recordOf);
  await ready(child, url, () => output);
  return {
    url,
    otlp: `http://127.0.0.1:${otlpPort}`,
    directory,
    pods,
    lines: () => untilLines(url),
    verify: (only, ...more) => verify(url, only, more),
    async [Symbol.asyncDispose]() {
      stopPods();
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await ended;
      rmSync(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

function breakFiles(directory: string, { loki, overrides, alloy, folder }: Breakage): void {
  const changeYaml = (name: string, change: (document: Document) => void) => {
    const path = join(directory, name);
    const before = readFileSync(path, 'utf8');
    const document = parse(before);
    change(document);
    assert.notDeepEqual(document, parse(before), `${name} was changed`);
    writeFileSync(path, stringify(document));
  };
  if (loki !== undefined) changeYaml('loki.yaml', loki);
  if (overrides !== undefined) changeYaml('overrides.yaml', (document) => overrides(document.overrides));
  if (alloy !== undefined) {
    const path = join(directory, 'config.alloy');
    const before = readFileSync(path, 'utf8');
    const after = alloy(before);
    assert.notEqual(after, before, 'config.alloy was changed');
    writeFileSync(path, after);
  }
  folder?.(directory);
}

async function ready(child: ChildProcess, url: string, output: () => string): Promise<void> {
  for (const endMs = Date.now() + readyWithinMs; Date.now() < endMs; ) {
    if (output().includes('Ctrl-C stops') && (await fetch(`${url}/ready`).catch(() => undefined))?.ok) return;
    assert.equal(child.exitCode, null, `cordwood up ended: ${output()}`);
    await delay(50);
  }
  throw new Error(`cordwood up did not become ready: ${output()}`);
}

async function untilLines(url: string): Promise<void> {
  const query = new URLSearchParams({ query: '{service="api-gateway"}', limit: '1' });
  for (const endMs = Date.now() + readyWithinMs; Date.now() < endMs; await delay(50)) {
    const answer = await fetch(`${url}/loki/api/v1/query_range?${query}`, {
      headers: { 'x-scope-orgid': 'greenlang-prod' },
    });
    if ((await answer.text()).includes('"values"')) return;
  }
  throw new Error('no line of a pod arrived');
}

/** Every pod writes a line now and then, in the kubelet's layout and the runtime's format. */
function writePods(directory: string, lineOf: (pod: PodUnderTest, n: number) => string): () => void {
  const files = podsUnderTest.map((pod) => {
    const folder = join(directory, `${pod.namespace}_${pod.service}-0_uid-${pod.service}`, pod.service);
    mkdirSync(folder, { recursive: true });
    return { pod, file: join(folder, '0.log') };
  });
  let n = 0;
  const write = () => {
    n++;
    for (const { pod, file } of files) appendFileSync(file, `${new Date().toISOString()} stdout F ${lineOf(pod, n)}\n`);
  };
  write();
  const timer = setInterval(write, writeEveryMs);
  return () => clearInterval(timer);
}

export function recordOf({ service }: PodUnderTest, n: number): string {
  return JSON.stringify({
    timestamp: new Date().toISOString(),
    level: n % 5 === 0 ? 'ERROR' : 'INFO',
    event: 'item_processed',
    logger: `greenlang.${service}`,
    service,
    version: '1.0.0',
    environment: 'test',
    duration_ms: n % 100,
    data: { n, upstream: 'csrd-agent' },
  });
}

async function verify(url: string, only: string, more: readonly string[]): Promise<Verdict> {
  const args = ['verify', '--addr', url, '--platform', join(greenlang, 'platform.ts'), '--only', only, '-f', 'json'];
  const { code, out, note } = await runCaptured([...args, ...more]);
  assert.ok(out !== '', note);
  const { criteria } = JSON.parse(out) as {
    criteria: {
      number: number;
      state: CheckState;
      checks: { state: CheckState; what: string; evidence: string }[];
    }[];
  };
  const lines = criteria.flatMap(({ checks }) =>
    checks.map(({ state, what, evidence }) => `${state}: ${what}: ${evidence}`),
  );
  return {
    code,
    states: Object.fromEntries(criteria.map(({ number, state }) => [number, state])),
    evidence: lines.join('\n'),
    failures: lines.filter((line) => line.startsWith('failed')).join('\n'),
  };
}
