/**
 * Stands in for journalctl: prints the lines of the file JOURNAL (as `-o json` has them) that come after --after-cursor, or from --since
 * on, and follows the file. Appends its arguments to the file JOURNAL.args; a file JOURNAL.broken makes it fail with that text.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

const path = process.env['JOURNAL']!;
const args = process.argv.slice(2);
appendFileSync(`${path}.args`, `${JSON.stringify(args)}\n`);
if (existsSync(`${path}.broken`)) {
  process.stderr.write(readFileSync(`${path}.broken`));
  process.exit(1);
}
const option = (name: string) => args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
const after = option('after-cursor');
const since = option('since');
let printed = 0;

function print(): void {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  const start = after === undefined ? 0 : lines.findIndex((line) => line.includes(`"__CURSOR":"${after}"`)) + 1;
  for (; printed < lines.length - start; printed++) {
    const line = lines[start + printed]!;
    const micros = Number(/"__REALTIME_TIMESTAMP":"(\d+)"/.exec(line)?.[1] ?? 0);
    if (since === undefined || micros >= Number(since.slice(1)) * 1e6) process.stdout.write(`${line}\n`);
  }
}

print();
setInterval(print, 20);
