/** A whole agent on a simulated clock, whose timers run as fast as what they wait for. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Disk } from '../../world/disk.ts';
import { seededRandom } from '../../world/random.ts';
import { SimulatedClock } from '../../world/simulated-clock.ts';
import { type Agent, createAgent } from '../agent.ts';

export interface Workplace {
  readonly directory: string;
  readonly clock: SimulatedClock;
  readonly messages: string[];
  /** Creates and starts an agent on the data folder of this workplace. */
  start(
    config: string,
    options?: { disk?: Disk; drainTimeoutMs?: number; variables?: Record<string, string> },
  ): Promise<Agent>;
  /**
   * Lets time pass, in small steps with turns of the event loop between, until the condition holds. Fails when 60 s of it and 30 s
   * of real time have passed: other processes may be slow.
   */
  until(what: string, done: () => boolean): Promise<void>;
  /** Stops an agent while time passes. */
  stop(agent: Agent): Promise<void>;
  path(name: string): string;
}

export async function withWorkplace(run: (workplace: Workplace) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'cordwood-agent-'));
  const clock = new SimulatedClock(BigInt(Date.UTC(2026, 5, 15, 10)) * 1_000_000n);
  const messages: string[] = [];
  const running = new Set<Agent>();
  const step = async () => {
    await clock.advance(20);
    // Sockets and files answer in turns of the event loop that no simulated clock can give.
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  const workplace: Workplace = {
    directory,
    clock,
    messages,
    path: (name) => join(directory, name),
    async start(config, { disk, drainTimeoutMs, variables = {} } = {}) {
      const { agent, diagnostics } = createAgent({
        files: [{ name: 'config.alloy', text: config }],
        dataDirectory: join(directory, 'data'),
        clock,
        random: seededRandom(1),
        log: (level, message, fields) => messages.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`),
        environment: {
          variable: (name) => variables[name],
          hostname: 'host-1',
          os: 'linux',
          arch: 'amd64',
          version: '0.1.0',
        },
        ...(disk ? { disk } : {}),
        ...(drainTimeoutMs === undefined ? {} : { drainTimeoutMs }),
      });
      if (agent === undefined) throw new Error(diagnostics.map((d) => `${d.line}:${d.column} ${d.message}`).join('\n'));
      running.add(agent);
      await agent.start();
      return agent;
    },
    async until(what, done) {
      const startMs = performance.now();
      for (let i = 0; i < 3000 || performance.now() - startMs < 30_000; i++) {
        if (done()) return;
        await step();
      }
      throw new Error(`still waiting for ${what}\n${messages.slice(-10).join('\n')}`);
    },
    async stop(agent) {
      running.delete(agent);
      let stopped = false;
      const stopping = agent.stop().finally(() => {
        stopped = true;
      });
      while (!stopped) await step();
      await stopping;
    },
  };
  try {
    await run(workplace);
  } finally {
    for (const agent of running) await workplace.stop(agent);
    rmSync(directory, { recursive: true, force: true });
  }
}
