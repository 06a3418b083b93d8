import type { AcceptRule } from '../../../migrate/parity/accept-file.ts';
import type { DifferenceGroup, ParityReport } from '../../../migrate/parity/run-parity.ts';
import { defineCommand, exitCode, UsageError } from '../../command.ts';
import { ConfigError } from '../../config-error.ts';
import { readSource } from '../../read-source.ts';
import type { Terminal } from '../../terminal.ts';

export const parity = defineCommand({
  name: 'migrate parity',
  summary: 'Run Promtail and Alloy pipelines over the same logs and compare what comes out.',
  operands: '',
  operandCount: [0, 0],
  describe:
    'DIR stands for / of a node: var/log/pods/…, var/log/…, and beside them pods.yaml (kubectl get pods -A -o yaml) and journal.jsonl\n(journalctl -o json), and targets.yaml for discoveries that the agent does not run. Lines, labels, times, metadata, tenants and drops are compared; every difference is shown with its cause.\nExit code 0: no difference that is not accepted, 1: there are some, 2: a file cannot be used. See docs/guide/migration.md.',
  options: {
    from: { type: 'string', value: 'FILE', describe: 'promtail.yaml (or an Alloy configuration)' },
    to: { type: 'string', value: 'FILE', default: 'config.alloy', describe: 'the configuration that takes over' },
    logs: { type: 'string', value: 'DIR', describe: 'logs of a node' },
    accept: { type: 'string', value: 'FILE', describe: 'differences that are meant, with their reasons' },
    set: { type: 'string', value: 'NAME=VALUE', multiple: true, describe: 'environment of both pipelines' },
    'expand-env': { type: 'boolean', describe: 'replace ${NAME} in promtail.yaml, as its -config.expand-env' },
    'from-writer': { type: 'string', value: 'LABEL', describe: 'loki.write to compare; default the first' },
    'to-writer': { type: 'string', value: 'LABEL', describe: 'loki.write to compare; default the first' },
    format: { type: 'string', value: 'FORM', short: 'f', default: 'human', describe: 'human or json' },
  },
  examples: [
    [
      'cordwood migrate parity --from promtail.yaml --to config.alloy --logs node1/',
      'every difference, with its cause',
    ],
    [
      'cordwood migrate parity --from promtail.yaml --logs node1/ --accept accept.yaml --format json',
      'for CI: fails on what accept.yaml does not explain',
    ],
  ],
  async run({ options, terminal }) {
    if (options.format !== 'human' && options.format !== 'json')
      throw new UsageError(`--format is human or json, not '${options.format}'`);
    if (options.from === undefined) throw new UsageError('--from FILE is missing');
    if (options.logs === undefined) throw new UsageError('--logs DIR is missing');
    const { runParity } = await import('../../../migrate/parity/run-parity.ts');
    const { readNodeLogs } = await import('../../../migrate/parity/node-logs.ts');
    const { systemClock } = await import('../../../world/system-clock.ts');
    const read = readNodeLogs(options.logs);
    if ('diagnostic' in read) throw new ConfigError('', [{ diagnostic: read.diagnostic, source: undefined }]);
    const result = await runParity({
      from: readSource(options.from),
      to: readSource(options.to),
      logs: read.logs,
      accept: options.accept === undefined ? [] : await readRules(options.accept),
      environment: environmentOf(options.set),
      expandEnv: options['expand-env'],
      startNs: systemClock.nowNs(),
      writers: { from: options['from-writer'], to: options['to-writer'] },
    });
    if ('diagnostics' in result) {
      throw new ConfigError(
        'nothing was compared',
        result.diagnostics.map((diagnostic) => ({ diagnostic, source: undefined })),
      );
    }
    const { report } = result;
    if (report.lines === 0) throw new ConfigError(`${options.logs}: no configuration reads anything here`);
    await terminal.out(options.format === 'json' ? printJson(report) : printReport(report, terminal));
    return report.unexplained === 0 ? exitCode.ok : exitCode.failed;
  },
});

async function readRules(name: string) {
  const { readAcceptFile } = await import('../../../migrate/parity/accept-file.ts');
  const { text } = readSource(name);
  const { rules, diagnostics } = readAcceptFile(text, name);
  if (diagnostics.length > 0) {
    const findings = diagnostics.map((diagnostic) => ({ diagnostic, source: text }));
    throw new ConfigError(`${name} cannot be used`, findings);
  }
  return rules;
}

function environmentOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at <= 0) throw new UsageError(`--set is NAME=VALUE, not '${pair}'`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

function printJson(report: ParityReport): string {
  const plain = (_key: string, value: unknown) => (value instanceof RegExp ? value.source : value);
  return `${JSON.stringify(report, plain, 2)}\n`;
}

const shortName = (id: string) => id.replaceAll('loki.source.', '');

function printReport(report: ParityReport, terminal: Terminal): string {
  const out: string[] = [];
  const rows = report.readers.map(({ delivered, entries, from, job, lines, to }) => [
    shortName(from) || '(not read)',
    to.map(shortName).join(', ') || '(not read)',
    job,
    String(lines),
    String(delivered.from),
    String(delivered.to),
    String(entries.equal),
    String(entries.accepted),
    String(entries.different),
  ]);
  const head = ['from', 'to', 'job', 'lines', 'sent before', 'sent after', 'equal', 'accepted', 'different'];
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  for (const row of [head, ...rows]) {
    out.push(
      row
        .map((cell, i) => (i < 3 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
        .join('  ')
        .trimEnd(),
    );
  }
  for (const group of report.groups) if (group.accepted === undefined) out.push('', ...printGroup(group, terminal));
  const accepted = acceptedCounts(report.groups);
  if (accepted.size > 0) out.push('', 'accepted:');
  for (const [rule, count] of accepted) {
    out.push(`${String(count).padStart(7)}  ${rule.difference}: ${terminal.styleOut('dim', rule.reason)}`);
  }
  for (const rule of report.unused) {
    out.push('', terminal.styleOut('yellow', `accepted, but met nowhere: ${rule.difference} (${rule.reason})`));
  }
  if (report.notes.length > 0) out.push('', ...report.notes.map((note) => `note: ${note}`));
  const acceptedCount = [...accepted.values()].reduce((sum, count) => sum + count, 0);
  const verdict =
    report.unexplained === 0
      ? terminal.styleOut('green', acceptedCount === 0 ? 'no difference' : 'no unexplained difference')
      : terminal.styleOut('red', `${report.unexplained} unexplained differences`);
  out.push(
    '',
    `${report.lines} lines, ${report.writers.from} and ${report.writers.to}: ${verdict}, ${acceptedCount} accepted`,
  );
  return `${out.join('\n')}\n`;
}

const shownMax = 160;
/** Of each group; --format json has more. */
const samplesShown = 1;

function printGroup({ causes, count, difference, samples }: DifferenceGroup, terminal: Terminal): string[] {
  const title = `${difference}: ${count} ${count === 1 ? 'entry' : 'entries'}`;
  const clip = (text: string | undefined) => {
    if (text === undefined) return '(absent)';
    const shown = JSON.stringify(text);
    return shown.length > shownMax ? `${shown.slice(0, shownMax)}…` : shown;
  };
  const lines = samples
    .slice(0, samplesShown)
    .flatMap(({ from, origin, to }) => [`  ${origin.key}`, `    - ${clip(from)}`, `    + ${clip(to)}`]);
  return [terminal.styleOut('red', title), ...causes.map((cause) => `  ${cause}`), ...lines];
}

function acceptedCounts(groups: readonly DifferenceGroup[]): Map<AcceptRule, number> {
  const counts = new Map<AcceptRule, number>();
  for (const { accepted, count } of groups) {
    if (accepted !== undefined) counts.set(accepted, (counts.get(accepted) ?? 0) + count);
  }
  return counts;
}
