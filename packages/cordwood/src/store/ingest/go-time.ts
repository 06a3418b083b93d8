/** Times as Go prints them in Loki's error texts. */

/** time.RFC3339 in UTC: `2026-11-20T06:00:00Z`. */
export function formatRfc3339(timestampNs: bigint): string {
  return `${secondsText(timestampNs, 'T')}Z`;
}

/** time.Time.String() in UTC: `2026-11-20 05:59:59.5 +0000 UTC`. */
export function formatGoTime(timestampNs: bigint): string {
  const nanos = BigInt.asUintN(64, ((timestampNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n);
  const fraction = nanos === 0n ? '' : `.${nanos.toString().padStart(9, '0').replace(/0+$/, '')}`;
  return `${secondsText(timestampNs, ' ')}${fraction} +0000 UTC`;
}

function secondsText(timestampNs: bigint, separator: string): string {
  let seconds = timestampNs / 1_000_000_000n;
  if (timestampNs < 0n && timestampNs % 1_000_000_000n !== 0n) seconds -= 1n;
  return new Date(Number(seconds) * 1000).toISOString().slice(0, -5).replace('T', separator);
}
