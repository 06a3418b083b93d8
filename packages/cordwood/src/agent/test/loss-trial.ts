/**
 * The promise of the agent, put to the test: lines are written to files that are rotated all the while, the agent is killed
 * (SIGKILL) and restarted, the server goes away, the agent's disk fills up. In the end every line is at the server.
 */
import { type ChildProcess, fork } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Random, randomInt, seededRandom } from '../../world/random.ts';
import { PushServer } from './push-server.ts';

export interface LossTrialOptions {
  readonly seed: number;
  readonly lines: number;
  readonly files: number;
  readonly kills: number;
  readonly outages: number;
  readonly fullDisks: number;
  /** Lines of a file before it is rotated. */
  readonly rotateAfter: number;
  /** Lines per second that are written, all files together. */
  readonly linesPerSecond: number;
  readonly log: (message: string) => void;
}

export interface LossTrialResult {
  readonly missing: string[];
  readonly duplicates: number;
  readonly rotations: number;
  readonly seconds: number;
}

/** Rotated files that are kept of each: what is older is deleted, as a kubelet does. */
const keptFiles = 12;

export async function runLossTrial(options: LossTrialOptions): Promise<LossTrialResult> {
  const random = seededRandom(options.seed);
  const directory = mkdtempSync(join(tmpdir(), 'cordwood-loss-'));
  const server = new PushServer();
  const counts = new Map<string, number>();
  server.onEntries = (entries) => {
    for (const { line } of entries) counts.set(line, (counts.get(line) ?? 0) + 1);
  };
  await server.listen();
  const agent = new KilledAgent(directory, server.url);
  const writer = new RotatingWriter(directory, options, random);
  try {
    await agent.start();
    const events = plan(options, random);
    writer.touchAll();
    // Who is killed before it has ever seen a file cannot know of it when it is rotated away meanwhile.
    await agent.knowsAll(options.files);
    const startedMs = performance.now();
    for (let written = 0; written < options.lines; ) {
      const batch = Math.min(options.lines - written, Math.max(1, Math.round(options.linesPerSecond / 50)));
      for (let i = 0; i < batch; i++) writer.write();
      written += batch;
      for (let event = events[0]; event !== undefined && event.at <= written; event = events[0]) {
        events.shift();
        options.log(`${event.kind} after ${written} lines`);
        await happen(event.kind, agent, server, directory, random);
      }
      const dueMs = startedMs + (written / options.linesPerSecond) * 1000;
      await pause(Math.max(0, dueMs - performance.now()));
    }
    options.log(`all written, ${writer.rotations} rotations; waiting for the rest`);
    rmSync(join(directory, 'data.full'), { force: true });
    server.answer = () => 204;
    await agent.start();
    for (let idle = 0, before = -1; counts.size < options.lines && idle < 600; ) {
      idle = counts.size === before ? idle + 1 : 0;
      before = counts.size;
      await pause(100);
    }
    await agent.stop();
    const missing = writer.lines().filter((line) => !counts.has(line));
    const duplicates = [...counts.values()].reduce((sum, count) => sum + count - 1, 0);
    return { missing, duplicates, rotations: writer.rotations, seconds: (performance.now() - startedMs) / 1000 };
  } finally {
    await agent.kill();
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

type Kind = 'kill' | 'outage' | 'full disk';

/** When what happens, in lines written. */
function plan(options: LossTrialOptions, random: Random): { at: number; kind: Kind }[] {
  const events: { at: number; kind: Kind }[] = [];
  const add = (kind: Kind, count: number) => {
    for (let i = 0; i < count; i++) events.push({ at: Math.floor(options.lines * (0.05 + 0.9 * random())), kind });
  };
  add('kill', options.kills);
  add('outage', options.outages);
  add('full disk', options.fullDisks);
  return events.sort((a, b) => a.at - b.at);
}

async function happen(
  kind: Kind,
  agent: KilledAgent,
  server: PushServer,
  directory: string,
  random: Random,
): Promise<void> {
  if (kind === 'kill') {
    await agent.kill();
    // Down for a while, in which files go on to be written and rotated.
    setTimeout(() => void agent.start(), randomInt(random, 600));
  } else if (kind === 'outage') {
    server.answer = () => 503;
    setTimeout(() => {
      server.answer = () => 204;
    }, 200 + randomInt(random, 1500));
  } else {
    writeFileSync(join(directory, 'data.full'), '');
    setTimeout(() => rmSync(join(directory, 'data.full'), { force: true }), 200 + randomInt(random, 1500));
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

class KilledAgent {
  readonly #directory: string;
  readonly #config: string;
  #process: ChildProcess | undefined;
  #starting: Promise<void> | undefined;

  constructor(directory: string, url: string) {
    this.#directory = directory;
    this.#config = join(directory, 'config.alloy');
    mkdirSync(join(directory, 'logs'));
    writeFileSync(
      this.#config,
      `loki.source.file "in" {
        targets    = [{ __path__ = "${directory}/logs/*.log" }]
        forward_to = [loki.process.p.receiver]
        file_match {
          enabled     = true
          sync_period = "500ms"
        }
        file_watch {
          min_poll_frequency = "50ms"
          max_poll_frequency = "50ms"
        }
      }
      loki.process "p" {
        forward_to = [loki.write.out.receiver]
        stage.cri { }
      }
      loki.write "out" {
        endpoint {
          url                = "${url}"
          batch_wait         = "100ms"
          batch_size         = "64KiB"
          min_backoff_period = "50ms"
          max_backoff_period = "500ms"
          queue_config {
            capacity = "256KiB"
          }
        }
      }`,
    );
  }

  start(): Promise<void> {
    this.#starting ??= this.#process === undefined ? this.#fork() : Promise.resolve();
    return this.#starting;
  }

  #fork(): Promise<void> {
    const child = fork(join(import.meta.dirname, 'agent-process.ts'), [this.#config, join(this.#directory, 'data')]);
    this.#process = child;
    return new Promise((resolve) => {
      child.once('message', () => resolve());
      child.once('exit', (code, signal) => {
        if (signal === null && code !== 0) throw new Error(`the agent ended by itself with code ${code}`);
        resolve();
      });
    });
  }

  /** Resolves once the positions of all files are on disk. */
  async knowsAll(files: number): Promise<void> {
    const path = join(this.#directory, 'data', 'loki.source.file.in', 'positions.yml');
    for (;;) {
      const known = existsSync(path) ? (readFileSync(path, 'utf8').match(/\? path:/g)?.length ?? 0) : 0;
      if (known === files) return;
      await pause(20);
    }
  }

  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    this.#starting = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  async stop(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
  }
}

/** Writes numbered CRI lines in turn to files that it rotates: by renaming, every fourth by copying and truncating. */
class RotatingWriter {
  rotations = 0;
  readonly #directory: string;
  readonly #options: LossTrialOptions;
  readonly #random: Random;
  readonly #counts: number[];
  readonly #sinceRotation: number[];

  constructor(directory: string, options: LossTrialOptions, random: Random) {
    this.#directory = directory;
    this.#options = options;
    this.#random = random;
    this.#counts = new Array<number>(options.files).fill(0);
    this.#sinceRotation = new Array<number>(options.files).fill(0);
  }

  /** Creates all files. */
  touchAll(): void {
    for (let file = 0; file < this.#options.files; file++)
      appendFileSync(join(this.#directory, 'logs', `f${file}.log`), '');
  }

  write(): void {
    const file = randomInt(this.#random, this.#options.files);
    const path = join(this.#directory, 'logs', `f${file}.log`);
    const text = this.#line(file, this.#counts[file]!++);
    appendFileSync(path, `2026-01-01T00:00:00.000000001Z stdout F ${text}\n`);
    if (++this.#sinceRotation[file]! < this.#options.rotateAfter) return;
    this.#sinceRotation[file] = 0;
    this.rotations++;
    this.#rotate(path, file % 4 === 3);
  }

  #rotate(path: string, copy: boolean): void {
    if (existsSync(`${path}.${keptFiles}`)) unlinkSync(`${path}.${keptFiles}`);
    for (let i = keptFiles - 1; i >= 1; i--)
      if (existsSync(`${path}.${i}`)) renameSync(`${path}.${i}`, `${path}.${i + 1}`);
    if (copy) {
      copyFileSync(path, `${path}.1`);
      truncateSync(path, 0);
    } else renameSync(path, `${path}.1`);
  }

  #line(file: number, number: number): string {
    return `file ${file} line ${number} ${'.'.repeat(number % 80)}`;
  }

  /** All lines that were written. */
  lines(): string[] {
    return this.#counts.flatMap((count, file) =>
      Array.from({ length: count }, (_, number) => this.#line(file, number)),
    );
  }
}
