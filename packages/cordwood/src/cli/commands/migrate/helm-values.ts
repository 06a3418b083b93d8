import { defineCommand, UsageError } from '../../command.ts';
import { readSource } from '../../read-source.ts';
import { deliverUpgrade } from './deliver-upgrade.ts';

export const helmValues = defineCommand({
  name: 'migrate helm-values',
  summary: 'Upgrade values of the Helm chart loki from 6 to 18, and to another topology.',
  operands: 'FILE',
  operandCount: [1, 1],
  describe:
    'Flat values and those of an umbrella chart are told apart. The chart changed hands: from 7 on it is grafana-community/loki.\n--topology takes simple scalable values to what follows it, in two phases: roll out the transition, then the final values.\nExit code 0: done, 1: something must be done by hand, 2: the file cannot be read.',
  options: {
    from: { type: 'string', value: 'VERSION', default: '6.0', describe: 'version of the chart that the file is for' },
    to: { type: 'string', value: 'VERSION', default: '18.0', describe: 'version of the chart to go to' },
    topology: { type: 'string', value: 'NAME', describe: 'ha-monolithic or distributed' },
    phase: { type: 'string', value: 'PHASE', default: 'final', describe: 'transition or final' },
    dependency: {
      type: 'string',
      value: 'NAME',
      describe: 'name of the chart in an umbrella chart (found out by default)',
    },
    nest: { type: 'string', value: 'NAME', describe: 'put flat values below this name, for an umbrella chart' },
    output: { type: 'string', value: 'FILE', short: 'o', describe: 'write the new file here' },
    format: {
      type: 'string',
      value: 'FORM',
      short: 'f',
      default: 'human',
      describe: 'human, or json with the new text in it',
    },
  },
  examples: [
    ['cordwood migrate helm-values values-prod.yaml --from 6.55 > values-18.yaml', 'to the community chart'],
    [
      'cordwood migrate helm-values values-prod.yaml --topology ha-monolithic --phase transition',
      'the first of two steps away from write, read and backend',
    ],
  ],
  async run({ options, positionals, terminal }) {
    if (options.format !== 'human' && options.format !== 'json')
      throw new UsageError(`--format is human or json, not '${options.format}'`);
    const { upgradeHelmValues } = await import('../../../migrate/helm-values/upgrade-helm-values.ts');
    const source = readSource(positionals[0]!);
    const result = upgradeHelmValues(source, {
      from: chartVersion(options.from, '--from'),
      to: chartVersion(options.to, '--to'),
      keepDefaults: false,
      topology: oneOf(options.topology, ['ha-monolithic', 'distributed'], '--topology'),
      phase: oneOf(options.phase, ['transition', 'final'], '--phase') ?? 'final',
      dependency: options.dependency,
      nest: options.nest,
    });
    return deliverUpgrade(source, result, { output: options.output, format: options.format }, terminal);
  },
});

function chartVersion(text: string, option: string): readonly [number, number] {
  const [, major, minor = '0'] = /^v?(\d+)(?:\.(\d+))?(?:\.\d+)?$/.exec(text) ?? [];
  if (major === undefined) throw new UsageError(`${option} is a version like 6.55 or 18, not '${text}'`);
  return [Number(major), Number(minor)];
}

function oneOf<const T extends string>(text: string | undefined, allowed: readonly T[], option: string): T | undefined {
  if (text === undefined) return undefined;
  const found = allowed.find((name) => name === text);
  if (found === undefined) throw new UsageError(`${option} is ${allowed.join(' or ')}, not '${text}'`);
  return found;
}
