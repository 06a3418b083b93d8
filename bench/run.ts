import { globSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { basename, join } from 'node:path';

// npm run bench -- NAME: runs bench/NAME.ts. Each benchmark prints its figures; this prints where they were measured.

const name = process.argv[2];
const names = globSync('*.ts', { cwd: import.meta.dirname })
  .map((file) => basename(file, '.ts'))
  .filter((candidate) => candidate !== 'run' && candidate !== 'fuzz')
  .sort();
if (name === undefined || !names.includes(name)) {
  process.stderr.write(`Usage: npm run bench -- NAME\nNames: ${names.join(', ')}\n`);
  process.exit(2);
}
const cpu = cpus();
process.stdout.write(
  `${name}: Node ${process.version}, ${cpu.length} x ${cpu[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${new Date().toISOString().slice(0, 10)}\n`,
);
process.argv.splice(2, 1);
await import(join(import.meta.dirname, `${name}.ts`));
