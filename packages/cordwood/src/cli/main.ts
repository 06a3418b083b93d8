import { readFileSync } from 'node:fs';
import { renderDiagnostic } from '../model/diagnostic.ts';
import { WorldError, type WorldFailureCode } from '../model/failure.ts';
import {
  type Command,
  type CommandGroup,
  exitCode,
  parseInvocation,
  renderGroupHelp,
  renderHelp,
  UsageError,
} from './command.ts';
import { commands } from './commands/registry.ts';
import { ConfigError } from './config-error.ts';
import { createTerminal, type Terminal } from './terminal.ts';

/** The process: finds the command, runs it, turns every outcome into an exit code and, on failure, one clear message. */
export async function main(args: readonly string[]): Promise<void> {
  const terminal = createTerminal(process.env);
  // A reader that goes away (`| head`) is no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  // Timers of the clock do not hold the process, and a command that only waits for one must not end before its end.
  const alive = setInterval(() => {}, 60_000);
  process.exitCode = await runCommand(args, terminal, process.env, createInterrupt());
  clearInterval(alive);
  // What still runs after a command has ended (keep-alive sockets, workers) must not hold the process.
  if (process.stdout.writableLength > 0) await new Promise((resolve) => process.stdout.once('drain', resolve));
  process.exit();
}

/** The first Ctrl-C or SIGTERM asks to stop, a second one stops at once. */
function createInterrupt(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort(name);
    });
  }
  return controller.signal;
}

/** One invocation without the process around it, as tests call it. */
export async function runCommand(
  args: readonly string[],
  terminal: Terminal,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    const { command, group } = findCommand(rest);
    await terminal.out(command ? renderHelp(command) : group ? renderGroupHelp(group) : renderOverview());
    return exitCode.ok;
  }
  if (name === '--version' || name === 'version') {
    await terminal.out(`cordwood ${version()} (node ${process.versions.node})\n`);
    return exitCode.ok;
  }
  const { command, group, operands } = findCommand(args);
  if (command === undefined) return explainMissing(args, group, terminal);
  try {
    const { options, positionals, help } = parseInvocation(command, operands, env);
    if (help) {
      await terminal.out(renderHelp(command));
      return exitCode.ok;
    }
    return await command.run({ options, positionals, terminal, env, signal });
  } catch (error) {
    return reportFailure(command.name, error, terminal, env);
  }
}

interface Found {
  readonly command?: Command;
  /** The group that the first word names. */
  readonly group?: CommandGroup;
  /** What follows the words that name the command. */
  readonly operands: readonly string[];
}

function findCommand([name, ...rest]: readonly string[]): Found {
  // `explain network` stands beside `explain`, whose operand is a query.
  const pair = commands.find((candidate) => candidate.name === `${name} ${rest[0]}`);
  if (pair !== undefined && !('commands' in pair)) return { command: pair, operands: rest.slice(1) };
  const entry = commands.find((candidate) => candidate.name === name);
  if (entry === undefined) return { operands: rest };
  if (!('commands' in entry)) return { command: entry, operands: rest };
  const command = entry.commands.find((candidate) => candidate.name === `${name} ${rest[0]}`);
  return { group: entry, operands: rest.slice(1), ...(command === undefined ? {} : { command }) };
}

async function explainMissing(
  [name, member]: readonly string[],
  group: CommandGroup | undefined,
  terminal: Terminal,
): Promise<number> {
  if (group === undefined) {
    terminal.note(`cordwood: there is no command '${name}'. 'cordwood help' lists them.`);
    return exitCode.usage;
  }
  if (member === '--help' || member === '-h' || member === 'help') {
    await terminal.out(renderGroupHelp(group));
    return exitCode.ok;
  }
  if (member === undefined) terminal.note(renderGroupHelp(group).trimEnd());
  else terminal.note(`cordwood: there is no command '${name} ${member}'. 'cordwood ${name} --help' lists them.`);
  return exitCode.usage;
}

function reportFailure(command: string, error: unknown, terminal: Terminal, env: NodeJS.ProcessEnv): number {
  const label = terminal.style('red', 'error:');
  if (error instanceof UsageError) {
    terminal.note(`${label} ${error.message}\nSee 'cordwood ${command} --help'.`);
    return exitCode.usage;
  }
  if (error instanceof ConfigError) {
    for (const { diagnostic, source } of error.findings) terminal.note(renderDiagnostic(diagnostic, source));
    if (error.message) terminal.note(`${label} ${error.message}`);
    return exitCode.usage;
  }
  if (error instanceof WorldError) {
    terminal.note([`${label} ${error.message}`, nextSteps[error.code] ?? []].flat().join('\n'));
    return error.code === 'UNREACHABLE' ? exitCode.failed : exitCode.usage;
  }
  terminal.note(`${label} ${error instanceof Error ? error.message : String(error)}`);
  if (env['CORDWOOD_DEBUG'] && error instanceof Error) terminal.note(error.stack ?? '');
  return exitCode.failed;
}

/** Of failures that only a data folder can have. */
const nextSteps: Partial<Record<WorldFailureCode, string>> = {
  DISK_WRITE: 'See that this user may write there, or choose another folder: --data DIR, or common.path_prefix.',
  DISK_FULL: 'Make room, or choose another folder: --data DIR, or common.path_prefix.',
  DIRECTORY_LOCKED: 'Stop it, or choose another folder: --data DIR, or common.path_prefix.',
  OBJECT_STORE_UNAVAILABLE:
    'Look at endpoint, region and network; --local-storage keeps chunks in the data folder only.',
  OBJECT_STORE_REFUSED:
    'Look at bucket, region, credentials and policy; --local-storage keeps chunks in the data folder only.',
  FORMAT_VERSION: 'Run that version, or choose another folder: --data DIR, or common.path_prefix.',
};

function renderOverview(): string {
  const width = Math.max(...commands.map((command) => command.name.length)) + 2;
  const lines = [
    'Cordwood: run, query, test and prove a Grafana Loki log platform on one machine.',
    '',
    'Usage: cordwood COMMAND [options]',
    '',
  ];
  for (const command of commands) lines.push(`  ${command.name.padEnd(width)}${command.summary}`);
  lines.push('', "'cordwood COMMAND --help' shows options and examples.");
  return `${lines.join('\n')}\n`;
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
}
