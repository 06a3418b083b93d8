import type { Diagnostic } from '../../model/diagnostic.ts';
import { renderDiagnostic } from '../../model/diagnostic.ts';
import {
  agentEnvironment,
  readAlloyFiles,
  stabilityFromOptions,
  stabilityOption,
  withSources,
} from '../alloy-files.ts';
import { defineCommand, exitCode, UsageError } from '../command.ts';

export const check = defineCommand({
  name: 'check',
  summary: 'Find what is wrong in a config.alloy before it runs.',
  operands: 'FILE|DIR...',
  operandCount: [1, 1000],
  describe: `Evaluates every expression and compiles every regular expression, template, selector, JMESPath, layout and duration;
finds names that nothing produces, components that nothing reaches, cycles, and what Cordwood does not run. Nothing is
started. A folder's *.alloy files are one configuration; several operands are checked one by one.
Exit code 0: nothing found, 1: warnings, 2: errors: the configuration cannot be run.`,
  options: {
    format: { type: 'string', value: 'FORM', short: 'f', default: 'text', describe: 'text or json' },
    'allow-warnings': { type: 'boolean', describe: 'exit 0 when there are only warnings' },
    ...stabilityOption,
  },
  examples: [
    ['cordwood check config.alloy', 'every problem with its place and what to do'],
    ['cordwood check --format json deployment/alloy/prod', 'a list of problems for a program'],
  ],
  async run({ options, positionals, terminal, env }) {
    if (options.format !== 'text' && options.format !== 'json')
      throw new UsageError(`--format is text or json, not '${options.format}'`);
    const { checkFiles } = await import('../../agent/check.ts');
    const found: Diagnostic[] = [];
    const seen = { files: 0 };
    for (const path of positionals) {
      const files = readAlloyFiles(path);
      seen.files += files.length;
      const diagnostics = checkFiles({
        files,
        environment: agentEnvironment(env),
        stability: stabilityFromOptions(options),
      });
      found.push(...diagnostics);
      if (options.format === 'json') continue;
      for (const { diagnostic, source } of withSources(diagnostics, files))
        await terminal.out(`${renderDiagnostic(diagnostic, source)}\n`);
    }
    const errors = found.filter(({ severity }) => severity === 'error').length;
    const warnings = found.length - errors;
    if (options.format === 'json') await terminal.out(`${JSON.stringify(found, null, 2)}\n`);
    else terminal.note(summary(seen.files, errors, warnings));
    if (errors > 0) return exitCode.usage;
    return warnings > 0 && !options['allow-warnings'] ? exitCode.failed : exitCode.ok;
  },
});

function summary(files: number, errors: number, warnings: number): string {
  const checked = `${files} ${files === 1 ? 'file' : 'files'} checked`;
  if (errors + warnings === 0) return `${checked}: nothing found`;
  return `${checked}: ${errors} ${errors === 1 ? 'error' : 'errors'}, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`;
}
