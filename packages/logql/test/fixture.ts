import { readFileSync } from 'node:fs';

/** The lines of a `.jsonl` file in fixtures/. */
export function readFixture<T>(name: string): T[] {
  const text = readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}
