import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Finding, Severity } from '../../../migrate/promtail/conversion.ts';
import type { Converted, ConvertOptions } from '../../../migrate/promtail/convert-promtail.ts';
import { renderDiagnostic } from '../../../model/diagnostic.ts';
import { defineCommand, exitCode, UsageError } from '../../command.ts';
import { readSource } from '../../read-source.ts';
import type { Terminal } from '../../terminal.ts';

export const promtail = defineCommand({
  name: 'migrate promtail',
  summary: 'Convert Promtail configurations to Alloy.',
  operands: 'FILE...',
  operandCount: [1, 1000],
  describe:
    'Comments and names are kept. What Alloy has no equal for is reported with its place and what to do; what Alloy would refuse at its\nstart is an error, too. See docs/guide/migration.md.\nExit code 0: converted, 1: something that mattered was left out, 2: a file cannot be converted.',
  options: {
    output: {
      type: 'string',
      value: 'DIR',
      short: 'o',
      describe: 'write DIR/NAME.alloy for each FILE; otherwise stdout',
    },
    env: {
      type: 'string',
      value: 'HOW',
      describe: '${NAME}: values puts the present ones in, as -config.expand-env; references makes it sys.env("NAME")',
    },
    report: {
      type: 'string',
      value: 'FILE',
      describe: 'also write what was found, a line each, as alloy convert does',
    },
    bypass: { type: 'boolean', short: 'b', describe: 'exit code 0 although something was left out' },
    format: {
      type: 'string',
      value: 'FORM',
      short: 'f',
      default: 'human',
      describe: 'of what was found: human or json',
    },
  },
  examples: [
    ['cordwood migrate promtail promtail.yaml > config.alloy', 'one file'],
    ['cordwood migrate promtail promtail/*.yaml -o alloy/ --env references', 'many, with ${NAME} read by Alloy'],
  ],
  async run({ options, positionals, terminal, env }) {
    if (options.format !== 'human' && options.format !== 'json')
      throw new UsageError(`--format is human or json, not '${options.format}'`);
    if (positionals.length > 1 && options.output === undefined) throw new UsageError('several files need --output DIR');
    const { convertPromtail } = await import('../../../migrate/promtail/convert-promtail.ts');
    const environment = environmentOf(options.env, env);
    const report: string[] = [];
    let code: number = exitCode.ok;
    for (const name of positionals) {
      const source = readSource(name);
      const converted = convertPromtail(source, environment);
      showFindings(source, converted, options.format, terminal);
      report.push(...converted.findings.map(reportLine));
      await writeResult(name, converted.text, options.output, terminal);
      code = Math.max(code, outcome(converted, options.bypass));
    }
    if (options.report !== undefined) writeFileSync(options.report, report.join(''));
    return code;
  },
});

function environmentOf(how: string | undefined, variables: NodeJS.ProcessEnv): ConvertOptions {
  switch (how) {
    case undefined:
      return {};
    case 'values':
      return { environment: { kind: 'values', variables } };
    case 'references':
      return { environment: { kind: 'references' } };
    default:
      throw new UsageError(`--env is values or references, not '${how}'`);
  }
}

async function writeResult(
  name: string,
  text: string | undefined,
  directory: string | undefined,
  terminal: Terminal,
): Promise<void> {
  if (text === undefined) return;
  if (directory === undefined) return await terminal.out(text);
  mkdirSync(directory, { recursive: true });
  const path = join(directory, `${basename(name).replace(/\.ya?ml$/, '')}.alloy`);
  writeFileSync(path, text);
  terminal.note(`wrote ${path}`);
}

function outcome({ text, findings, refusals }: Converted, bypass: boolean): number {
  if (text === undefined) return exitCode.usage;
  const left = findings.some(({ severity }) => severity === 'error') || refusals.length > 0;
  return left && !bypass ? exitCode.failed : exitCode.ok;
}

const titles: Readonly<Record<Severity, string>> = {
  info: 'Info',
  warning: 'Warning',
  error: 'Error',
  critical: 'Critical',
};

function reportLine({ severity, message }: Finding): string {
  return `(${titles[severity]}) ${message}\n`;
}

function showFindings(
  source: { readonly name: string; readonly text: string },
  { findings, refusals }: Converted,
  format: string,
  terminal: Terminal,
): void {
  for (const finding of [...findings, ...refusals]) {
    if (format === 'json') terminal.note(JSON.stringify({ file: source.name, ...finding }));
    else terminal.note(showFinding(finding, source, terminal));
  }
}

function showFinding(
  { severity, ...place }: Finding,
  source: { readonly name: string; readonly text: string },
  terminal: Terminal,
): string {
  const diagnostic = { ...place, file: source.name, severity: 'warning' as const };
  const colour = severity === 'info' ? 'dim' : severity === 'warning' ? 'yellow' : 'red';
  const rendered = renderDiagnostic(diagnostic, source.text);
  return rendered.replace(': warning: ', `: ${terminal.style(colour, severity)}: `);
}
