import { dirname } from 'node:path';
import type { PlannedPath, PositionsPlan } from '../../../migrate/positions/plan-positions.ts';
import { defineCommand, exitCode, UsageError } from '../../command.ts';
import { ConfigError } from '../../config-error.ts';
import { readSource } from '../../read-source.ts';
import type { Terminal } from '../../terminal.ts';

export const positions = defineCommand({
  name: 'migrate positions',
  summary: 'Plan how Alloy goes on where Promtail stopped: no line twice, none missing.',
  operands: 'POSITIONS',
  operandCount: [1, 1],
  describe:
    'POSITIONS is the file that positions.filename of promtail.yaml names. Run it on the node, after Promtail has stopped and before Alloy\nstarts. Without --write nothing is changed. Exit code 0: no gap, 1: lines would be missing, 2: a file is broken.',
  options: {
    to: { type: 'string', value: 'FILE', default: 'config.alloy', describe: 'the configuration that takes over' },
    'storage-path': { type: 'string', value: 'DIR', default: 'data-alloy', describe: "Alloy's --storage.path" },
    write: { type: 'boolean', describe: 'write the positions files of the components' },
    format: { type: 'string', value: 'FORM', short: 'f', default: 'human', describe: 'human or json' },
  },
  examples: [
    [
      'cordwood migrate positions /run/promtail/positions.yaml --to config.alloy',
      'a dry run: what happens to each file',
    ],
    [
      'cordwood migrate positions /run/promtail/positions.yaml --to config.alloy --storage-path /var/lib/alloy/data --write',
      'writes what Alloy reads at its first start',
    ],
  ],
  async run({ options, positionals, terminal }) {
    if (options.format !== 'human' && options.format !== 'json')
      throw new UsageError(`--format is human or json, not '${options.format}'`);
    const { planHasGap, planPositions } = await import('../../../migrate/positions/plan-positions.ts');
    const { systemDisk } = await import('../../../world/system-disk.ts');
    const source = readSource(positionals[0]!);
    const config = readSource(options.to);
    const storagePath = options['storage-path'];
    const planned = await planPositions({ positions: source, config, storagePath, disk: systemDisk });
    if ('diagnostics' in planned) {
      const findings = planned.diagnostics.map((diagnostic) => ({
        diagnostic,
        source: (diagnostic.file === config.name ? config : source).text,
      }));
      throw new ConfigError('no positions can be planned', findings);
    }
    const { plan } = planned;
    if (options.write) await writeFiles(plan);
    if (options.format === 'json') await terminal.out(`${JSON.stringify(plan, undefined, 2)}\n`);
    else await terminal.out(await describePlan(plan, options.write, terminal));
    return planHasGap(plan) ? exitCode.failed : exitCode.ok;
  },
});

async function writeFiles(plan: PositionsPlan): Promise<void> {
  const { systemDisk } = await import('../../../world/system-disk.ts');
  const { replaceFile } = await import('../../../world/disk.ts');
  for (const { path, text } of plan.files) {
    await systemDisk.createDirectory(dirname(path));
    await replaceFile(systemDisk, path, [Buffer.from(text)]);
  }
}

async function describePlan(plan: PositionsPlan, written: boolean, terminal: Terminal): Promise<string> {
  const { outcomeTexts } = await import('../../../migrate/positions/plan-positions.ts');
  const lines: string[] = [];
  const line = ({ path, offset, outcome, pendingBytes, components }: PlannedPath) => {
    const colour =
      outcome === 'nobody reads' ? 'red' : outcome === 'resume' || outcome === 'at end' ? 'green' : 'yellow';
    lines.push(`${terminal.styleOut(colour, outcome.padEnd(12))}  ${path}`);
    const pending = pendingBytes === 0 ? '' : `; ${pendingBytes} bytes to read`;
    lines.push(`              offset ${offset}: ${outcomeTexts[outcome]}${pending}`);
    if (components.length > 0) lines.push(`              ${components.join(', ')}`);
  };
  plan.paths.forEach(line);
  for (const { job, components } of plan.cursors) {
    const taken = components.length > 0;
    lines.push(`${terminal.styleOut(taken ? 'green' : 'red', 'journal'.padEnd(12))}  cursor of job ${job}`);
    lines.push(
      taken
        ? `              ${components.join(', ')} takes it over by legacy_position`
        : `              no loki.source.journal takes it over: add  legacy_position { file = "POSITIONS", name = ${JSON.stringify(job)} }`,
    );
  }
  lines.push('');
  for (const { path } of plan.files) lines.push(`${written ? 'written' : 'would write (add --write)'}: ${path}`);
  if (plan.files.length === 0) lines.push('nothing to write');
  return `${lines.join('\n')}\n`;
}
