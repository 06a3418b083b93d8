import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { packPackage } from '../build/pack-package.ts';
import { createRedaction } from '../packages/logger/src/redaction/policy.ts';
import { cleanLines, plantedLines } from '../packages/logger/test/redaction-corpus.ts';
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

// What a service pays to have it: time of the import in a fresh process (over an empty program), size of the core's bundle.
const directory = mkdtempSync(join(tmpdir(), 'bench-logger-'));
packPackage('logger', directory);
const compiled = join(directory, 'logger', 'dist', 'index.js');
const require = createRequire(import.meta.url);
const importMs = (module: string) => {
  const program = `const start = performance.now(); await import(${JSON.stringify(module)}); console.log(performance.now() - start);`;
  const times = Array.from({ length: 9 }, () =>
    Number(execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })),
  );
  return (median(times) as number).toFixed(1);
};
process.stdout.write('\nmilliseconds to import\n');
const modules = {
  ours: compiled,
  pino: require.resolve('pino'),
  winston: require.resolve('winston'),
  LogTape: '@logtape/logtape',
  tslog: 'tslog',
};
for (const [name, module] of Object.entries(modules)) {
  const url = module.startsWith('/') ? pathToFileURL(module).href : import.meta.resolve(module);
  process.stdout.write(`${name.padEnd(28)}${importMs(url).padStart(13)}\n`);
}
const bundle = await rolldown({ input: compiled, platform: 'browser', logLevel: 'silent' });
const { output } = await bundle.generate({ minify: true });
const code = output[0].code;
process.stdout.write(`\nbundle of the core: ${code.length} bytes, ${gzipSync(code).length} with gzip\n`);
rmSync(directory, { recursive: true });

// Redaction: time on the texts that are hardest for a backtracking engine, then what it finds and what it leaves alone.
const policy = createRedaction({ ipAddresses: true });
const size = 1_000_000;
const hostile = [
  'a',
  '@',
  'a@',
  '4',
  '4111 ',
  '-eyJ',
  '_sk_live_',
  '://',
  'a:b@',
  'Bearer ',
  'token=',
  'password',
  '-----BEGIN PRIVATE KEY-----',
  'DE89 ',
  '\\n',
  '"',
  '"password":"',
  '1.1.1.',
  '::',
  'a:',
  '%40',
  'a@b.',
  'authorization: ',
  'SG.aaaaaaaaaaaaaaaaaa',
];
const slowest = hostile
  .map((piece) => {
    const text = piece.repeat(Math.ceil(size / piece.length)).slice(0, size);
    const times = Array.from({ length: 5 }, () => {
      const start = process.threadCpuUsage();
      policy.text(text);
      const used = process.threadCpuUsage(start);
      return (used.user + used.system) / 1_000;
    });
    return { piece, ms: median(times) as number };
  })
  .sort((a, b) => b.ms - a.ms);
process.stdout.write(
  `\n1 MB of hostile text, slowest of ${hostile.length}: ${slowest
    .slice(0, 4)
    .map(({ piece, ms }) => `${ms.toFixed(0)} ms (${JSON.stringify(piece)})`)
    .join(', ')}\n`,
);

process.stdout.write('\nredaction by kind: planted, found, line exactly as expected\n');
const planted = plantedLines(20_261_124, 40);
for (const kind of new Set(planted.map((line) => line.kind))) {
  const lines = planted.filter((line) => line.kind === kind);
  const found = lines.filter(({ line, secret }) => !policy.text(line).includes(secret)).length;
  const exact = lines.filter(({ line, expected }) => policy.text(line) === expected).length;
  process.stdout.write(
    `${kind.padEnd(28)}${String(lines.length).padStart(8)}${String(found).padStart(8)}${String(exact).padStart(8)}\n`,
  );
}
const clean = cleanLines(20_261_124, 5_000);
process.stdout.write(
  `clean lines touched: ${clean.filter((line) => policy.text(line) !== line).length} of ${clean.length}\n`,
);
