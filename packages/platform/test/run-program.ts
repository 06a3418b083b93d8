import { execFile } from 'node:child_process';

export interface Run {
  readonly code: number;
  /** What it printed, both streams. */
  readonly text: string;
}

/** Runs a program to its end. A tool that has not finished after ten minutes hangs. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Run> {
  return new Promise((resolve, reject) => {
    execFile(
      program,
      args,
      { cwd: options.cwd, env: { ...process.env, ...options.env }, timeout: 600_000, maxBuffer: 64 * 2 ** 20 },
      (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== 'number') return reject(error);
        resolve({ code: error === null ? 0 : Number(error.code), text: `${stdout}${stderr}` });
      },
    );
  });
}
