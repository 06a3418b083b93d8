import { printRuleDuration } from '../../../rules/prometheus-duration.ts';
import { printNamespaces } from '../../../rules/rule-group.ts';
import { defineCommand, exitCode, UsageError } from '../../command.ts';
import { clientFromOptions, lokiOptions } from '../../loki-options.ts';
import { createRulerClient } from '../../ruler-client.ts';

export const list = defineCommand({
  name: 'rules list',
  summary: 'Show the rules that a ruler holds for a tenant.',
  operands: '',
  operandCount: [0, 0],
  options: {
    ...lokiOptions,
    format: { type: 'string', value: 'FORM', short: 'f', default: 'text', describe: 'text, yaml or json' },
  },
  examples: [
    ['cordwood rules list -t greenlang-prod', 'one line for each rule'],
    ['cordwood rules list -t greenlang-prod --format yaml', 'the rules themselves'],
  ],
  async run({ options, terminal, signal }) {
    if (!['text', 'yaml', 'json'].includes(options.format))
      throw new UsageError(`--format is text, yaml or json, not '${options.format}'`);
    const namespaces = await createRulerClient(clientFromOptions(options)).list(signal);
    if (options.format === 'yaml') await terminal.out(printNamespaces(namespaces));
    else if (options.format === 'json')
      await terminal.out(`${JSON.stringify(Object.fromEntries(namespaces), null, 2)}\n`);
    else {
      for (const [namespace, groups] of namespaces)
        for (const { name, intervalMs, rules } of groups) {
          const every = intervalMs === 0 ? '' : `, every ${printRuleDuration(intervalMs)}`;
          await terminal.out(`${namespace} / ${name}${every}\n`);
          for (const rule of rules)
            await terminal.out(`  ${rule.kind === 'alerting' ? 'alert ' : 'record'} ${rule.name}\n`);
        }
      if (namespaces.size === 0) terminal.note('there are no rule groups');
    }
    return exitCode.ok;
  },
});
