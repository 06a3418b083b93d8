import { globSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Agent, createAgent } from '../agent/agent.ts';
import type { LogMessage } from '../model/log-message.ts';
import { systemClock } from '../world/system-clock.ts';
import { ConfigError } from './config-error.ts';
import { readConfigText } from './run-server.ts';

export interface RunAgentOptions {
  /** A file, or a folder whose `*.alloy` files are read as one. */
  readonly config: string;
  readonly dataDirectory: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: LogMessage;
}

/** Loads a configuration and starts its components. A problem in it is a ConfigError that shows every one. */
export async function runAgent(options: RunAgentOptions): Promise<{ agent: Agent; files: readonly string[] }> {
  const names = configFiles(options.config);
  const files = names.map((name) => ({ name, text: readConfigText(name) }));
  const { agent, diagnostics } = createAgent({
    files,
    dataDirectory: options.dataDirectory,
    clock: systemClock,
    log: options.log,
    environment: {
      variable: (name) => options.env[name],
      hostname: hostname(),
      os: process.platform,
      arch: process.arch === 'x64' ? 'amd64' : process.arch,
      version: 'v0.1.0',
    },
  });
  if (agent === undefined) {
    const textOf = (file: string | undefined) => files.find(({ name }) => name === file)?.text;
    throw new ConfigError(
      `${options.config} cannot be run`,
      diagnostics.map((diagnostic) => ({ diagnostic, source: textOf(diagnostic.file) })),
    );
  }
  await agent.start();
  return { agent, files: names };
}

function configFiles(path: string): string[] {
  let directory = false;
  try {
    directory = statSync(path).isDirectory();
  } catch {
    throw new ConfigError(`${path}: there is no such file. --config names the file or folder to use.`);
  }
  if (!directory) return [path];
  const names = globSync('*.alloy', { cwd: path }).sort();
  if (names.length === 0) throw new ConfigError(`${path}: the folder has no *.alloy files`);
  return names.map((name) => join(path, name));
}
