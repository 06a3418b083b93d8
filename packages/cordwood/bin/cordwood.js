#!/usr/bin/env node
// Plain JavaScript for any Node, so that an old one gets a sentence instead of a syntax error.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(
    `cordwood needs Node.js 24 or newer, this is ${process.version}. Run it through npm (npx cordwood, npm start): the repository brings its own Node.\n`,
  );
  process.exit(2);
}
import('node:module')
  .then((module) => module.enableCompileCache())
  .then(() => import('node:fs'))
  // Compiled in a published package, since Node strips types only outside node_modules; in the repository the source.
  .then(({ existsSync }) => existsSync(new URL('../src', import.meta.url)))
  .then((isRepository) => import(isRepository ? '../src/cli/main.ts' : '../dist/cli/main.js'))
  .then(({ main }) => main(process.argv.slice(2)));
