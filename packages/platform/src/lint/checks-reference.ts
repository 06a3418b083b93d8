import type { Check } from './check.ts';

/** `docs/reference/lint.md`: every check, by family, with what it demands, why, and what to do. */
export function checksReference(
  checks: readonly Check[],
  /** What is broken in the fixtures that prove a check. */
  fixturesOf: (check: Check) => readonly string[],
): string {
  const families = [...new Set(checks.map(familyOf))];
  return [
    '# The checks of `cordwood lint`',
    '',
    `Written by the tests from \`packages/platform/src/lint\` (\`UPDATE_GOLDEN=1 node --test packages/platform/test/lint/lint.test.ts\`): ${checks.length} checks, each proven by a platform`,
    'with one thing broken. T… are the traps of INFRA-009 that a check keeps shut. What is meant is accepted in the definition: `accept: [{ check, at, reason }]`.',
    '',
    ...families.flatMap((family) => [
      `## ${family}`,
      '',
      ...checks.filter((check) => familyOf(check) === family).flatMap((check) => entry(check, fixturesOf(check))),
    ]),
  ].join('\n');
}

const familyOf = ({ id }: Check): string => id.slice(0, id.indexOf('/'));

function entry({ id, severity, title, reason, fix, traps }: Check, fixtures: readonly string[]): string[] {
  const notes = [severity, ...(traps ?? [])].join(', ');
  return [`**\`${id}\`** (${notes}): ${title}.`, `${reason} *${fix}*`, `Found in: ${fixtures.join('; ')}.`, ''];
}
