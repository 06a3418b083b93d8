import { systemClock } from '../../world/system-clock.ts';
import { defineCommand, exitCode } from '../command.ts';
import { clientFromOptions, lokiOptions } from '../loki-options.ts';
import { rangeFromOptions, timeOptions } from '../time-options.ts';

export const labels = defineCommand({
  name: 'labels',
  summary: 'List label names, or the values of one label.',
  operands: '[NAME]',
  operandCount: [0, 1],
  options: {
    ...lokiOptions,
    ...timeOptions,
    query: { type: 'string', value: 'SELECTOR', describe: 'only streams that match' },
    format: { type: 'string', value: 'FORM', default: 'text', describe: 'text or json' },
  },
  examples: [
    ['cordwood labels -t greenlang-prod', 'label names of the last hour'],
    ['cordwood labels service -t greenlang-prod --since 24h', 'the services that logged today'],
  ],
  async run({ options, positionals, terminal, signal }) {
    const { startNs, endNs } = rangeFromOptions(options, systemClock);
    const path =
      positionals[0] === undefined
        ? '/loki/api/v1/labels'
        : `/loki/api/v1/label/${encodeURIComponent(positionals[0])}/values`;
    const answer = await clientFromOptions(options).get(
      path,
      { start: String(startNs), end: String(endNs), query: options.query },
      signal,
    );
    const names = (answer as { data?: string[] }).data ?? [];
    await terminal.out(
      options.format === 'json' ? `${JSON.stringify(names)}\n` : names.map((name) => `${name}\n`).join(''),
    );
    return exitCode.ok;
  },
});
