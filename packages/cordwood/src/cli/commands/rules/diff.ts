import { defineCommand, exitCode, UsageError } from '../../command.ts';
import { clientFromOptions } from '../../loki-options.ts';
import { deploymentOptions, plannedChanges, renderChange, summaryOf } from '../../rule-deployment.ts';
import { createRulerClient } from '../../ruler-client.ts';

export const diff = defineCommand({
  name: 'rules diff',
  summary: 'Compare rule files with what a ruler holds for a tenant.',
  operands: 'FILE|DIR...',
  operandCount: [1, 1000],
  describe:
    'The namespace of a file is its `namespace:`, or its name without extension, as lokitool has it. How an expression is laid out makes no difference.\nExit code 0: equal, 1: different, 2: a file is broken.',
  options: deploymentOptions,
  examples: [['cordwood rules diff rules/greenlang-prod -t greenlang-prod', 'what sync would change']],
  async run({ options, positionals, terminal, signal }) {
    if (options.format !== 'text' && options.format !== 'json')
      throw new UsageError(`--format is text or json, not '${options.format}'`);
    const client = createRulerClient(clientFromOptions(options));
    const changes = await plannedChanges(client, positionals, options, signal);
    if (options.format === 'json') await terminal.out(`${JSON.stringify(changes, null, 2)}\n`);
    else for (const change of changes) await terminal.out(renderChange(change, terminal));
    terminal.note(summaryOf(changes));
    return changes.length > 0 ? exitCode.failed : exitCode.ok;
  },
});
