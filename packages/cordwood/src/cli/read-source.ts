import { readFileSync } from 'node:fs';
import { ConfigError } from './config-error.ts';

/** A file that the user named, with its text. A ConfigError says what is wrong when it cannot be read. */
export function readSource(name: string): { readonly name: string; readonly text: string } {
  try {
    return { name, text: readFileSync(name, 'utf8') };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new ConfigError(`${name}: ${code === 'ENOENT' ? 'there is no such file' : message}`);
  }
}
