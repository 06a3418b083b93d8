/** Byte sizes as go-humanize reads and prints them: `20MB` is decimal, `20MiB` binary. */

const units: Readonly<Record<string, number>> = Object.fromEntries(
  ['', 'k', 'm', 'g', 't', 'p', 'e'].flatMap((prefix, power) => {
    const decimal = 1000 ** power;
    const binary = 1024 ** power;
    if (prefix === '') return [['', 1] as const, ['b', 1] as const];
    return [
      [prefix, decimal],
      [`${prefix}b`, decimal],
      [`${prefix}i`, binary],
      [`${prefix}ib`, binary],
    ] as const;
  }),
);

/** Bytes, rounded down; undefined when it is no size. */
export function parseByteSize(text: string): number | undefined {
  const match = /^([0-9]+\.?[0-9]*|\.[0-9]+)\s*([a-z]*)$/i.exec(text);
  if (!match) return undefined;
  const unit = match[2]!.toLowerCase();
  if (!Object.hasOwn(units, unit)) return undefined;
  const bytes = Number(match[1]) * units[unit]!;
  return bytes >= 2 ** 64 ? undefined : Math.floor(bytes);
}

/** `5.0kB`, `20MB`: at most two significant digits below ten, as humanize.Bytes prints them, without its space. */
export function printByteSize(bytes: number): string {
  if (bytes < 10) return `${bytes}B`;
  const names = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];
  const power = Math.floor(Math.log(bytes) / Math.log(1000));
  const value = Math.floor((bytes / 1000 ** power) * 10 + 0.5) / 10;
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)}${names[power]}`;
}
