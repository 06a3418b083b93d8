/**
 * Bundles the page into `dist/`, or the folder that is named: index.html and `assets/` with a content hash in every name, so that the server may let
 * browsers keep assets for ever. Nothing is inlined: the page runs under `Content-Security-Policy: default-src 'self'`.
 * Runs from the root's `prepare` on every install, so it must be quick and never touch the network.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';

const root = import.meta.dirname;
const dist = resolve(process.argv[2] ?? join(root, 'dist'));
const startedMs = performance.now();

/** In the order of the cascade. */
const stylesheets = [
  createRequire(import.meta.url).resolve('uplot/dist/uPlot.min.css'),
  ...['tokens', 'base', 'controls', 'editor', 'chart', 'lines', 'views'].map((name) =>
    join(root, `src/styles/${name}.css`),
  ),
];

async function bundle(entry: string, format: 'esm' | 'iife'): Promise<string> {
  const build = await rolldown({
    input: join(root, 'src', entry),
    platform: 'browser',
    transform: { target: 'es2023' },
    logLevel: 'warn',
  });
  const { output } = await build.generate({ format, minify: true });
  await build.close();
  const [chunk, ...others] = output;
  if (others.length > 0)
    throw new Error(`expected one file from ${entry}, got ${output.map((file) => file.fileName).join(' ')}`);
  return chunk!.code;
}

/** Comments and indentation only: the rest of CSS is left to gzip. */
function squeezeCss(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s*\n\s*/g, '\n')
    .replace(/\n(?=[}])|(?<=[{;,])\n/g, '')
    .trim();
}

const [app, theme] = await Promise.all([bundle('main.tsx', 'esm'), bundle('theme-boot.ts', 'iife')]);
const files = {
  'app.js': app,
  'theme.js': theme,
  'app.css': squeezeCss(stylesheets.map((file) => readFileSync(file, 'utf8')).join('\n')),
  'icon.svg': readFileSync(join(root, 'src/icon.svg'), 'utf8'),
};

rmSync(dist, { recursive: true, force: true });
mkdirSync(join(dist, 'assets'), { recursive: true });

let html = readFileSync(join(root, 'src/index.html'), 'utf8');
let gzipBytes = 0;
const sizes: string[] = [];
for (const [name, content] of Object.entries(files)) {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 10);
  const hashed = name.replace('.', `-${hash}.`);
  writeFileSync(join(dist, 'assets', hashed), content);
  html = html.replaceAll(`assets/${name}`, `assets/${hashed}`);
  const zipped = gzipSync(content).length;
  gzipBytes += zipped;
  sizes.push(`${name} ${(zipped / 1024).toFixed(1)}`);
}
writeFileSync(join(dist, 'index.html'), html);

const took = Math.round(performance.now() - startedMs);
console.log(`web: ${(gzipBytes / 1024).toFixed(1)} KB gzip (${sizes.join(', ')}) in ${took} ms`);

/** The page is the first thing a user waits for; whoever makes it heavier decides so on purpose. */
const gzipBudgetBytes = 150 * 1024;
if (gzipBytes > gzipBudgetBytes) throw new Error(`the page is over its budget of ${gzipBudgetBytes} bytes`);
