import { writeFileSync } from 'node:fs';
import type { AppliedPacks } from '../../../migrate/settings-file/apply-packs.ts';
import { type Diagnostic, renderDiagnostic } from '../../../model/diagnostic.ts';
import { exitCode } from '../../command.ts';
import { ConfigError } from '../../config-error.ts';
import type { Terminal } from '../../terminal.ts';

/** A file taken to another version; with `diagnostics` of the new text where its reader is at hand. */
type Upgraded = AppliedPacks & { readonly text: string; readonly diagnostics?: readonly Diagnostic[] };

/**
 * Writes the new file to `output` or stdout and the report to stderr; resolves with the exit code. A source that could not be
 * read is a ConfigError.
 */
export async function deliverUpgrade(
  source: { readonly name: string; readonly text: string },
  result: { readonly upgraded: Upgraded } | { readonly diagnostics: readonly Diagnostic[] },
  { output, format }: { readonly output: string | undefined; readonly format: 'human' | 'json' },
  terminal: Terminal,
): Promise<number> {
  if ('diagnostics' in result) {
    const findings = result.diagnostics.map((diagnostic) => ({ diagnostic, source: source.text }));
    throw new ConfigError(`${source.name} cannot be read`, findings);
  }
  const { upgraded } = result;
  const errors = (upgraded.diagnostics ?? []).filter(({ severity }) => severity === 'error');
  if (output !== undefined) writeFileSync(output, upgraded.text);
  if (format === 'json') await terminal.out(`${JSON.stringify(upgraded, undefined, 2)}\n`);
  else {
    reportUpgrade(source.name, upgraded, terminal);
    if (errors.length > 0) terminal.note(`\n${terminal.style('red', 'The new file does not start yet:')}`);
    for (const diagnostic of errors) terminal.note(renderDiagnostic(diagnostic, upgraded.text));
    if (output === undefined) await terminal.out(upgraded.text);
  }
  const byHand = upgraded.changes.some(({ severity }) => severity === 'error');
  return byHand || errors.length > 0 ? exitCode.failed : exitCode.ok;
}

/** Tells what was changed in a file, what means something else now, and what works in another way. */
function reportUpgrade(name: string, upgraded: AppliedPacks, terminal: Terminal): void {
  for (const { after, before, key, line, severity, version, why } of upgraded.changes) {
    const colour = severity === 'error' ? 'red' : severity === 'warning' ? 'yellow' : 'green';
    const old = before === undefined ? '' : `: ${before}`;
    const change = after === undefined ? 'removed' : `-> ${after}`;
    terminal.note(
      `${name}:${line}: ${terminal.style(colour, version)} ${key}${old}  ${severity === 'error' ? '' : change}`.trimEnd(),
    );
    terminal.note(`    ${why}`);
  }
  if (upgraded.effective.length > 0)
    terminal.note(`\n${terminal.style('bold', 'Means something else without being written:')}`);
  for (const { after, before, effect, kept, key, version } of upgraded.effective) {
    terminal.note(
      `  ${version} ${key}: ${before} ${kept ? '(written into the file)' : `-> ${after}`}\n      ${effect}`,
    );
  }
  if (upgraded.behaviour.length > 0) terminal.note(`\n${terminal.style('bold', 'Works in another way:')}`);
  for (const { text, version } of upgraded.behaviour) terminal.note(`  ${version} ${text}`);
}
