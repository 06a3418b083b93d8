import { writeFileSync } from 'node:fs';
import { text as readAll } from 'node:stream/consumers';
import { renderDiagnostic } from '../../model/diagnostic.ts';
import { type AlloyFile, readAlloyFiles, withSources } from '../alloy-files.ts';
import { defineCommand, exitCode, UsageError } from '../command.ts';

export const fmt = defineCommand({
  name: 'fmt',
  summary: 'Bring Alloy configuration files into their canonical form.',
  operands: 'FILE|DIR|-...',
  operandCount: [1, 1000],
  describe:
    'Prints the result, as alloy fmt does; no value and no comment changes. - is standard input.\nExit code 0: done, 1: --check found a file that differs, 2: a file does not parse.',
  options: {
    write: { type: 'boolean', short: 'w', describe: 'write the result back; a file in canonical form is not touched' },
    check: { type: 'boolean', describe: 'only say which files differ, and where' },
  },
  examples: [
    ['cordwood fmt config.alloy', 'to standard output'],
    ['cordwood fmt -w config.alloy modules/', 'in place'],
    ['cordwood fmt --check .', 'for a CI system'],
  ],
  async run({ options, positionals, terminal }) {
    if (options.write && options.check) throw new UsageError('--write and --check exclude each other');
    const { formatFile } = await import('../../agent/format-file.ts');
    let differ = 0;
    let broken = 0;
    for (const file of await readFiles(positionals, options.write)) {
      const result = formatFile(file);
      if (result.diagnostics !== undefined) {
        broken++;
        for (const { diagnostic, source } of withSources(result.diagnostics, [file])) {
          terminal.note(renderDiagnostic(diagnostic, source));
        }
        continue;
      }
      if (options.check) {
        if (result.differsAt === undefined) continue;
        const { line, column } = result.differsAt;
        differ++;
        await terminal.out(`${file.name}:${line}:${column}: differs from its canonical form\n`);
      } else if (!options.write) await terminal.out(result.text);
      else if (result.differsAt !== undefined) {
        writeFileSync(file.name, result.text);
        terminal.note(`${file.name}: written`);
      }
    }
    if (differ > 0)
      terminal.note(`${differ} ${differ === 1 ? 'file differs' : 'files differ'}. 'cordwood fmt -w' mends them.`);
    return broken > 0 ? exitCode.usage : differ > 0 ? exitCode.failed : exitCode.ok;
  },
});

async function readFiles(paths: readonly string[], write: boolean): Promise<AlloyFile[]> {
  const files: AlloyFile[] = [];
  for (const path of paths) {
    if (path !== '-') files.push(...readAlloyFiles(path));
    else if (write) throw new UsageError('standard input cannot be written back');
    else files.push({ name: '<stdin>', text: await readAll(process.stdin) });
  }
  return files;
}
