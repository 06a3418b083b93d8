import type { AppliedPacks } from '../../../migrate/settings-file/apply-packs.ts';
import type { Terminal } from '../../terminal.ts';

/** Tells what was changed in a file, what means something else now, and what works in another way. */
export function reportUpgrade(name: string, upgraded: AppliedPacks, terminal: Terminal): void {
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
