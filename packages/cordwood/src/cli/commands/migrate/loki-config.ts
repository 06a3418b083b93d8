import { defineCommand, UsageError } from '../../command.ts';
import { readSource } from '../../read-source.ts';
import { deliverUpgrade } from './deliver-upgrade.ts';

export const lokiConfig = defineCommand({
  name: 'migrate loki-config',
  summary: 'Upgrade a loki.yaml from 2.9 to 3.x or 4.0.',
  operands: 'FILE',
  operandCount: [1, 1],
  describe:
    'Keys that went, moved or were renamed are changed in the text, comments stay, and the schema gets a period with v13 and tsdb where it\nneeds one. What means something else without being written is listed. A file of overrides (runtime_config.file) is known by its keys. The new file goes to stdout (or --output), the report to stderr.\nExit code 0: the new file runs, 1: something must be done by hand, 2: the file cannot be read.',
  options: {
    from: { type: 'string', value: 'VERSION', default: '2.9', describe: 'release that the file is for' },
    to: { type: 'string', value: 'VERSION', default: '3.x', describe: '3.0 to 3.7, 3.x (the newest) or 4.0' },
    'expand-env': {
      type: 'boolean',
      describe: 'Loki runs with -config.expand-env: check with the present environment',
    },
    output: { type: 'string', value: 'FILE', short: 'o', describe: 'write the new file here' },
    'keep-defaults': { type: 'boolean', describe: 'write the old value where a default changed' },
    format: {
      type: 'string',
      value: 'FORM',
      short: 'f',
      default: 'human',
      describe: 'human, or json with the new text in it',
    },
  },
  examples: [
    ['cordwood migrate loki-config loki.yaml > loki-3.yaml', 'from 2.9 to the newest 3'],
    ['cordwood migrate loki-config loki.yaml --to 4.0 --format json', 'what 4.0 would need'],
  ],
  async run({ options, positionals, terminal, env }) {
    if (options.format !== 'human' && options.format !== 'json')
      throw new UsageError(`--format is human or json, not '${options.format}'`);
    const { parseVersion } = await import('../../../migrate/loki-config/version.ts');
    const version = (text: string, option: string) => {
      const parsed = parseVersion(text);
      if (parsed === undefined) throw new UsageError(`${option} is 2.9, 3.0 to 3.7, 3.x or 4.0, not '${text}'`);
      return parsed;
    };
    const { upgradeLokiConfig } = await import('../../../migrate/loki-config/upgrade-loki-config.ts');
    const { systemClock } = await import('../../../world/system-clock.ts');
    const source = readSource(positionals[0]!);
    const result = upgradeLokiConfig(source, {
      from: version(options.from, '--from'),
      to: version(options.to, '--to'),
      nowMs: Number(systemClock.nowNs() / 1_000_000n),
      keepDefaults: options['keep-defaults'],
      ...(options['expand-env'] ? { env } : {}),
    });
    return deliverUpgrade(source, result, { output: options.output, format: options.format }, terminal);
  },
});
