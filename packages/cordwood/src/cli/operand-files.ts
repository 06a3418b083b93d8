import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from './config-error.ts';

/** The file that an operand names, or those of a folder that match, in the order of their names; ConfigError when there are none. */
export function operandFiles(path: string, pattern: string, kind: string): string[] {
  let directory = false;
  try {
    directory = statSync(path).isDirectory();
  } catch {
    throw new ConfigError(`${path}: there is no such file or folder`);
  }
  if (!directory) return [path];
  const names = globSync(pattern, { cwd: path }).sort();
  if (names.length === 0) throw new ConfigError(`${path}: the folder has no ${kind} files`);
  return names.map((name) => join(path, name));
}
