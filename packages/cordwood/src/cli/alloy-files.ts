import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { AgentEnvironment, Stability } from '../agent/component.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { type OptionSpec, UsageError } from './command.ts';
import { operandFiles } from './operand-files.ts';

/** A file of a configuration, named as the user named it. */
export interface AlloyFile {
  readonly name: string;
  readonly text: string;
}

/** A file, or the `*.alloy` files of a folder in the order of their names; ConfigError when there are none. */
export function readAlloyFiles(path: string): AlloyFile[] {
  return operandFiles(path, '*.alloy', '*.alloy').map((name) => ({ name, text: readFileSync(name, 'utf8') }));
}

/** Each diagnostic with the text of its file, which may be one that the configuration imports. */
export function withSources(
  diagnostics: readonly Diagnostic[],
  files: readonly AlloyFile[],
): { diagnostic: Diagnostic; source: string | undefined }[] {
  const textOf = (name: string | undefined): string | undefined => {
    const known = files.find((file) => file.name === name);
    if (known !== undefined || name === undefined) return known?.text;
    return existsSync(name) ? readFileSync(name, 'utf8') : undefined;
  };
  return diagnostics.map((diagnostic) => {
    const source = textOf(diagnostic.file);
    return { diagnostic: { ...diagnostic, caretColumn: caretColumn(diagnostic, source) }, source };
  });
}

/** Alloy counts columns in bytes; a caret stands under a character. */
function caretColumn({ line, column }: Diagnostic, source: string | undefined): number {
  const bytes = Buffer.from(source?.split('\n')[line - 1] ?? '').subarray(0, column - 1);
  return bytes.length < column - 1 ? column : bytes.toString('utf8').length + 1;
}

/** What `constants` and `sys.env` of a configuration mean on this machine. */
export function agentEnvironment(env: NodeJS.ProcessEnv): AgentEnvironment {
  return {
    variable: (name) => env[name],
    hostname: hostname(),
    os: process.platform,
    arch: process.arch === 'x64' ? 'amd64' : process.arch,
    version: 'v0.1.0',
  };
}

const levels: readonly Stability[] = ['generally-available', 'public-preview', 'experimental'];

/** `--stability.level`, as Alloy has it. */
export const stabilityOption = {
  'stability.level': {
    type: 'string',
    value: 'LEVEL',
    default: 'generally-available',
    describe: `components below it are refused: ${levels.join(', ')}`,
  },
} as const satisfies Readonly<Record<string, OptionSpec>>;

export function stabilityFromOptions(options: { readonly 'stability.level': string }): Stability {
  const found = levels.find((level) => level === options['stability.level']);
  if (found !== undefined) return found;
  throw new UsageError(`--stability.level is ${levels.join(', ')}, not '${options['stability.level']}'`);
}
