import { type Agent, createAgent } from '../agent/agent.ts';
import type { Stability } from '../agent/component.ts';
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
}

/** Loads a configuration and starts its components. A problem in it is a ConfigError that shows every one. */
export async function runAgent(options: RunAgentOptions): Promise<{ agent: Agent; files: readonly string[] }> {
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
  await agent.start();
  return { agent, files: files.map(({ name }) => name) };
}
