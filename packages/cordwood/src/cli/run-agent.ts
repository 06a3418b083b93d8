import { type Agent, createAgent } from '../agent/agent.ts';
import type { Stability } from '../agent/component.ts';
import { AgentHttp } from '../agent/status/agent-http.ts';
import type { LogMessage } from '../model/log-message.ts';
import { systemClock } from '../world/system-clock.ts';
import { agentEnvironment, readAlloyFiles, withSources } from './alloy-files.ts';
import { ConfigError } from './config-error.ts';

export interface RunAgentOptions {
  /** A file, or a folder whose `*.alloy` files are read as one. */
  readonly config: string;
  readonly dataDirectory: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: LogMessage;
  readonly stability?: Stability;
  /** Told what the `logging` block says, before anything is started. */
  readonly onLogging?: (logging: Agent['logging']) => void;
}

export interface RunningAgent {
  readonly agent: Agent;
  readonly files: readonly string[];
  /** What it answers over HTTP. */
  readonly http: AgentHttp;
  stop(): Promise<void>;
}

/** Loads a configuration and starts its components. A problem in it is a ConfigError that shows every one. */
export async function runAgent(options: RunAgentOptions): Promise<RunningAgent> {
  return startAgent(loadAgent(options), options);
}

/** Reads and checks the files, and starts nothing. */
export function loadAgent(options: RunAgentOptions): { agent: Agent; files: readonly string[] } {
  const files = readAlloyFiles(options.config);
  const { agent, diagnostics } = createAgent({
    files,
    dataDirectory: options.dataDirectory,
    clock: systemClock,
    log: options.log,
    environment: agentEnvironment(options.env),
    ...(options.stability === undefined ? {} : { stability: options.stability }),
  });
  if (agent === undefined) throw new ConfigError(`${options.config} cannot be run`, withSources(diagnostics, files));
  return { agent, files: files.map(({ name }) => name) };
}

export async function startAgent(
  { agent, files }: { agent: Agent; files: readonly string[] },
  options: RunAgentOptions,
): Promise<RunningAgent> {
  options.onLogging?.(agent.logging);
  await agent.start();
  const http = new AgentHttp(agent, systemClock);
  return {
    agent,
    files,
    http,
    async stop() {
      http.stop();
      await agent.stop();
    },
  };
}
