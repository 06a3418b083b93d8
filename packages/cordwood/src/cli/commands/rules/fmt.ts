import { writeFileSync } from 'node:fs';
import { renderDiagnostic } from '../../../model/diagnostic.ts';
import { formatRuleFile } from '../../../rules/format-rule-file.ts';
import { readRuleFile } from '../../../rules/rule-group.ts';
import { defineCommand, exitCode, UsageError } from '../../command.ts';
import { readRuleSources } from '../../rule-files.ts';

export const fmt = defineCommand({
  name: 'rules fmt',
  summary: 'Bring rule files and their expressions into their canonical form.',
  operands: 'FILE|DIR...',
  operandCount: [1, 1000],
  describe:
    'Prints the result. Comments stay; an expression with a comment inside stays as it is.\nExit code 0: done, 1: --check found a file that differs, 2: a file does not parse.',
  options: {
    write: { type: 'boolean', short: 'w', describe: 'write the result back; a file in canonical form is not touched' },
    check: { type: 'boolean', describe: 'only say which files differ' },
  },
  examples: [
    ['cordwood rules fmt -w rules/', 'in place'],
    ['cordwood rules fmt --check rules/', 'for a CI system'],
  ],
  async run({ options, positionals, terminal }) {
    if (options.write && options.check) throw new UsageError('--write and --check exclude each other');
    let differ = 0;
    let broken = 0;
    for (const { file, text } of readRuleSources(positionals)) {
      const errors = readRuleFile(text, file).diagnostics.filter(({ severity }) => severity === 'error');
      for (const diagnostic of errors) terminal.note(renderDiagnostic(diagnostic, text));
      if (errors.length > 0) {
        broken++;
        continue;
      }
      const formatted = formatRuleFile(text);
      if (formatted !== text) differ++;
      if (options.check) {
        if (formatted !== text) await terminal.out(`${file}: differs from its canonical form\n`);
      } else if (!options.write) await terminal.out(formatted);
      else if (formatted !== text) {
        writeFileSync(file, formatted);
        terminal.note(`${file}: written`);
      }
    }
    if (broken > 0) return exitCode.usage;
    return options.check && differ > 0 ? exitCode.failed : exitCode.ok;
  },
});
