import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { contenders } from './logger/contenders.ts';
import { scenarios } from './logger/scenarios.ts';

// Loggers side by side, each in a process of its own, in turns; medians over the turns. All write JSON lines to /dev/null.
// npm run bench -- logger [TURNS]

const turns = Number(process.argv[2] ?? 3);
const program = fileURLToPath(new URL('./logger/contender.ts', import.meta.url));
type Result = Record<string, { ns: number; bytes: number }>;
const results = new Map<string, Result[]>(Object.keys(contenders).map((name) => [name, []]));
for (let turn = 0; turn < turns; turn++) {
  for (const [name, list] of results) {
    // A young generation that holds a whole measurement, so that the heap's growth is what the calls allocated.
    const output = execFileSync(
      process.execPath,
      ['--expose-gc', '--max-semi-space-size=128', '--min-semi-space-size=64', program, name],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
    );
    list.push(JSON.parse(output) as Result);
  }
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1];
function table(title: string, unit: 'ns' | 'bytes'): void {
  process.stdout.write(`\n${title}\n${''.padEnd(28)}${scenarios.map((scenario) => scenario.padStart(13)).join('')}\n`);
  for (const [name, list] of results) {
    const cells = scenarios.map((scenario) => {
      const values = list.flatMap((result) => (result[scenario] === undefined ? [] : [result[scenario][unit]]));
      return (values.length === 0 ? '-' : String(Math.round(median(values) as number))).padStart(13);
    });
    process.stdout.write(`${name.padEnd(28)}${cells.join('')}\n`);
  }
}
table('nanoseconds a call', 'ns');
table('bytes of heap a call', 'bytes');
