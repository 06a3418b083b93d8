/** Numbers as axes, tables and counters show them. */
export function formatCount(value: number): string {
  if (value < 10_000) return value.toLocaleString('en');
  if (value < 1e6) return `${trim(value / 1e3)}k`;
  if (value < 1e9) return `${trim(value / 1e6)}M`;
  return `${trim(value / 1e9)}G`;
}

function trim(value: number): string {
  return (value < 100 ? value.toFixed(1) : value.toFixed(0)).replace(/\.0$/, '');
}

/** At most five significant digits, as plain as they go. */
export function formatSample(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e12 || size < 1e-4)) return value.toExponential(3);
  if (size >= 10_000) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(5)));
}

const byteUnits = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < byteUnits.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${byteUnits[unit]}`;
}

export function formatSeconds(seconds: number): string {
  return seconds < 1 ? `${Math.max(1, Math.round(seconds * 1000))} ms` : `${seconds.toFixed(1)} s`;
}
