import { parseGoFloat } from './go-number.ts';

export type ByteSizeResult =
  | { readonly value: number; readonly error?: undefined }
  | { readonly error: string; readonly value?: undefined };

const prefixes = ['k', 'm', 'g', 't', 'p', 'e'];

/** `kb` and `k` are powers of 1000, `kib` and `ki` powers of 1024, in any case. */
const multiples: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ...prefixes.flatMap((prefix, i): [string, number][] => [
    [prefix, 1000 ** (i + 1)],
    [`${prefix}b`, 1000 ** (i + 1)],
    [`${prefix}i`, 1024 ** (i + 1)],
    [`${prefix}ib`, 1024 ** (i + 1)],
  ]),
]);

/**
 * A size in bytes as go-humanize's ParseBytes reads it (`20MB`, `1.5 KiB`, `1,000`): what LogQL takes for a size in label
 * filters, `unwrap bytes()` and templates. Errors are its texts.
 */
export function parseByteSize(text: string): ByteSizeResult {
  const digits = /^[\p{Nd}.,]*/u.exec(text)![0];
  const number = parseGoFloat(digits.replaceAll(',', ''));
  if (number.error !== undefined) return number;
  const unit = text.slice(digits.length).trim().toLowerCase();
  const multiple = multiples.get(unit);
  if (multiple === undefined) return { error: `unhandled size name: ${unit}` };
  const value = number.value * multiple;
  return value >= 2 ** 64 ? { error: `too large: ${text}` } : { value: Math.trunc(value) };
}

/** go-humanize's Bytes: `82 kB`, `1.5 MB`, powers of 1000. */
export function printByteSize(bytes: number): string {
  return print(bytes, 1000, ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB']);
}

/** go-humanize's IBytes: `80 KiB`, `1.5 MiB`, powers of 1024. */
export function printBinaryByteSize(bytes: number): string {
  return print(bytes, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB']);
}

function print(bytes: number, base: number, units: readonly string[]): string {
  if (bytes < 10) return `${bytes} B`;
  const exponent = Math.min(units.length - 1, Math.floor(Math.log(bytes) / Math.log(base)));
  const value = Math.floor((bytes / base ** exponent) * 10 + 0.5) / 10;
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[exponent]}`;
}
