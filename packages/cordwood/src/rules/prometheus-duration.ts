/** Prometheus durations as rule files use them: `1d12h`, `90s`; units y w d h m s ms in falling order, whole numbers. */

const units: readonly (readonly [name: string, ms: number])[] = [
  ['y', 365 * 86_400_000],
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];
const shape = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** Milliseconds, or undefined when the text is no duration. */
export function parseRuleDurationMs(text: string): number | undefined {
  if (text === '0') return 0;
  const match = text === '' ? null : shape.exec(text);
  return match ? units.reduce((sum, [, ms], index) => sum + Number(match[index + 1] ?? 0) * ms, 0) : undefined;
}

/** As Prometheus prints it: years and weeks only where they divide the whole. */
export function printRuleDuration(durationMs: number): string {
  if (durationMs === 0) return '0s';
  let rest = durationMs;
  let text = '';
  for (const [name, ms] of units) {
    const onlyExact = name === 'y' || name === 'w';
    if (onlyExact && rest % ms !== 0) continue;
    const count = Math.floor(rest / ms);
    if (count > 0) text += `${count}${name}`;
    rest -= count * ms;
  }
  return text;
}
