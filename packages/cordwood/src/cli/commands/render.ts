import { relative, resolve } from 'node:path';
import { defineCommand, exitCode, UsageError } from '../command.ts';
import type { RenderedFile } from '../rendered-files.ts';

export const render = defineCommand({
  name: 'render',
  summary:
    'Write every artifact of a platform definition: Helm, Alloy, Loki, Terraform, Kubernetes, rules, dashboards.',
  operands: '[FILE|DIR]',
  operandCount: [0, 1],
  describe: `Reads platform.ts, here, in the folder named, or in the only sub-folder that has one. The same definition gives the same
bytes. What was rendered before and is no longer is removed; other files are left alone.
Exit code 0: done, 1: --check found that something differs, 2: the definition has errors.`,
  options: {
    env: { type: 'string', value: 'NAME', short: 'e', describe: 'only what this environment needs' },
    out: { type: 'string', value: 'DIR', short: 'o', describe: "instead of the definition's output" },
    check: { type: 'boolean', describe: 'write nothing; say which files differ' },
    diff: { type: 'boolean', describe: 'write nothing; show what would change' },
  },
  examples: [
    ['cordwood render', 'everything, to deployment/'],
    ['cordwood render --diff', 'what a change of the definition changes'],
    ['cordwood render --check', 'for a CI system: is what is checked in fresh?'],
    ['cordwood render --env prod --out /tmp/prod', 'what production needs, elsewhere'],
  ],
  async run({ options, positionals, terminal }) {
    const { loadPlatform, renderFile } = await import('../platform-file.ts');
    const { artifactsOf, changes, renderedFiles, writeRenderedFile } = await import('../rendered-files.ts');
    const started = performance.now();
    const file = await loadPlatform(positionals[0]);
    const { platform, output, directory } = file;
    const all = await renderFile(file);
    if (options.env !== undefined && !platform.environments.some(({ name }) => name === options.env))
      throw new UsageError(
        `there is no environment ${options.env}; there are: ${platform.environments.map(({ name }) => name).join(', ')}`,
      );
    const artifacts = options.env === undefined ? all : artifactsOf(platform, all, options.env);
    const folders =
      options.out === undefined
        ? { output, definition: directory }
        : { output: resolve(options.out), definition: undefined };
    const files = renderedFiles(platform, artifacts, folders).filter(
      // A part of everything has no say in what is gone.
      ({ path, text }) => options.env === undefined || (text !== undefined && path !== 'RENDERED'),
    );
    const changed = files.filter(changes);
    const shown = relative('.', folders.output) || '.';
    if (options.diff || options.check) {
      for (const each of changed)
        await terminal.out(options.diff ? await difference(each) : `${each.path}: ${verb(each)}\n`);
      terminal.note(
        changed.length === 0
          ? `${artifacts.length} files in ${shown}: fresh`
          : `${changed.length} of ${artifacts.length} files in ${shown} differ. 'cordwood render' writes them.`,
      );
      return options.check && changed.length > 0 ? exitCode.failed : exitCode.ok;
    }
    for (const each of changed) writeRenderedFile(each);
    terminal.note(
      `${artifacts.length} files rendered in ${Math.round(performance.now() - started)} ms, ${changed.length} changed: ${shown}`,
    );
    return exitCode.ok;
  },
});

const verb = ({ text, before }: RenderedFile): string =>
  text === undefined ? 'would be removed' : before === undefined ? 'is missing' : 'differs';

async function difference({ path, text, before }: RenderedFile): Promise<string> {
  const { lineDiff } = await import('../line-diff.ts');
  return [`--- ${path}`, ...lineDiff(before ?? '', text ?? '')].join('\n').concat('\n');
}
