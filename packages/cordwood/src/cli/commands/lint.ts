import { renderDiagnostic } from '../../model/diagnostic.ts';
import { defineCommand, exitCode, UsageError } from '../command.ts';
import type { LintFinding } from '../lint-findings.ts';
import { lintReports } from '../lint-reports/registry.ts';
import type { Terminal } from '../terminal.ts';

export const lint = defineCommand({
  name: 'lint',
  summary: 'Check a platform definition and all that is rendered from it against each other.',
  operands: '[FILE|DIR]',
  operandCount: [0, 1],
  describe: `What no single tool can see: does a tenant keep what its labels promise, can the audit trail still be read after a year, does
every way out lead through redaction, do Terraform, Helm and policies mean the same bucket, role and port. Each finding has an
id, its place in the definition and in the artifact, the reason and what to do. A finding that is meant is accepted in the
definition: accept: [{ check, at, reason }].
Exit code 0: nothing found (or warnings only), 1: errors (with --strict also warnings), 2: the definition cannot be read.`,
  options: {
    format: {
      type: 'string',
      value: 'FORM',
      short: 'f',
      default: 'text',
      describe: 'text, json, sarif, junit or github',
    },
    strict: { type: 'boolean', describe: 'warnings fail too' },
    accepted: { type: 'boolean', describe: 'also show what the definition accepts, and why' },
    list: { type: 'boolean', describe: 'only list the checks' },
  },
  examples: [
    ['cordwood lint', 'the platform.ts of this folder'],
    ['cordwood lint --format sarif > lint.sarif', 'for code scanning'],
    ['cordwood lint --list', 'every check with its id and what it demands'],
  ],
  async run({ options, positionals, terminal }) {
    const report = lintReports[options.format];
    if (report === undefined && options.format !== 'text')
      throw new UsageError(`--format is text, ${Object.keys(lintReports).join(', ')}, not '${options.format}'`);
    if (options.list) return listChecks(terminal);
    const started = performance.now();
    const { loadPlatform } = await import('../platform-file.ts');
    const { lintFindings } = await import('../lint-findings.ts');
    const file = await loadPlatform(positionals[0]);
    const result = await lintFindings(file);
    const open = result.findings.filter(({ accepted }) => accepted === undefined);
    const accepted = result.findings.length - open.length;
    if (report !== undefined) await terminal.out(report(result));
    else
      for (const finding of options.accepted ? result.findings : open)
        await terminal.out(`${describe(finding, file.source, terminal)}\n`);
    const errors = open.filter(({ severity }) => severity === 'error').length;
    const warnings = open.length - errors;
    terminal.note(
      `${result.checkCount} checks over ${result.artifactCount} artifacts in ${Math.round(performance.now() - started)} ms: ${count(errors, 'error')}, ${count(warnings, 'warning')}${accepted === 0 ? '' : `, ${accepted} accepted`}`,
    );
    return errors > 0 || (options.strict && warnings > 0) ? exitCode.failed : exitCode.ok;
  },
});

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

function describe(finding: LintFinding, source: string, terminal: Terminal): string {
  const { id, severity, message, definition, artifact, reason, fix, accepted } = finding;
  const { file, line, column, length } = definition;
  const head = renderDiagnostic({ severity, message: `${message} [${id}]`, file, line, column, length }, source);
  const more = [
    ...(artifact === undefined ? [] : [`  in ${artifact.file}:${artifact.line}`]),
    `  ${reason}`,
    `  ${terminal.styleOut('bold', 'fix:')} ${fix}`,
    ...(accepted === undefined ? [] : [`  ${terminal.styleOut('bold', 'accepted:')} ${accepted}`]),
  ];
  return [head, ...more].join('\n').concat('\n');
}

async function listChecks(terminal: Terminal): Promise<number> {
  const { checks } = await import('@cordwood/platform');
  const width = Math.max(...checks.map(({ id }) => id.length));
  for (const { id, severity, title, traps } of checks)
    await terminal.out(
      `${id.padEnd(width)}  ${severity.padEnd(7)}  ${title}${traps === undefined ? '' : ` (${traps.join(', ')})`}\n`,
    );
  return exitCode.ok;
}
