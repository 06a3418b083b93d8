import { writeFileSync } from 'node:fs';
import { renderDiagnostic } from '../../../model/diagnostic.ts';
import { defineCommand, exitCode, UsageError } from '../../command.ts';
import { readSource } from '../../read-source.ts';

export const metrics = defineCommand({
  name: 'migrate metrics',
  summary: "Rename Promtail's metrics in rules and dashboards to Alloy's.",
  operands: 'FILE...',
  operandCount: [1, 1000],
  describe:
    'Rule files, dashboards, anything with PromQL in it; only the names change. Metrics of pipelines (promtail_custom_…) stay, because the\nconverted pipeline keeps their prefix.\nExit code 0: renamed, 1: a metric has no equal in Alloy.',
  options: {
    write: { type: 'boolean', describe: 'change the files; otherwise the new text of the one FILE goes to stdout' },
  },
  examples: [
    ['cordwood migrate metrics alerts.yaml', 'the new text'],
    ['cordwood migrate metrics --write alerts/*.yaml dashboards/*.json', 'in place'],
  ],
  async run({ options, positionals, terminal }) {
    if (positionals.length > 1 && !options.write) throw new UsageError('several files need --write');
    const { renameMetrics } = await import('../../../migrate/metrics/rename-metrics.ts');
    let code: number = exitCode.ok;
    for (const name of positionals) {
      const source = readSource(name);
      const { diagnostics, renamed, text } = renameMetrics(source.text, name);
      for (const diagnostic of diagnostics) terminal.note(renderDiagnostic(diagnostic, source.text));
      const count = [...renamed.values()].reduce((sum, times) => sum + times, 0);
      terminal.note(`${name}: ${count} ${count === 1 ? 'name' : 'names'} renamed`);
      if (!options.write) await terminal.out(text);
      else if (text !== source.text) writeFileSync(name, text);
      if (diagnostics.some(({ severity }) => severity === 'error')) code = exitCode.failed;
    }
    return code;
  },
});
