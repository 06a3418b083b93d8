import { defineCommand, exitCode, UsageError } from '../../command.ts';
import { clientFromOptions } from '../../loki-options.ts';
import { deploymentOptions, plannedChanges, renderChange, summaryOf } from '../../rule-deployment.ts';
import { createRulerClient } from '../../ruler-client.ts';

export const sync = defineCommand({
  name: 'rules sync',
  summary: 'Make a ruler hold exactly the rules of the files.',
  operands: 'FILE|DIR...',
  operandCount: [1, 1000],
  describe:
    "Creates, replaces and deletes groups of one tenant through the ruler's API, as lokitool does. A namespace that no file has is deleted too, unless --namespace or --ignored-namespace leave it out. Rules that Loki would refuse are shown, and nothing is sent.",
  options: {
    ...deploymentOptions,
    'dry-run': { type: 'boolean', describe: 'show what would change' },
  },
  examples: [
    ['cordwood rules sync rules/greenlang-prod -t greenlang-prod --dry-run', 'look first'],
    ['cordwood rules sync rules/greenlang-prod -t greenlang-prod --addr https://loki.example.com', 'a real Loki'],
  ],
  async run({ options, positionals, terminal, signal }) {
    if (options.format !== 'text' && options.format !== 'json')
      throw new UsageError(`--format is text or json, not '${options.format}'`);
    const client = createRulerClient(clientFromOptions(options));
    const changes = await plannedChanges(client, positionals, options, signal);
    for (const change of changes) {
      if (!options['dry-run']) {
        if (change.after === undefined) await client.removeGroup(change.namespace, change.name, signal);
        else await client.setGroup(change.namespace, change.after, signal);
      }
      if (options.format === 'text') await terminal.out(renderChange(change, terminal));
    }
    if (options.format === 'json') await terminal.out(`${JSON.stringify(changes, null, 2)}\n`);
    terminal.note(options['dry-run'] ? summaryOf(changes) : summaryOf(changes).replaceAll(/to (\w+?)e?\b/g, '$1ed'));
    return exitCode.ok;
  },
});
