import { parseArgs } from 'node:util';
import type { Terminal } from './terminal.ts';

/** Exit codes: 0 all is well, 1 a check failed or the work could not be done, 2 wrong usage or configuration. */
export const exitCode = { ok: 0, failed: 1, usage: 2 } as const;

export interface OptionSpec {
  readonly type: 'string' | 'boolean';
  readonly describe: string;
  /** Name of the value in help: `--since DURATION`. */
  readonly value?: string;
  readonly short?: string;
  readonly multiple?: true;
  readonly default?: string;
  /** Environment variable that stands in when the option is not given. */
  readonly env?: string;
}
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

export type OptionValues<Specs extends OptionSpecs> = {
  readonly [Name in keyof Specs]: Specs[Name] extends { type: 'boolean' }
    ? boolean
    : Specs[Name] extends { multiple: true }
      ? readonly string[]
      : Specs[Name] extends { default: string }
        ? string
        : string | undefined;
};

export interface Invocation<Specs extends OptionSpecs> {
  readonly options: OptionValues<Specs>;
  readonly positionals: readonly string[];
  readonly terminal: Terminal;
  readonly env: NodeJS.ProcessEnv;
  /** Aborted by the first Ctrl-C or SIGTERM; a second one ends the process at once. */
  readonly signal: AbortSignal;
}

export interface Command<Specs extends OptionSpecs = OptionSpecs> {
  readonly name: string;
  readonly summary: string;
  /** What stands after the command name: `<logql>`, `[DIR]`. */
  readonly operands: string;
  /** How many positionals are allowed. */
  readonly operandCount: readonly [min: number, max: number];
  readonly describe?: string;
  readonly options: Specs;
  readonly examples: readonly (readonly [command: string, says: string])[];
  run(invocation: Invocation<Specs>): Promise<number>;
}

/** A family of commands under one word: `cordwood migrate promtail`. */
export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly describe?: string;
  /** Their names carry the group's: `migrate promtail`. */
  readonly commands: readonly Command[];
}

/** Keeps the types of the options while a list of commands forgets them. */
export function defineCommand<const Specs extends OptionSpecs>(command: Command<Specs>): Command {
  return command as unknown as Command;
}

/** Wrong usage: what is wrong and which help to read. Ends with exit code 2. */
export class UsageError extends Error {}

/** Options and positionals of one invocation, or a UsageError with the reason. */
export function parseInvocation(
  command: Command,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): { options: OptionValues<OptionSpecs>; positionals: string[]; help: boolean } {
  const specs = Object.fromEntries(
    Object.entries(command.options).map(([name, { type, short, multiple }]) => [
      name,
      { type, ...(short ? { short } : {}), ...(multiple ? { multiple } : {}) },
    ]),
  );
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({
      args: [...args],
      options: { ...specs, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
  } catch (error) {
    throw new UsageError((error as Error).message.split('. To specify')[0]!);
  }
  const values: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(command.options)) {
    const given = parsed.values[name];
    const fromEnv = spec.env === undefined ? undefined : env[spec.env] || undefined;
    if (given !== undefined) values[name] = given;
    else if (spec.type === 'boolean') values[name] = fromEnv !== undefined && fromEnv !== '0' && fromEnv !== 'false';
    else if (spec.multiple) values[name] = fromEnv === undefined ? [] : [fromEnv];
    else values[name] = fromEnv ?? spec.default;
  }
  const help = parsed.values['help'] === true;
  const [min, max] = command.operandCount;
  if (!help && parsed.positionals.length < min) throw new UsageError(`${command.operands} is missing`);
  if (!help && parsed.positionals.length > max) throw new UsageError(`unexpected argument: ${parsed.positionals[max]}`);
  return { options: values as OptionValues<OptionSpecs>, positionals: parsed.positionals, help };
}

/** `cordwood NAME --help` */
export function renderHelp(command: Command): string {
  const lines = [
    `Usage: cordwood ${command.name} ${command.operands ? `${command.operands} ` : ''}[options]`,
    '',
    command.summary,
  ];
  if (command.describe) lines.push('', command.describe);
  const rows = Object.entries({
    ...command.options,
    help: { type: 'boolean', short: 'h', describe: 'this text' } as OptionSpec,
  });
  const heads = rows.map(([name, spec]) => {
    const value = spec.type === 'string' ? ` ${spec.value ?? 'VALUE'}` : '';
    return `  ${spec.short ? `-${spec.short}, ` : '    '}--${name}${value}`;
  });
  const width = Math.min(34, Math.max(...heads.map((head) => head.length)) + 2);
  lines.push('', 'Options:');
  rows.forEach(([, spec], index) => {
    const notes = [
      spec.default === undefined ? '' : `default ${spec.default}`,
      spec.env === undefined ? '' : `env ${spec.env}`,
      spec.multiple ? 'may be repeated' : '',
    ].filter(Boolean);
    lines.push(`${heads[index]!.padEnd(width)}${spec.describe}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`);
  });
  lines.push('', 'Examples:');
  for (const [example, says] of command.examples) lines.push(`  ${example}`, `      ${says}`);
  return `${lines.join('\n')}\n`;
}

/** `cordwood GROUP --help` */
export function renderGroupHelp(group: CommandGroup): string {
  const width = Math.max(...group.commands.map((command) => command.name.length)) + 2;
  const lines = [`Usage: cordwood ${group.name} COMMAND [options]`, '', group.summary];
  if (group.describe) lines.push('', group.describe);
  lines.push('');
  for (const command of group.commands) lines.push(`  ${command.name.padEnd(width)}${command.summary}`);
  lines.push('', `'cordwood ${group.name} COMMAND --help' shows options and examples.`);
  return `${lines.join('\n')}\n`;
}
