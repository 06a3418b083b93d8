const units: readonly [suffix: string, factor: number][] = [
  ['B', 1],
  ['KB', 2 ** 10],
  ['MB', 2 ** 20],
  ['GB', 2 ** 30],
  ['TB', 2 ** 40],
  ['PB', 2 ** 50],
  ['EB', 2 ** 60],
];

/**
 * A size of Loki's configuration: `256KB`, `1.5MB`, `4 GiB`, `1024`. Every unit counts by 1024, whatever its spelling, in any
 * case. Undefined when it is none.
 */
export function parseByteSize(text: string): number | undefined {
  const [, digits, suffix] = /^\s*([0-9]+(?:\.[0-9]+)?)\s*([a-zA-Z]*)\s*$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const unit = suffix!.toUpperCase().replace(/^([KMGTPE])I?B?$/, '$1B');
  const factor = suffix === '' ? 1 : units.find(([name]) => name === unit)?.[1];
  return factor === undefined ? undefined : Math.trunc(Number(digits) * factor);
}

/** The largest unit that gives a whole number: `256KB`, `0B`. */
export function printByteSize(bytes: number): string {
  let [suffix, factor] = units[0]!;
  for (const unit of units) if (bytes !== 0 && bytes % unit[1] === 0) [suffix, factor] = unit;
  return `${bytes / factor}${suffix}`;
}
